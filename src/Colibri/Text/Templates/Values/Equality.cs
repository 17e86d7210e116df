namespace Colibri.Text.Templates;

/// <summary>Python's == and ordering.</summary>
internal static class Equality
{
    /// <summary>a == b.</summary>
    public static bool Equal(Interpreter run, TemplateValue a, TemplateValue b) => Equal(run, a, b, 0);

    /// <summary>== for values that contain no others.</summary>
    public static bool EqualScalars(TemplateValue a, TemplateValue b)
    {
        if (ReferenceEquals(a, b))
        {
            return a is not FloatValue { Value: double.NaN };
        }

        if (a is StringValue s)
        {
            return b is StringValue t && s.Text == t.Text;
        }

        if (Numbers.TryNumber(a, out var x) && Numbers.TryNumber(b, out var y))
        {
            return Numbers.Compare(x, y) == 0;
        }

        return (a, b) switch
        {
            (UndefinedValue, UndefinedValue) => true,
            (RangeValue p, RangeValue q) => p.Count == q.Count
                && (p.Count == 0 || (p.Start == q.Start && (p.Count == 1 || p.Step == q.Step))),
            _ => false,
        };
    }

    /// <summary>a &lt; b and its kin: negative, 0, positive; null where a NaN makes every answer false.</summary>
    /// <exception cref="TemplateFault">The values have no order.</exception>
    public static int? Compare(Interpreter run, TemplateValue a, TemplateValue b, string sign) => Compare(run, a, b, sign, 0);

    private static bool Equal(Interpreter run, TemplateValue a, TemplateValue b, int depth)
    {
        run.Step();
        switch (a, b)
        {
            case (StringValue s, StringValue t):
                return s.Text == t.Text;
            case (ListValue x, ListValue y):
                return EqualItems(run, x.Items, y.Items, depth);
            case (TupleValue x, TupleValue y):
                return EqualItems(run, x.Items, y.Items, depth);
            case (DictValue x, DictValue y):
                return EqualDicts(run, x, y, depth);
            default:
                return EqualScalars(a, b);
        }
    }

    private static bool EqualItems(Interpreter run, IReadOnlyList<TemplateValue> x, IReadOnlyList<TemplateValue> y, int depth)
    {
        CheckDepth(depth);
        if (x.Count != y.Count)
        {
            return false;
        }

        for (var i = 0; i < x.Count; i++)
        {
            if (!ReferenceEquals(x[i], y[i]) && !Equal(run, x[i], y[i], depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private static bool EqualDicts(Interpreter run, DictValue x, DictValue y, int depth)
    {
        CheckDepth(depth);
        if (x.Count != y.Count)
        {
            return false;
        }

        for (var i = 0; i < x.Count; i++)
        {
            var (key, value) = x.At(i);
            if (!y.TryGet(key, out var other) || (!ReferenceEquals(value, other) && !Equal(run, value, other, depth + 1)))
            {
                return false;
            }
        }

        return true;
    }

    private static int? Compare(Interpreter run, TemplateValue a, TemplateValue b, string sign, int depth)
    {
        run.Step();
        if (a is StringValue s && b is StringValue t)
        {
            return PythonText.Compare(s.Text, t.Text);
        }

        if (Numbers.TryNumber(a, out var x) && Numbers.TryNumber(b, out var y))
        {
            return Numbers.Compare(x, y);
        }

        if (a is SequenceValue p && b is SequenceValue q && p.GetType() == q.GetType())
        {
            CheckDepth(depth);
            var shared = Math.Min(p.Values.Count, q.Values.Count);
            for (var i = 0; i < shared; i++)
            {
                if (!ReferenceEquals(p.Values[i], q.Values[i]) && !Equal(run, p.Values[i], q.Values[i], depth + 1))
                {
                    return Compare(run, p.Values[i], q.Values[i], sign, depth + 1);
                }
            }

            return p.Values.Count.CompareTo(q.Values.Count);
        }

        throw (a as UndefinedValue ?? b as UndefinedValue)?.Fault()
            ?? new TemplateFault($"'{sign}' is not supported between '{a.TypeName}' and '{b.TypeName}'");
    }

    private static void CheckDepth(int depth)
    {
        if (depth > TemplateLimits.MaxTreeDepth)
        {
            throw new TemplateFault($"the values compared nest more than {TemplateLimits.MaxTreeDepth} deep");
        }
    }
}
