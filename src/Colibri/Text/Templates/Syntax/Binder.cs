namespace Colibri.Text.Templates;

/// <summary>What the binder found: the template's frame, and the names it takes from its caller.</summary>
/// <param name="Frame">The variables of the template itself.</param>
/// <param name="Enter">How they start.</param>
/// <param name="ContextNames">The names looked up among the caller's variables, by number.</param>
internal sealed record Binding(FunctionFrame Frame, Load[] Enter, IReadOnlyList<string> ContextNames);

/// <summary>Gives every name in the tree its place, scope by scope, and checks that filters and tests exist.</summary>
internal sealed class Binder
{
    private readonly Dictionary<string, int> _context = [];
    private Scope? _root;

    // Inside an if, an unknown filter or test is an error only where it is reached.
    private int _conditional;

    /// <exception cref="TemplateFault">A filter or test is unknown, or the tree is too deep.</exception>
    public static Binding Bind(Statement[] template)
    {
        var binder = new Binder();
        var frame = new FunctionFrame(null);
        var root = new Scope(null, frame);
        binder._root = root;
        SymbolCollector.Collect(root, template);
        binder.Body(root, template);
        var enter = root.Loads(binder.ContextIndex);
        return new Binding(frame, enter, [.. binder._context.Keys]);
    }

    private int ContextIndex(string name)
    {
        if (!_context.TryGetValue(name, out var index))
        {
            index = _context.Count;
            _context.Add(name, index);
        }

        return index;
    }

    private void Body(Scope scope, Statement[] body)
    {
        foreach (var statement in body)
        {
            Statement(scope, statement);
        }
    }

    private void Statement(Scope scope, Statement statement)
    {
        switch (statement)
        {
            case OutputStatement output:
                Expression(scope, output.Value);
                break;
            case IfStatement branches:
                _conditional++;
                foreach (var (condition, body) in branches.Branches)
                {
                    Expression(scope, condition);
                    Body(scope, body);
                }

                Body(scope, branches.Otherwise);
                _conditional--;
                break;
            case ForStatement loop:
                For(scope, loop);
                break;
            case AssignStatement assign:
                Expression(scope, assign.Target);
                Expression(scope, assign.Value);
                break;
            case AssignBlockStatement block:
                Expression(scope, block.Target);
                var inside = new Scope(scope, scope.Frame);
                SymbolCollector.Collect(inside, block.Body);
                Array.ForEach(block.Filters, filter => SymbolCollector.Collect(inside, filter));
                Body(inside, block.Body);
                Array.ForEach(block.Filters, filter => Expression(inside, filter));
                block.Enter = inside.Loads(ContextIndex);
                break;
            case MacroStatement macro:
                Expression(scope, macro.Target);
                Macro(scope, macro.Definition);
                break;
            case CallBlockStatement call:
                Expression(scope, call.Call);
                Macro(scope, call.Definition);
                break;
            case FilterBlockStatement filter:
                var filtered = new Scope(scope, scope.Frame);
                SymbolCollector.Collect(filtered, filter.Body);
                Array.ForEach(filter.Filters, part => SymbolCollector.Collect(filtered, part));
                Body(filtered, filter.Body);
                Array.ForEach(filter.Filters, part => Expression(filtered, part));
                filter.Enter = filtered.Loads(ContextIndex);
                break;
            case WithStatement with:
                With(scope, with);
                break;
            case ScopeStatement block:
                Block(scope, block);
                break;
        }
    }

    private void For(Scope scope, ForStatement loop)
    {
        if (AssignsLoop(loop))
        {
            throw new TemplateFault("the variable 'loop' cannot be assigned to inside a loop") { Offset = loop.Offset };
        }

        Expression(scope, loop.Items);
        var frame = scope.Frame;
        if (loop.Recursive)
        {
            frame = loop.Frame = new FunctionFrame(scope.Frame);
        }

        var body = new Scope(scope, frame);
        if (loop.Recursive || TreeWalk.Mentions(loop.Body, "loop"))
        {
            loop.LoopSlot = body.Declare("loop");
        }

        SymbolCollector.Target(body, loop.Target, declare: true);
        SymbolCollector.Collect(body, loop.Body);
        Expression(body, loop.Target);
        Body(body, loop.Body);
        loop.EnterBody = body.Loads(ContextIndex);

        if (loop.Filter is not null)
        {
            var filter = new Scope(scope, frame);
            SymbolCollector.Target(filter, loop.FilterTarget!, declare: true);
            SymbolCollector.Collect(filter, loop.Filter);
            Expression(filter, loop.FilterTarget!);
            Expression(filter, loop.Filter);
            loop.EnterFilter = filter.Loads(ContextIndex);
        }

        var otherwise = new Scope(scope, frame);
        SymbolCollector.Collect(otherwise, loop.Otherwise);
        Body(otherwise, loop.Otherwise);
        loop.EnterOtherwise = otherwise.Loads(ContextIndex);
    }

