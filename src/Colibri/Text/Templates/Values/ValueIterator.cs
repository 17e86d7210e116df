namespace Colibri.Text.Templates;

/// <summary>Python's iterator: gives the items one by one, and counts each against the rendering's allowance.</summary>
internal abstract class ValueIterator
{
    public static ValueIterator Empty { get; } = new Nothing();

    /// <summary>The next item, or false at the end.</summary>
    public abstract bool Next(Interpreter run, out TemplateValue value);

    private sealed class Nothing : ValueIterator
    {
        public override bool Next(Interpreter run, out TemplateValue value)
        {
            value = NoneValue.Instance;
            return false;
        }
    }
}

/// <summary>Iterates a list as Python does: by index, so that items appended meanwhile are seen.</summary>
internal sealed class ListIterator(IReadOnlyList<TemplateValue> items) : ValueIterator
{
    private int _at;

    public override bool Next(Interpreter run, out TemplateValue value)
    {
        if (_at >= items.Count)
        {
            value = NoneValue.Instance;
            return false;
        }

        run.Step();
        value = items[_at++];
        return true;
    }
}

/// <summary>Iterates a .NET sequence.</summary>
internal sealed class SequenceIterator(IEnumerator<TemplateValue> items) : ValueIterator
{
    public override bool Next(Interpreter run, out TemplateValue value)
    {
        if (!items.MoveNext())
        {
            value = NoneValue.Instance;
            return false;
        }

        run.Step();
        value = items.Current;
        return true;
    }
}

/// <summary>
/// A value that is an iterator itself (what map, select and their kin give): it is consumed by its first use, has no
/// length, and is always true.
/// </summary>
internal sealed class GeneratorValue(string kind, ValueIterator items) : TemplateValue
{
    public override string TypeName => "generator";

    /// <summary>The filter it came from.</summary>
    public string Kind { get; } = kind;

    public override ValueIterator Iterate(Interpreter run) => items;
}
