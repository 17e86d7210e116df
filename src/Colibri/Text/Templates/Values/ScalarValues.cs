using System.Numerics;

namespace Colibri.Text.Templates;

/// <summary>Python's None.</summary>
internal sealed class NoneValue : TemplateValue
{
    public static NoneValue Instance { get; } = new();

    private NoneValue() { }

    public override string TypeName => "NoneType";

    public override string Description => "None";

    public override bool IsTrue => false;
}

/// <summary>True and False; in arithmetic they count as 1 and 0.</summary>
internal sealed class BoolValue : TemplateValue
{
    public static BoolValue True { get; } = new(true);

    public static BoolValue False { get; } = new(false);

    private BoolValue(bool value) => IsTrue = value;

    public override string TypeName => "bool";

    public override bool IsTrue { get; }

    /// <summary>The number the flag counts as.</summary>
    public IntValue Number => IsTrue ? IntValue.One : IntValue.Zero;

    public static BoolValue Of(bool value) => value ? True : False;
}

/// <summary>A whole number of any practical size: a long, or a big integer where that overflows.</summary>
internal sealed class IntValue : TemplateValue
{
    private const int CacheFrom = -16;
    private const int CacheTo = 1024;

    private static readonly IntValue[] Cache = MakeCache();

    private readonly BigInteger _big;

    private IntValue(long small) => Small = small;

    private IntValue(BigInteger big)
    {
        _big = big;
        IsBig = true;
    }

    public static IntValue Zero => Of(0);

    public static IntValue One => Of(1);

    public override string TypeName => "int";

    public override bool IsTrue => IsBig || Small != 0;

    /// <summary>Whether the number does not fit a long; <see cref="Small"/> means nothing then.</summary>
    public bool IsBig { get; }

    /// <summary>The number where <see cref="IsBig"/> is false.</summary>
    public long Small { get; }

    /// <summary>The number.</summary>
    public BigInteger Big => IsBig ? _big : Small;

    public static IntValue Of(long value) =>
        value is >= CacheFrom and < CacheTo ? Cache[value - CacheFrom] : new IntValue(value);

    /// <exception cref="TemplateFault">The number has more bits than a template may use.</exception>
    public static IntValue Of(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            return Of((long)value);
        }

        return value.GetBitLength() <= TemplateLimits.MaxIntegerBits
            ? new IntValue(value)
            : throw new TemplateFault("the number is too large (more than about 4,900 digits)");
    }

    /// <summary>The nearest double.</summary>
    /// <exception cref="TemplateFault">The number is beyond the range of a double.</exception>
    public double ToDouble()
    {
        var value = IsBig ? (double)_big : Small;
        return double.IsFinite(value) ? value : throw new TemplateFault("int too large to convert to float");
    }

    /// <summary>The number as an index or count: clamped to the range of an int, which no sequence exceeds.</summary>
    public int Clamped() => IsBig ? (_big.Sign < 0 ? int.MinValue : int.MaxValue) : (int)Math.Clamp(Small, int.MinValue, int.MaxValue);

    private static IntValue[] MakeCache()
    {
        var cache = new IntValue[CacheTo - CacheFrom];
        for (var i = 0; i < cache.Length; i++)
        {
            cache[i] = new IntValue(i + CacheFrom);
        }

        return cache;
    }
}

/// <summary>A float.</summary>
internal sealed class FloatValue(double value) : TemplateValue
{
    public override string TypeName => "float";

    public override bool IsTrue => Value != 0;

    public double Value { get; } = value;
}

/// <summary>
/// What a missing variable or attribute evaluates to: prints as nothing, is false and empty, and any other use of it is
/// an error that says what was missing.
/// </summary>
internal sealed class UndefinedValue : TemplateValue
{
    private readonly string? _hint;
    private readonly string? _owner;
    private readonly TemplateValue? _element;
    private readonly string? _name;

    private UndefinedValue(string? hint, string? owner, TemplateValue? element, string? name)
    {
        _hint = hint;
        _owner = owner;
        _element = element;
        _name = name;
    }

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override bool IsCallable => true;

    /// <summary>What was missing.</summary>
    public string Message => _hint
        ?? (_owner is null ? $"'{_name}' is undefined"
            : _element is null or StringValue ? $"'{_owner}' has no attribute '{_name}'"
            : $"{_owner} has no element {_name}");

    public static UndefinedValue Variable(string name) => new(null, null, null, name);

    public static UndefinedValue Because(string hint) => new(hint, null, null, null);

    public static UndefinedValue Attribute(TemplateValue owner, string name) => new(null, owner.Description, null, name);

    public static UndefinedValue Element(TemplateValue owner, TemplateValue element) =>
        new(null, owner.Description, element, element is StringValue s ? s.Text : PythonText.Shorten(element));

    /// <summary>The error any real use ends in.</summary>
    public TemplateFault Fault() => new(Message);

    public override int Length(Interpreter run) => 0;

    public override ValueIterator Iterate(Interpreter run) => ValueIterator.Empty;

    public override TemplateValue Call(Interpreter run, in CallArguments arguments) => throw Fault();
}