    private static bool AssignsLoop(ForStatement loop)
    {
        var found = false;
        Target(loop.Target);
        Look(loop.Body);
        return found;

        void Look(Statement[] body)
        {
            foreach (var statement in body)
            {
                switch (statement)
                {
                    case AssignStatement assign:
                        Target(assign.Target);
                        break;
                    case AssignBlockStatement block:
                        Target(block.Target);
                        break;
                    case ForStatement:
                        // Checked on its own.
                        continue;
                }

                if (!found)
                {
                    TreeWalk.Parts(statement, static _ => { }, Look);
                }
            }
        }

        void Target(Expression target)
        {
            found = found || target is NameExpression { Name: "loop" };
            if (target is SequenceExpression tuple)
            {
                Array.ForEach(tuple.Items, Target);
            }
        }
    }

    private void Macro(Scope scope, MacroDefinition macro)
    {
        var frame = macro.Frame = new FunctionFrame(scope.Frame);
        var inside = new Scope(scope, frame);
        foreach (var parameter in macro.Parameters)
        {
            inside.Declare(parameter.Name);
        }

        if (TreeWalk.Mentions(macro.Body, "caller"))
        {
            if (Array.Exists(macro.Parameters, parameter => parameter.Name == "caller"))
            {
                if (Array.FindIndex(macro.Parameters, parameter => parameter.Name == "caller") < macro.Parameters.Length - macro.Defaults.Length)
                {
                    throw new TemplateFault("the parameter 'caller' must be left out or have a default") { Offset = macro.Parameters[0].Offset };
                }
            }
            else
            {
                macro.CallerSlot = inside.Declare("caller");
            }
        }

        macro.NamedSlot = Special("kwargs");
        macro.ListSlot = Special("varargs");
        foreach (var value in macro.Defaults)
        {
            SymbolCollector.Collect(inside, value);
        }

        SymbolCollector.Collect(inside, macro.Body);
        foreach (var parameter in macro.Parameters)
        {
            Expression(inside, parameter);
        }

        var conditional = _conditional;
        _conditional = 0;
        Array.ForEach(macro.Defaults, value => Expression(inside, value));
        Body(inside, macro.Body);
        _conditional = conditional;
        macro.Enter = inside.Loads(ContextIndex);

        int Special(string name) =>
            TreeWalk.Mentions(macro.Body, name) && !Array.Exists(macro.Parameters, parameter => parameter.Name == name) ? inside.Declare(name) : -1;
    }

    private void With(Scope scope, WithStatement with)
    {
        foreach (var (_, value) in with.Assignments)
        {
            Expression(scope, value);
        }

        var inside = new Scope(scope, scope.Frame);
        foreach (var (target, _) in with.Assignments)
        {
            SymbolCollector.Target(inside, target, declare: true);
        }

        SymbolCollector.Collect(inside, with.Body);
        foreach (var (target, _) in with.Assignments)
        {
            Expression(inside, target);
        }

        Body(inside, with.Body);
        with.Enter = inside.Loads(ContextIndex);
    }

    private void Block(Scope scope, ScopeStatement block)
    {
        if (block.Block is null)
        {
            var inside = new Scope(scope, scope.Frame);
            SymbolCollector.Collect(inside, block.Body);
            Body(inside, block.Body);
            block.Enter = inside.Loads(ContextIndex);
            return;
        }

        // A block sees the template's variables and the caller's, not those of loops and macros around it.
        block.Frame = new FunctionFrame(null);
        var apart = new Scope(null, block.Frame);
        SymbolCollector.Collect(apart, block.Body);
        Body(apart, block.Body);
        block.Enter = apart.Loads(ContextIndex, _root);
    }

    private void Expression(Scope scope, Expression expression)
    {
        switch (expression)
        {
            case NameExpression name:
                name.Slot = scope.Find(name.Name, scope.Frame);
                break;
            case FilterExpression { Filter: null } filter when _conditional == 0:
                throw Filters.Unknown(filter.Name, filter.Offset);
            case TestExpression { Test: null } test when _conditional == 0:
                throw Tests.Unknown(test.Name, test.Offset);
            default:
                var conditional = expression is ConditionalExpression ? 1 : 0;
                _conditional += conditional;
                TreeWalk.Children(expression, child => Expression(scope, child));
                _conditional -= conditional;
                break;
        }
    }
}
