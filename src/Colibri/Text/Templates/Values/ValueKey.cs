using System.Numerics;

namespace Colibri.Text.Templates;

/// <summary>Values as keys: Python's hash() and the equality that goes with it.</summary>
internal sealed class ValueKey : IEqualityComparer<TemplateValue>
{
    // Tuples may share parts, so that a few lines describe one of 2^60 values; no template needs a key beyond this.
    private const int MaxWeight = 1000;

    private const double TwoTo63 = 9223372036854775808.0;

    public static ValueKey Comparer { get; } = new();

    public bool Equals(TemplateValue? x, TemplateValue? y)
    {
        if (ReferenceEquals(x, y))
        {
            return true;
        }

        return (x, y) switch
        {
            (StringValue a, StringValue b) => a.Text == b.Text,
            (TupleValue a, TupleValue b) => EqualTuples(a, b),
            (null, _) or (_, null) => false,
            _ => Equality.EqualScalars(x, y),
        };
    }

    public int GetHashCode(TemplateValue value)
    {
        var weight = 0;
        return Hash(value, ref weight);
    }

    private static int Hash(TemplateValue value, ref int weight)
    {
        if (++weight > MaxWeight)
        {
            throw new TemplateFault($"a key may hold at most {MaxWeight} values");
        }

        switch (value)
        {
            case StringValue s:
                return s.GetHashCode();
            case BoolValue b:
                return b.IsTrue ? 1.GetHashCode() : 0.GetHashCode();
            case IntValue i:
                return i.IsBig ? i.Big.GetHashCode() : HashOf(i.Small);
            case FloatValue f:
                return double.IsInteger(f.Value)
                    ? Math.Abs(f.Value) < TwoTo63 ? HashOf((long)f.Value) : new BigInteger(f.Value).GetHashCode()
                    : f.Value.GetHashCode();
            case NoneValue:
                return 17;
            case UndefinedValue:
                return 19;
            case TupleValue t:
                var hash = default(HashCode);
                foreach (var item in t.Items)
                {
                    hash.Add(Hash(item, ref weight));
                }

                return hash.ToHashCode();
            case ListValue or DictValue or DictViewValue:
                throw new TemplateFault($"unhashable type: '{value.TypeName}'");
            default:
                return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value);
        }
    }

    private static int HashOf(long value) => value.GetHashCode();

    private bool EqualTuples(TupleValue a, TupleValue b)
    {
        if (a.Items.Length != b.Items.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Items.Length; i++)
        {
            if (!Equals(a.Items[i], b.Items[i]))
            {
                return false;
            }
        }

        return true;
    }
}
