namespace Colibri.Text.Templates;

/// <summary>Evaluates expressions.</summary>
internal sealed partial class Interpreter
{
    private TemplateValue Evaluate(Expression expression, Activation activation)
    {
        // Leaves first: they need no guard.
        if (expression.Kind == ExpressionKind.Constant)
        {
            return ((ConstantExpression)expression).Value;
        }

        Step();
        if (expression.Kind == ExpressionKind.Name)
        {
            var name = (NameExpression)expression;
            return Read(name.Slot, activation) ?? name.Missing;
        }

        Descend();
        var value = EvaluateNode(expression, activation);
        _depth--;
        return value;
    }

    private TemplateValue EvaluateNode(Expression expression, Activation activation)
    {
        switch (expression.Kind)
        {
            case ExpressionKind.Tuple:
                return new TupleValue(EvaluateAll(((SequenceExpression)expression).Items, activation));
            case ExpressionKind.List:
                return new ListValue([.. EvaluateAll(((SequenceExpression)expression).Items, activation)]);
            case ExpressionKind.Dict:
                return Dict((DictExpression)expression, activation);
            case ExpressionKind.Negate or ExpressionKind.Plus:
                var unary = (UnaryExpression)expression;
                var operand = Evaluate(unary.Operand, activation);
                _offset = expression.Offset;
                return Operators.Signed(operand, expression.Kind == ExpressionKind.Negate);
            case ExpressionKind.Not:
                return BoolValue.Of(!IsTrue(Evaluate(((UnaryExpression)expression).Operand, activation)));
            case ExpressionKind.And:
                var and = (LogicalExpression)expression;
                var first = Evaluate(and.Left, activation);
                return IsTrue(first) ? Evaluate(and.Right, activation) : first;
            case ExpressionKind.Or:
                var or = (LogicalExpression)expression;
                var either = Evaluate(or.Left, activation);
                return IsTrue(either) ? either : Evaluate(or.Right, activation);
            case ExpressionKind.Binary:
                var binary = (BinaryExpression)expression;
                var left = Evaluate(binary.Left, activation);
                var right = Evaluate(binary.Right, activation);
                _offset = expression.Offset;
                return Operators.Apply(this, binary.Operator, left, right);
            case ExpressionKind.Concatenate:
                return Concatenate((ConcatenateExpression)expression, activation);
            case ExpressionKind.Compare:
                return Compare((CompareExpression)expression, activation);
            case ExpressionKind.Attribute:
                var attribute = (AttributeExpression)expression;
                var owner = Evaluate(attribute.Target, activation);
                _offset = expression.Offset;
                return Members.Attribute(this, owner, attribute.Name);
            case ExpressionKind.Item:
                var item = (ItemExpression)expression;
                var container = Evaluate(item.Target, activation);
                var key = Evaluate(item.Key, activation);
                _offset = expression.Offset;
                return Members.Item(this, container, key);
            case ExpressionKind.Slice:
                var slice = (SliceExpression)expression;
                var whole = Evaluate(slice.Target, activation);
                var start = slice.Start is null ? null : Evaluate(slice.Start, activation);
                var stop = slice.Stop is null ? null : Evaluate(slice.Stop, activation);
                var step = slice.Step is null ? null : Evaluate(slice.Step, activation);
                _offset = expression.Offset;
                return Members.Slice(this, whole, start, stop, step);
            case ExpressionKind.Call:
                return Call((CallExpression)expression, activation, null);
            case ExpressionKind.Filter:
                var filter = (FilterExpression)expression;
                return Filter(filter, Evaluate(filter.Target!, activation), activation);
            case ExpressionKind.Test:
                return Test((TestExpression)expression, activation);
            default:
                var conditional = (ConditionalExpression)expression;
                if (IsTrue(Evaluate(conditional.Condition, activation)))
                {
                    return Evaluate(conditional.Then, activation);
                }

                return conditional.Otherwise is null
                    ? UndefinedValue.Because("the inline if-expression evaluated to false and no else section was defined")
                    : Evaluate(conditional.Otherwise, activation);
        }
    }

    private TemplateValue[] EvaluateAll(Expression[] expressions, Activation activation)
    {
        if (expressions.Length == 0)
        {
            return [];
        }

        AllocateItems(expressions.Length);
        var values = new TemplateValue[expressions.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(expressions[i], activation);
        }

        return values;
    }

    private DictValue Dict(DictExpression expression, Activation activation)
    {
        AllocateItems(2L * expression.Entries.Length);
        var dict = new DictValue(expression.Entries.Length);
        foreach (var (key, value) in expression.Entries)
        {
            var name = Evaluate(key, activation);
            dict.Set(name, Evaluate(value, activation));
        }

        return dict;
    }

    private StringValue Concatenate(ConcatenateExpression expression, Activation activation)
    {
        var pieces = new string[expression.Items.Length];
        for (var i = 0; i < pieces.Length; i++)
        {
            pieces[i] = Represent.Str(this, Evaluate(expression.Items[i], activation));
        }

        _offset = expression.Offset;
        Allocate(pieces.Sum(piece => (long)piece.Length));
        return StringValue.Of(string.Concat(pieces));
    }

    private BoolValue Compare(CompareExpression expression, Activation activation)
    {
        var left = Evaluate(expression.First, activation);
        foreach (var (sign, operand) in expression.Rest)
        {
            var right = Evaluate(operand, activation);
            _offset = expression.Offset;
            if (!Operators.Compare(this, sign, left, right))
            {
                return BoolValue.False;
            }

            left = right;
        }

        return BoolValue.True;
    }
}
