namespace Colibri.Text.Templates;

/// <summary>Python's operators on values of any type.</summary>
internal static class Operators
{
    /// <exception cref="TemplateFault">The values do not go together.</exception>
    public static TemplateValue Apply(Interpreter run, BinaryOperator @operator, TemplateValue left, TemplateValue right)
    {
        if (Numbers.TryNumber(left, out var a) && Numbers.TryNumber(right, out var b))
        {
            return @operator switch
            {
                BinaryOperator.Add => Numbers.Add(a, b),
                BinaryOperator.Subtract => Numbers.Subtract(a, b),
                BinaryOperator.Multiply => Numbers.Multiply(a, b),
                BinaryOperator.Divide => Numbers.Divide(a, b),
                BinaryOperator.FloorDivide => Numbers.FloorDivide(a, b),
                BinaryOperator.Modulo => Numbers.Modulo(a, b),
                _ => Numbers.Power(a, b),
            };
        }

        switch (@operator)
        {
            case BinaryOperator.Add when left is StringValue x && right is StringValue y:
                return Join(run, x, y);
            case BinaryOperator.Add when left is ListValue x && right is ListValue y:
                run.AllocateItems((long)x.Items.Count + y.Items.Count);
                return new ListValue([.. x.Items, .. y.Items]);
            case BinaryOperator.Add when left is TupleValue x && right is TupleValue y:
                run.AllocateItems((long)x.Items.Length + y.Items.Length);
                return new TupleValue([.. x.Items, .. y.Items]);
            case BinaryOperator.Multiply when Numbers.TryInt(right, out var times) && left is StringValue or SequenceValue:
                return Repeat(run, left, times);
            case BinaryOperator.Multiply when Numbers.TryInt(left, out var times) && right is StringValue or SequenceValue:
                return Repeat(run, right, times);
            case BinaryOperator.Modulo when left is StringValue format:
                return PercentFormat.Apply(run, format, right);
        }

        throw (left as UndefinedValue ?? right as UndefinedValue)?.Fault() ?? Mismatch(@operator, left, right);
    }

    /// <summary>-value or +value.</summary>
    /// <exception cref="TemplateFault">The value is no number.</exception>
    public static TemplateValue Signed(TemplateValue value, bool negate)
    {
        if (!Numbers.TryNumber(value, out var number))
        {
            throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"bad operand type for unary {(negate ? '-' : '+')}: '{value.TypeName}'");
        }

        return negate ? Numbers.Negate(number) : value is BoolValue flag ? flag.Number : value;
    }

    /// <exception cref="TemplateFault">The values have no order, or the right one holds nothing.</exception>
    public static bool Compare(Interpreter run, CompareOperator sign, TemplateValue left, TemplateValue right) => sign switch
    {
        CompareOperator.Equal => Equality.Equal(run, left, right),
        CompareOperator.NotEqual => !Equality.Equal(run, left, right),
        CompareOperator.Less => Equality.Compare(run, left, right, "<") < 0,
        CompareOperator.LessOrEqual => Equality.Compare(run, left, right, "<=") <= 0,
        CompareOperator.Greater => Equality.Compare(run, left, right, ">") > 0,
        CompareOperator.GreaterOrEqual => Equality.Compare(run, left, right, ">=") >= 0,
        CompareOperator.In => Contains(run, right, left),
        _ => !Contains(run, right, left),
    };

    /// <summary>item in container.</summary>
    /// <exception cref="TemplateFault">The container holds nothing, or cannot hold such an item.</exception>
    public static bool Contains(Interpreter run, TemplateValue container, TemplateValue item)
    {
        switch (container)
        {
            case StringValue text:
                return item is StringValue part
                    ? PythonSearch.IndexOf(run, text.Text, part.Text) >= 0
                    : throw new TemplateFault($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                return dict.TryGet(item, out _);
            case DictViewValue { Part: DictPart.Keys } keys:
                return keys.Dict.TryGet(item, out _);
            case RangeValue range when Numbers.TryInt(item, out var number):
                return !number.IsBig && InRange(range, number.Small);
        }

        var items = container.Iterate(run) ?? throw new TemplateFault($"argument of type '{container.TypeName}' is not iterable");
        while (items.Next(run, out var candidate))
        {
            if (ReferenceEquals(candidate, item) || Equality.Equal(run, candidate, item))
            {
                return true;
            }
        }

        return false;
    }

    private static bool InRange(RangeValue range, long number)
    {
        if (range.Count == 0)
        {
            return false;
        }

        var last = range.At(range.Count - 1).Small;
        var inside = range.Step > 0 ? number >= range.Start && number <= last : number <= range.Start && number >= last;
        return inside && ((Int128)number - range.Start) % range.Step == 0;
    }

    private static StringValue Join(Interpreter run, StringValue left, StringValue right)
    {
        if (left.IsMarkup != right.IsMarkup)
        {
            left = Markup.Of(run, left);
            right = Markup.Of(run, right);
        }

        run.Allocate((long)left.Text.Length + right.Text.Length);
        return left.Like(string.Concat(left.Text, right.Text));
    }

    private static TemplateValue Repeat(Interpreter run, TemplateValue value, IntValue times)
    {
        var count = Math.Max(0, times.Clamped());
        switch (value)
        {
            case StringValue text:
                run.Allocate((long)count * text.Text.Length);
                return text.Like(text.Text.Length == 0 ? "" : new System.Text.StringBuilder(text.Text.Length * count).Insert(0, text.Text, count).ToString());
            default:
                var items = ((SequenceValue)value).Values;
                run.AllocateItems((long)count * items.Count);
                var repeated = new TemplateValue[count * items.Count];
                for (var i = 0; i < repeated.Length; i++)
                {
                    repeated[i] = items[i % items.Count];
                }

                return value is TupleValue ? new TupleValue(repeated) : new ListValue([.. repeated]);
        }
    }

    private static TemplateFault Mismatch(BinaryOperator @operator, TemplateValue left, TemplateValue right)
    {
        var sign = @operator switch
        {
            BinaryOperator.Add => "+",
            BinaryOperator.Subtract => "-",
            BinaryOperator.Multiply => "*",
            BinaryOperator.Divide => "/",
            BinaryOperator.FloorDivide => "//",
            BinaryOperator.Modulo => "%",
            _ => "**",
        };
        return @operator == BinaryOperator.Add && left is StringValue or SequenceValue
            ? new TemplateFault($"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}")
            : new TemplateFault($"unsupported operand types for {sign}: '{left.TypeName}' and '{right.TypeName}'");
    }
}
