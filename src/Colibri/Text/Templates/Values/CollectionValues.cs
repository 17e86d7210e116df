namespace Colibri.Text.Templates;

/// <summary>A list or a tuple.</summary>
internal abstract class SequenceValue : TemplateValue
{
    public abstract IReadOnlyList<TemplateValue> Values { get; }

    public override bool IsTrue => Values.Count > 0;

    public override int Length(Interpreter run) => Values.Count;

    public override ValueIterator Iterate(Interpreter run) => new ListIterator(Values);
}

/// <summary>A list, which templates may change.</summary>
internal sealed class ListValue(List<TemplateValue> items) : SequenceValue
{
    public ListValue() : this([]) { }

    public override string TypeName => "list";

    public List<TemplateValue> Items { get; } = items;

    public override IReadOnlyList<TemplateValue> Values => Items;
}

/// <summary>A tuple; groupby's ones answer to .grouper and .list as well.</summary>
internal sealed class TupleValue(TemplateValue[] items, bool isGroup = false) : SequenceValue
{
    public static TupleValue Empty { get; } = new([]);

    public override string TypeName => "tuple";

    public TemplateValue[] Items { get; } = items;

    public override IReadOnlyList<TemplateValue> Values => Items;

    public override TemplateValue? Attribute(Interpreter run, string name) => isGroup
        ? name switch { "grouper" => Items[0], "list" => Items[1], _ => null }
        : null;
}

/// <summary>The numbers range() gives, not stored one by one.</summary>
internal sealed class RangeValue(long start, long stop, long step, int count) : TemplateValue
{
    public override string TypeName => "range";

    public override bool IsTrue => Count > 0;

    public long Start { get; } = start;

    public long Stop { get; } = stop;

    public long Step { get; } = step;

    public int Count { get; } = count;

    /// <exception cref="TemplateFault">The step is 0 or the range is longer than a template may have.</exception>
    public static RangeValue Of(long start, long stop, long step)
    {
        if (step == 0)
        {
            throw new TemplateFault("range() arg 3 must not be zero");
        }

        // In 128 bits: the difference of two longs and the negation of the smallest do not fit 64.
        var span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        var stride = step > 0 ? (Int128)step : -(Int128)step;
        var count = span <= 0 ? 0 : (span + stride - 1) / stride;
        return count <= TemplateLimits.MaxRange
            ? new RangeValue(start, stop, step, (int)count)
            : throw new TemplateFault($"range() of {count} numbers is too long; {TemplateLimits.MaxRange} is the most");
    }

    public IntValue At(int index) => IntValue.Of(Start + (index * Step));

    public override int Length(Interpreter run) => Count;

    public override ValueIterator Iterate(Interpreter run) => new Counter(this, 0, 1);

    public ValueIterator Reversed() => new Counter(this, Count - 1, -1);

    private sealed class Counter(RangeValue range, int first, int direction) : ValueIterator
    {
        private int _at = first;

        public override bool Next(Interpreter run, out TemplateValue value)
        {
            if (_at < 0 || _at >= range.Count)
            {
                value = NoneValue.Instance;
                return false;
            }

            run.Step();
            value = range.At(_at);
            _at += direction;
            return true;
        }
    }
}
