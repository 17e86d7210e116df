namespace Colibri.Text.Templates;

/// <summary>Reads expressions, by the precedence Jinja gives the operators.</summary>
internal sealed partial class Parser
{
    // Expressions with commas between make a tuple; ends tell where one may stop after a comma.
    private Expression TupleOrExpression(bool conditional = true, string? end = null, bool inParentheses = false)
    {
        var start = Current.Offset;
        var items = new List<Expression>();
        var isTuple = false;
        while (!TupleEnds(end))
        {
            items.Add(conditional ? Expression() : Or());
            if (!TakeIf(TokenKind.Comma))
            {
                break;
            }

            isTuple = true;
        }

        if (isTuple || (items.Count == 0 && inParentheses))
        {
            return new SequenceExpression(ExpressionKind.Tuple, [.. items], start);
        }

        return items.Count > 0 ? items[0] : throw Fault($"expected an expression, found {Current.Description}", start);
    }

    private bool TupleEnds(string? end) =>
        Current.Kind is TokenKind.OutputEnd or TokenKind.BlockEnd or TokenKind.RightParenthesis || (end is not null && Current.IsName(end));

    // then if condition else otherwise
    private Expression Expression()
    {
        var start = Current.Offset;
        Enter(start);
        var value = Or();
        while (TakeName("if"))
        {
            var condition = Or();
            var otherwise = TakeName("else") ? Expression() : null;
            value = new ConditionalExpression(condition, value, otherwise, start);
        }

        Leave();
        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (Current.IsName("or"))
        {
            var offset = Take().Offset;
            left = new LogicalExpression(ExpressionKind.Or, left, And(), offset);
        }

        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (Current.IsName("and"))
        {
            var offset = Take().Offset;
            left = new LogicalExpression(ExpressionKind.And, left, Not(), offset);
        }

        return left;
    }

    private Expression Not()
    {
        if (!Current.IsName("not"))
        {
            return Comparison();
        }

        var offset = Take().Offset;
        Enter(offset);
        var operand = Not();
        Leave();
        return new UnaryExpression(ExpressionKind.Not, operand, offset);
    }

    private Expression Comparison()
    {
        var start = Current.Offset;
        var first = Sum();
        List<(CompareOperator, Expression)>? rest = null;
        while (CompareSign() is { } sign)
        {
            (rest ??= []).Add((sign, Sum()));
        }

        return rest is null ? first : new CompareExpression(first, [.. rest], start);
    }

    // Takes a comparison's sign, if there is one.
    private CompareOperator? CompareSign()
    {
        CompareOperator? sign = Current.Kind switch
        {
            TokenKind.Equal => CompareOperator.Equal,
            TokenKind.NotEqual => CompareOperator.NotEqual,
            TokenKind.Less => CompareOperator.Less,
            TokenKind.LessOrEqual => CompareOperator.LessOrEqual,
            TokenKind.Greater => CompareOperator.Greater,
            TokenKind.GreaterOrEqual => CompareOperator.GreaterOrEqual,
            TokenKind.Name when Current.Text == "in" => CompareOperator.In,
            TokenKind.Name when Current.Text == "not" && Following.IsName("in") => CompareOperator.NotIn,
            _ => null,
        };
        if (sign is not null)
        {
            Take();
        }

        if (sign == CompareOperator.NotIn)
        {
            Take();
        }

        return sign;
    }

    private Expression Sum()
    {
        var left = Concatenation();
        while (Current.Kind is TokenKind.Add or TokenKind.Subtract)
        {
            var token = Take();
            left = new BinaryExpression(
                token.Kind == TokenKind.Add ? BinaryOperator.Add : BinaryOperator.Subtract, left, Concatenation(), token.Offset);
        }

        return left;
    }

    private Expression Concatenation()
    {
        var start = Current.Offset;
        var first = Product();
        if (Current.Kind != TokenKind.Tilde)
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (TakeIf(TokenKind.Tilde))
        {
            items.Add(Product());
        }

        return new ConcatenateExpression([.. items], start);
    }

    private Expression Product()
    {
        var left = PowerOf();
        while (Current.Kind is TokenKind.Multiply or TokenKind.Divide or TokenKind.FloorDivide or TokenKind.Modulo)
        {
            var token = Take();
            var @operator = token.Kind switch
            {
                TokenKind.Multiply => BinaryOperator.Multiply,
                TokenKind.Divide => BinaryOperator.Divide,
                TokenKind.FloorDivide => BinaryOperator.FloorDivide,
                _ => BinaryOperator.Modulo,
            };
            left = new BinaryExpression(@operator, left, PowerOf(), token.Offset);
        }

        return left;
    }

