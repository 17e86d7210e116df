using System.Diagnostics.CodeAnalysis;

namespace Colibri.Text.Templates;

/// <summary>A dict: keeps the order of insertion; keys are equal as Python has it (1, 1.0 and True are one key).</summary>
internal sealed class DictValue : TemplateValue
{
    private readonly OrderedDictionary<TemplateValue, TemplateValue> _items;

    public DictValue(int capacity = 0) => _items = new(capacity, ValueKey.Comparer);

    private DictValue(OrderedDictionary<TemplateValue, TemplateValue> items) => _items = items;

    public override string TypeName => "dict";

    public override bool IsTrue => _items.Count > 0;

    public int Count => _items.Count;

    /// <summary>Counts the changes of the set of keys, which end an iteration over it.</summary>
    public int Version { get; private set; }

    public KeyValuePair<TemplateValue, TemplateValue> At(int index) => _items.GetAt(index);

    /// <exception cref="TemplateFault">The key is a list, a dict or another value without a hash.</exception>
    public bool TryGet(TemplateValue key, [NotNullWhen(true)] out TemplateValue? value) => _items.TryGetValue(key, out value);

    public bool TryGet(string key, [NotNullWhen(true)] out TemplateValue? value) => _items.TryGetValue(new StringValue(key), out value);

    /// <exception cref="TemplateFault">The key is a list, a dict or another value without a hash.</exception>
    public void Set(TemplateValue key, TemplateValue value)
    {
        if (!_items.TryAdd(key, value, out var index))
        {
            _items.SetAt(index, value);
            return;
        }

        Version++;
    }

    public void Set(string key, TemplateValue value) => Set(new StringValue(key), value);

    /// <exception cref="TemplateFault">The key is a list, a dict or another value without a hash.</exception>
    public bool Remove(TemplateValue key, [NotNullWhen(true)] out TemplateValue? value)
    {
        if (!_items.Remove(key, out value))
        {
            return false;
        }

        Version++;
        return true;
    }

    public void Clear()
    {
        _items.Clear();
        Version++;
    }

    public DictValue Copy() => new(new OrderedDictionary<TemplateValue, TemplateValue>(_items, ValueKey.Comparer));

    public override int Length(Interpreter run) => _items.Count;

    public override ValueIterator Iterate(Interpreter run) => new DictIterator(this, DictPart.Keys);
}

/// <summary>What of a dict is iterated.</summary>
internal enum DictPart
{
    Keys,
    Values,
    Items,
}

/// <summary>keys(), values() or items(): a window on the dict, not a copy.</summary>
internal sealed class DictViewValue(DictValue dict, DictPart part) : TemplateValue
{
    public override string TypeName => Part switch
    {
        DictPart.Keys => "dict_keys",
        DictPart.Values => "dict_values",
        _ => "dict_items",
    };

    public override bool IsTrue => Dict.Count > 0;

    public DictValue Dict { get; } = dict;

    public DictPart Part { get; } = part;

    public override int Length(Interpreter run) => Dict.Count;

    public override ValueIterator Iterate(Interpreter run) => new DictIterator(Dict, Part);
}

internal sealed class DictIterator(DictValue dict, DictPart part, bool reversed = false) : ValueIterator
{
    private readonly int _version = dict.Version;
    private int _taken;

    public override bool Next(Interpreter run, out TemplateValue value)
    {
        if (dict.Version != _version)
        {
            throw new TemplateFault("dictionary changed size during iteration");
        }

        if (_taken >= dict.Count)
        {
            value = NoneValue.Instance;
            return false;
        }

        run.Step();
        var (key, item) = dict.At(reversed ? dict.Count - 1 - _taken : _taken);
        _taken++;
        value = part switch
        {
            DictPart.Keys => key,
            DictPart.Values => item,
            _ => new TupleValue([key, item]),
        };
        return true;
    }
}
