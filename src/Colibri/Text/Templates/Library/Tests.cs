using System.Collections.Frozen;

namespace Colibri.Text.Templates;

/// <summary>The list of tests (value is name).</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Operation> All = new Operation[]
    {
        // What a value is
        new("defined", "", static (_, self, _) => Of(self is not UndefinedValue)),
        new("undefined", "", static (_, self, _) => Of(self is UndefinedValue)),
        new("none", "", static (_, self, _) => Of(self is NoneValue)),
        new("boolean", "", static (_, self, _) => Of(self is BoolValue)),
        new("true", "", static (_, self, _) => Of(self == BoolValue.True)),
        new("false", "", static (_, self, _) => Of(self == BoolValue.False)),
        new("integer", "", static (_, self, _) => Of(self is IntValue)),
        new("float", "", static (_, self, _) => Of(self is FloatValue)),
        new("number", "", static (_, self, _) => Of(self is IntValue or FloatValue or BoolValue)),
        new("string", "", static (_, self, _) => Of(self is StringValue)),
        new("mapping", "", static (_, self, _) => Of(self is DictValue)),
        new("iterable", "", static (run, self, _) => Of(self is GeneratorValue || self.Iterate(run) is not null)),
        new("sequence", "", static (_, self, _) => Of(self is StringValue or SequenceValue or DictValue or RangeValue or UndefinedValue)),
        new("callable", "", static (_, self, _) => Of(self.IsCallable)),
        new("escaped", "", static (_, self, _) => Of(self is StringValue { IsMarkup: true })),
        new("lower", "", static (run, self, _) => Of(PythonCase.IsLower(Represent.Str(run, self)))),
        new("upper", "", static (run, self, _) => Of(PythonCase.IsUpper(Represent.Str(run, self)))),
        new("filter", "", static (_, self, _) => Of(self is StringValue s && Filters.Find(s.Text) is not null)),
        new("test", "", static (_, self, _) => Of(self is StringValue s && Find(s.Text) is not null)),

        // Numbers
        new("odd", "", static (_, self, _) => Of(Rest(self, IntValue.Of(2)) == 1)),
        new("even", "", static (_, self, _) => Of(Rest(self, IntValue.Of(2)) == 0)),
        new("divisibleby", "num", static (_, self, a) => Of(Rest(self, a[0]!) == 0)),

        // Two values
        new("sameas", "other", static (_, self, a) => Of(Same(self, a[0]!))),
        new("in", "seq", static (run, self, a) => Of(Operators.Contains(run, a[0]!, self))),
        Comparison("eq", CompareOperator.Equal),
        Comparison("equalto", CompareOperator.Equal),
        Comparison("==", CompareOperator.Equal),
        Comparison("ne", CompareOperator.NotEqual),
        Comparison("!=", CompareOperator.NotEqual),
        Comparison("lt", CompareOperator.Less),
        Comparison("lessthan", CompareOperator.Less),
        Comparison("<", CompareOperator.Less),
        Comparison("le", CompareOperator.LessOrEqual),
        Comparison("<=", CompareOperator.LessOrEqual),
        Comparison("gt", CompareOperator.Greater),
        Comparison("greaterthan", CompareOperator.Greater),
        Comparison(">", CompareOperator.Greater),
        Comparison("ge", CompareOperator.GreaterOrEqual),
        Comparison(">=", CompareOperator.GreaterOrEqual),
    }.ToFrozenDictionary(test => test.Name);

    /// <summary>The test of the name, or null.</summary>
    public static Operation? Find(string name) => All.GetValueOrDefault(name);

    public static TemplateFault Unknown(string name, int offset) =>
        new($"there is no test '{PythonText.OneLine(name, 60)}'") { Offset = offset };

    private static BoolValue Of(bool value) => BoolValue.Of(value);

    private static Operation Comparison(string name, CompareOperator sign) =>
        new(name, "other", (run, self, a) => Of(Operators.Compare(run, sign, self, a[0]!)));

    private static double Rest(TemplateValue value, TemplateValue divisor)
    {
        if (!Numbers.TryNumber(value, out var number) || !Numbers.TryNumber(divisor, out var by))
        {
            var wrong = value is IntValue or FloatValue or BoolValue ? divisor : value;
            throw (wrong as UndefinedValue)?.Fault() ?? new TemplateFault($"a number is expected, not {wrong.TypeName}");
        }

        Numbers.TryNumber(Numbers.Modulo(number, by), out var rest);
        return rest.Int is { IsBig: true } ? double.PositiveInfinity : rest.AsDouble;
    }

    // Python's "is": the same object. Small numbers and text count as the same where they are equal.
    private static bool Same(TemplateValue a, TemplateValue b) => ReferenceEquals(a, b)
        || (a.GetType() == b.GetType() && a is IntValue or StringValue && Equality.EqualScalars(a, b));
}
