using System.Runtime.CompilerServices;

namespace Colibri.Text.Templates;

/// <summary>Makes the tree of a template: the statements; the other half reads expressions.</summary>
internal sealed partial class Parser
{
    private readonly List<Token> _tokens;
    private int _at;
    private int _depth;

    // Loops around the current statement in the same macro: break and continue need one.
    private int _loops;

    private Parser(List<Token> tokens) => _tokens = tokens;

    private Token Current => _tokens[_at];

    private Token Following => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <param name="source">The template, normalized.</param>
    /// <exception cref="TemplateFault">The template is malformed; the fault says where.</exception>
    public static Statement[] Parse(string source)
    {
        var parser = new Parser(Lexer.Tokenize(source));
        var template = parser.Body(null, []);
        TreeWalk.CheckDepth(template);
        return template;
    }

    private static TemplateFault Fault(string message, int offset) => new(message) { Offset = offset };

    private Token Take()
    {
        var token = _tokens[_at];
        if (token.Kind != TokenKind.End)
        {
            _at++;
        }

        return token;
    }

    private bool TakeIf(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool TakeName(string name)
    {
        if (!Current.IsName(name))
        {
            return false;
        }

        _at++;
        return true;
    }

    private Token Expect(TokenKind kind, string what)
    {
        var token = Current;
        return token.Kind == kind ? Take() : throw Fault($"expected {what}, found {token.Description}", token.Offset);
    }

    private void ExpectName(string name)
    {
        if (!TakeName(name))
        {
            throw Fault($"expected '{name}', found {Current.Description}", Current.Offset);
        }
    }

    // Guards the recursion that brackets and blocks inside one another cause.
    private void Enter(int offset)
    {
        if (++_depth > TemplateLimits.MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Fault($"blocks and brackets nest more than {TemplateLimits.MaxNesting} deep", offset);
        }
    }

    private void Leave() => _depth--;

    /// <summary>Statements up to a tag with one of the names (left as the current token), or to the template's end.</summary>
    private Statement[] Body(Token? opening, ReadOnlySpan<string> ends)
    {
        var body = new List<Statement>();
        while (true)
        {
            var token = Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextStatement(token.Text, token.Offset));
                    break;
                case TokenKind.OutputBegin:
                    body.Add(new OutputStatement(TupleOrExpression(), token.Offset));
                    Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin:
                    foreach (var end in ends)
                    {
                        if (Current.IsName(end))
                        {
                            return [.. body];
                        }
                    }

                    Enter(token.Offset);
                    Tag(body, opening, ends);
                    Leave();
                    Expect(TokenKind.BlockEnd, "'%}'");
                    break;
                case TokenKind.End when opening is { } open:
                    throw Fault($"the block '{open.Text}' is not closed: '{ends[^1]}' is missing", open.Offset);
                case TokenKind.End:
                    return [.. body];
                default:
                    throw Fault($"unexpected {token.Description}", token.Offset);
            }
        }
    }

    // A block's body: %}, statements, and the name of the tag that ended it.
    private (Statement[] Body, string End) Block(Token opening, params ReadOnlySpan<string> ends)
    {
        TakeIf(TokenKind.Colon);
        Expect(TokenKind.BlockEnd, "'%}'");
        var body = Body(opening, ends);
        return (body, Take().Text);
    }

    private void Tag(List<Statement> into, Token? opening, ReadOnlySpan<string> ends)
    {
        var tag = Expect(TokenKind.Name, "the name of a tag");
        switch (tag.Text)
        {
            case "if":
                into.Add(If(tag));
                break;
            case "for":
                into.Add(For(tag));
                break;
            case "set":
                into.Add(Set(tag));
                break;
            case "macro":
                var target = AssignableName();
                into.Add(new MacroStatement(target, Macro(tag, target.Name, "endmacro"), tag.Offset));
                break;
            case "call":
                into.Add(CallBlock(tag));
                break;
            case "filter":
                var filters = new List<FilterExpression>();
                do
                {
                    filters.Add(Filter(null));
                }
                while (TakeIf(TokenKind.Pipe));
                into.Add(new FilterBlockStatement([.. filters], Block(tag, "endfilter").Body, tag.Offset));
                break;
            case "with":
                into.Add(With(tag));
                break;
            case "print":
                for (var first = true; Current.Kind != TokenKind.BlockEnd; first = false)
                {
                    if (!first)
                    {
                        Expect(TokenKind.Comma, "','");
                    }

                    into.Add(new OutputStatement(Expression(), Current.Offset));
                }

                break;
            case "break" or "continue":
                if (_loops == 0)
                {
                    throw Fault($"'{tag.Text}' stands outside of a loop", tag.Offset);
                }

                into.Add(new JumpStatement(tag.Text == "break" ? StatementKind.Break : StatementKind.Continue, tag.Offset));
                break;
            case "generation":
                into.Add(new ScopeStatement(null, Block(tag, "endgeneration").Body, tag.Offset));
                break;
            case "block":
                into.Add(NamedBlock(tag));
                break;
            case "include" or "import" or "from" or "extends":
                throw Fault($"'{tag.Text}' is refused: a chat template stands alone and cannot read others", tag.Offset);
            case "autoescape":
                throw Fault("'autoescape' is refused: prompts are plain text, nothing in them is escaped", tag.Offset);
            default:
                throw Fault(
                    opening is { } open
                        ? $"unknown tag '{PythonText.OneLine(tag.Text, 40)}' (the innermost open block is '{open.Text}', which {string.Join(" or ", ends.ToArray().Select(end => $"'{end}'"))} continues)"
                        : $"unknown tag '{PythonText.OneLine(tag.Text, 40)}'",
                    tag.Offset);
        }
    }

    private IfStatement If(Token tag)
    {
        var branches = new List<(Expression, Statement[])>();
        while (true)
        {
            var condition = TupleOrExpression(conditional: false);
            var (body, end) = Block(tag, "elif", "else", "endif");
            branches.Add((condition, body));
            if (end == "elif")
            {
                continue;
            }

            return new IfStatement([.. branches], end == "else" ? Block(tag, "endif").Body : [], tag.Offset);
        }
    }

    private ForStatement For(Token tag)
    {
        var target = AssignTarget("in");
        ExpectName("in");
        var items = TupleOrExpression(conditional: false, end: "recursive");
        var filter = TakeName("if") ? Expression() : null;
        var recursive = TakeName("recursive");
        _loops++;
        var (body, end) = Block(tag, "else", "endfor");

        // The else part belongs to the loop around; a recursive loop is a function of its own, like a macro.
        var loops = recursive ? 0 : _loops - 1;
        (loops, _loops) = (_loops - 1, loops);
        var otherwise = end == "else" ? Block(tag, "endfor").Body : [];
        _loops = loops;
        return new ForStatement(target, items, filter, recursive, body, otherwise, tag.Offset)
        {
            FilterTarget = filter is null ? null : CopyTarget(target),
        };
    }

    private Statement Set(Token tag)
    {
        var target = AssignTarget(null, withNamespaces: true);
        if (TakeIf(TokenKind.Assign))
        {
            return new AssignStatement(target, TupleOrExpression(), tag.Offset);
        }

        var filters = new List<FilterExpression>();
        while (TakeIf(TokenKind.Pipe))
        {
            filters.Add(Filter(null));
        }

        return new AssignBlockStatement(target, [.. filters], Block(tag, "endset").Body, tag.Offset);
    }

    private NamespaceTarget NamespaceTarget()
    {
        var space = Expect(TokenKind.Name, "a name");
        Take();
        var name = Expect(TokenKind.Name, "a name");
        return new NamespaceTarget(new NameExpression(space.Text, space.Offset), name.Text, space.Offset);
    }

    private CallBlockStatement CallBlock(Token tag)
    {
        var (parameters, defaults) = Current.Kind == TokenKind.LeftParenthesis ? Parameters() : ([], []);
        var start = Current.Offset;
        if (Expression() is not CallExpression call)
        {
            throw Fault("'call' must be followed by the call of a macro", start);
        }

        return new CallBlockStatement(call, MacroBody(tag, null, parameters, defaults, "endcall"), tag.Offset);
    }

    private MacroDefinition Macro(Token tag, string name, string end)
    {
        var (parameters, defaults) = Parameters();
        return MacroBody(tag, name, parameters, defaults, end);
    }

    private MacroDefinition MacroBody(Token tag, string? name, NameExpression[] parameters, Expression[] defaults, string end)
    {
        var loops = _loops;
        _loops = 0;
        var body = Block(tag, end).Body;
        _loops = loops;
        return new MacroDefinition(name, parameters, defaults, body);
    }

    private (NameExpression[] Names, Expression[] Defaults) Parameters()
    {
        var names = new List<NameExpression>();
        var defaults = new List<Expression>();
        Expect(TokenKind.LeftParenthesis, "'('");
        while (Current.Kind != TokenKind.RightParenthesis)
        {
            if (names.Count > 0)
            {
                Expect(TokenKind.Comma, "','");
            }

            var name = AssignableName();
            if (names.Exists(other => other.Name == name.Name))
            {
                throw Fault($"the parameter '{name.Name}' is named twice", name.Offset);
            }

            names.Add(name);
            if (TakeIf(TokenKind.Assign))
            {
                defaults.Add(Expression());
            }
            else if (defaults.Count > 0)
            {
                throw Fault($"the parameter '{name.Name}' needs a default, as one before it has one", name.Offset);
            }
        }

        Expect(TokenKind.RightParenthesis, "')'");
        return ([.. names], [.. defaults]);
    }

    private WithStatement With(Token tag)
    {
        var assignments = new List<(Expression, Expression)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0)
            {
                Expect(TokenKind.Comma, "','");
            }

            var target = AssignTarget(null);
            Expect(TokenKind.Assign, "'='");
            assignments.Add((target, Expression()));
        }

        return new WithStatement([.. assignments], Block(tag, "endwith").Body, tag.Offset);
    }

    private ScopeStatement NamedBlock(Token tag)
    {
        var name = Expect(TokenKind.Name, "the block's name").Text;
        var scoped = TakeName("scoped");
        if (Current.IsName("required"))
        {
            throw Fault("a required block is refused: a chat template stands alone", Current.Offset);
        }

        // Other than a loop's, the block's own statements are not inside the loop around it.
        var loops = _loops;
        _loops = 0;
        var body = Block(tag, "endblock").Body;
        _loops = loops;
        TakeName(name);
        return new ScopeStatement(scoped ? null : name, body, tag.Offset);
    }

    private NameExpression AssignableName()
    {
        var token = Expect(TokenKind.Name, "a name");
        return IsReserved(token.Text) ? throw Fault($"'{token.Text}' cannot be assigned to", token.Offset) : new NameExpression(token.Text, token.Offset);
    }

    private static bool IsReserved(string name) => name is "true" or "false" or "none" or "True" or "False" or "None";

    // A name, or names with commas between (and brackets around some); set also takes attributes of namespaces.
    private Expression AssignTarget(string? end, bool withNamespaces = false)
    {
        var start = Current.Offset;
        var targets = new List<Expression>();
        var isTuple = false;
        while (Current.Kind != TokenKind.BlockEnd && Current.Kind != TokenKind.RightParenthesis && !(end is not null && Current.IsName(end)))
        {
            if (Current.Kind == TokenKind.LeftParenthesis)
            {
                Enter(start);
                Take();
                targets.Add(AssignTarget(null, withNamespaces));
                Expect(TokenKind.RightParenthesis, "')'");
                Leave();
            }
            else
            {
                targets.Add(withNamespaces && Following.Kind == TokenKind.Dot ? NamespaceTarget() : AssignableName());
            }

            if (!TakeIf(TokenKind.Comma))
            {
                break;
            }

            isTuple = true;
        }

        return targets.Count == 0 ? throw Fault($"expected a name, found {Current.Description}", Current.Offset)
            : isTuple ? new SequenceExpression(ExpressionKind.Tuple, [.. targets], start)
            : targets[0];
    }

    private static Expression CopyTarget(Expression target) => target is SequenceExpression tuple
        ? new SequenceExpression(ExpressionKind.Tuple, [.. tuple.Items.Select(CopyTarget)], tuple.Offset)
        : new NameExpression(((NameExpression)target).Name, target.Offset);
}