    // Jinja groups powers from the left, unlike Python.
    private Expression PowerOf()
    {
        var left = Unary(withFilters: true);
        while (Current.Kind == TokenKind.Power)
        {
            var offset = Take().Offset;
            left = new BinaryExpression(BinaryOperator.Power, left, Unary(withFilters: true), offset);
        }

        return left;
    }

    private Expression Unary(bool withFilters)
    {
        Expression value;
        if (Current.Kind is TokenKind.Add or TokenKind.Subtract)
        {
            var token = Take();
            Enter(token.Offset);
            value = new UnaryExpression(token.Kind == TokenKind.Add ? ExpressionKind.Plus : ExpressionKind.Negate, Unary(withFilters: false), token.Offset);
            Leave();
        }
        else
        {
            value = Primary();
        }

        value = Postfix(value);
        return withFilters ? FiltersAndTests(value) : value;
    }

    private Expression Primary()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new ConstantExpression(BoolValue.True, token.Offset),
                    "false" or "False" => new ConstantExpression(BoolValue.False, token.Offset),
                    "none" or "None" => new ConstantExpression(NoneValue.Instance, token.Offset),
                    _ => new NameExpression(token.Text, token.Offset),
                };
            case TokenKind.String when Current.Kind == TokenKind.String:
                var text = new System.Text.StringBuilder(token.Text);
                while (Current.Kind == TokenKind.String)
                {
                    text.Append(Take().Text);
                }

                return new ConstantExpression(new StringValue(text.ToString()), token.Offset);
            case TokenKind.String or TokenKind.Integer or TokenKind.Float:
                return new ConstantExpression(token.Value!, token.Offset);
            case TokenKind.LeftParenthesis:
                var inner = TupleOrExpression(inParentheses: true);
                Expect(TokenKind.RightParenthesis, "')'");
                return inner;
            case TokenKind.LeftBracket:
                return ListLiteral(token.Offset);
            case TokenKind.LeftBrace:
                return DictLiteral(token.Offset);
            default:
                throw Fault($"expected an expression, found {token.Description}", token.Offset);
        }
    }

    private SequenceExpression ListLiteral(int offset)
    {
        var items = new List<Expression>();
        while (Current.Kind != TokenKind.RightBracket)
        {
            items.Add(Expression());
            if (!TakeIf(TokenKind.Comma))
            {
                break;
            }
        }

        Expect(TokenKind.RightBracket, "']'");
        return new SequenceExpression(ExpressionKind.List, [.. items], offset);
    }

    private DictExpression DictLiteral(int offset)
    {
        var entries = new List<(Expression, Expression)>();
        while (Current.Kind != TokenKind.RightBrace)
        {
            var key = Expression();
            Expect(TokenKind.Colon, "':'");
            entries.Add((key, Expression()));
            if (!TakeIf(TokenKind.Comma))
            {
                break;
            }
        }

        Expect(TokenKind.RightBrace, "'}'");
        return new DictExpression([.. entries], offset);
    }

    // .name, [key], (arguments)
    private Expression Postfix(Expression value)
    {
        while (true)
        {
            switch (Current.Kind)
            {
                case TokenKind.Dot:
                    var dot = Take();
                    var name = Take();
                    value = name.Kind switch
                    {
                        TokenKind.Name => new AttributeExpression(value, name.Text, dot.Offset),
                        TokenKind.Integer => new ItemExpression(value, new ConstantExpression(name.Value!, name.Offset), dot.Offset),
                        _ => throw Fault($"expected a name or number after '.', found {name.Description}", name.Offset),
                    };
                    break;
                case TokenKind.LeftBracket:
                    value = Subscript(value);
                    break;
                case TokenKind.LeftParenthesis:
                    value = Call(value);
                    break;
                default:
                    return value;
            }
        }
    }

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            if (TakeIf(TokenKind.Pipe))
            {
                value = Filter(value);
            }
            else if (Current.IsName("is"))
            {
                value = Test(value);
            }
            else if (Current.Kind == TokenKind.LeftParenthesis)
            {
                value = Call(value);
            }
            else
            {
                return value;
            }
        }
    }

    private CallExpression Call(Expression callee)
    {
        var offset = Current.Offset;
        return new CallExpression(callee, Arguments(), offset);
    }

    private Expression Subscript(Expression target)
    {
        var offset = Take().Offset;
        Expression? start = null;
        if (Current.Kind != TokenKind.Colon)
        {
            start = Expression();
            if (Current.Kind == TokenKind.Comma)
            {
                var items = new List<Expression> { start };
                while (TakeIf(TokenKind.Comma) && Current.Kind != TokenKind.RightBracket)
                {
                    items.Add(Expression());
                }

                Expect(TokenKind.RightBracket, "']'");
                return new ItemExpression(target, new SequenceExpression(ExpressionKind.Tuple, [.. items], offset), offset);
            }

            if (TakeIf(TokenKind.RightBracket))
            {
                return new ItemExpression(target, start, offset);
            }
        }

        Expect(TokenKind.Colon, "']'");
        var stop = Current.Kind is TokenKind.Colon or TokenKind.RightBracket ? null : Expression();
        var step = TakeIf(TokenKind.Colon) && Current.Kind != TokenKind.RightBracket ? Expression() : null;
        Expect(TokenKind.RightBracket, "']'");
        return new SliceExpression(target, start, stop, step, offset);
    }

    private ArgumentList Arguments()
    {
        var open = Expect(TokenKind.LeftParenthesis, "'('");
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        Expression? list = null, map = null;
        while (Current.Kind != TokenKind.RightParenthesis)
        {
            if (map is not null)
            {
                throw Fault("no argument may follow **", Current.Offset);
            }

            if (TakeIf(TokenKind.Multiply))
            {
                Allow(list is null);
                list = Expression();
            }
            else if (TakeIf(TokenKind.Power))
            {
                map = Expression();
            }
            else if (Current.Kind == TokenKind.Name && Following.Kind == TokenKind.Assign)
            {
                var name = Take();
                Take();
                if (named.Exists(other => other.Name == name.Text))
                {
                    throw Fault($"the argument '{name.Text}' is given twice", name.Offset);
                }

                named.Add((name.Text, Expression()));
            }
            else
            {
                Allow(list is null && named.Count == 0);
                positional.Add(Expression());
            }

            if (!TakeIf(TokenKind.Comma))
            {
                break;
            }
        }

        Expect(TokenKind.RightParenthesis, "')'");
        return positional.Count == 0 && named.Count == 0 && list is null && map is null
            ? ArgumentList.None
            : new ArgumentList([.. positional], [.. named], list, map);

        void Allow(bool condition)
        {
            if (!condition)
            {
                throw Fault("an argument by position cannot follow named or starred ones", open.Offset);
            }
        }
    }

    // After the bar: name and arguments.
    private FilterExpression Filter(Expression? target)
    {
        var name = Expect(TokenKind.Name, "the name of a filter");
        var full = DottedName(name);
        var arguments = Current.Kind == TokenKind.LeftParenthesis ? Arguments() : ArgumentList.None;
        return new FilterExpression(target, full, arguments, name.Offset);
    }

    private Expression Test(Expression target)
    {
        var offset = Take().Offset;
        var negated = TakeName("not");
        var name = Expect(TokenKind.Name, "the name of a test");
        var full = DottedName(name);
        var arguments = ArgumentList.None;
        if (Current.Kind == TokenKind.LeftParenthesis)
        {
            arguments = Arguments();
        }
        else if (Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float or TokenKind.LeftBracket or TokenKind.LeftBrace
            && !(Current.Kind == TokenKind.Name && Current.Text is "else" or "or" or "and" or "if" or "not" or "in" or "recursive"))
        {
            if (Current.IsName("is"))
            {
                throw Fault("tests cannot be chained with 'is'", Current.Offset);
            }

            // One argument may follow without brackets: "x is divisibleby 3".
            arguments = new ArgumentList([Postfix(Primary())], [], null, null);
        }

        Expression test = new TestExpression(target, full, arguments, name.Offset);
        return negated ? new UnaryExpression(ExpressionKind.Not, test, offset) : test;
    }

    private string DottedName(Token first)
    {
        var name = first.Text;
        while (TakeIf(TokenKind.Dot))
        {
            name += "." + Expect(TokenKind.Name, "a name").Text;
        }

        return name;
    }
}
