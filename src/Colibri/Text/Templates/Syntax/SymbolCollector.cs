namespace Colibri.Text.Templates;

/// <summary>Walks the part of the tree that belongs to one scope and tells the scope which names it reads and assigns.</summary>
internal static class SymbolCollector
{
    public static void Collect(Scope scope, IEnumerable<Statement> body)
    {
        foreach (var statement in body)
        {
            Collect(scope, statement);
        }
    }

    public static void Collect(Scope scope, Expression? expression)
    {
        if (expression is NameExpression name)
        {
            scope.Load(name.Name);
        }
        else if (expression is not null)
        {
            TreeWalk.Children(expression, child => Collect(scope, child));
        }
    }

    /// <summary>The names of an assignment's target.</summary>
    public static void Target(Scope scope, Expression target, bool declare = false)
    {
        switch (target)
        {
            case SequenceExpression tuple:
                foreach (var item in tuple.Items)
                {
                    Target(scope, item, declare);
                }

                break;
            case NamespaceTarget space:
                scope.Load(space.Space.Name);
                break;
            case NameExpression name when declare:
                scope.Declare(name.Name);
                break;
            case NameExpression name:
                scope.Store(name.Name);
                break;
        }
    }

    private static void Collect(Scope scope, Statement statement)
    {
        switch (statement)
        {
            case OutputStatement output:
                Collect(scope, output.Value);
                break;
            case AssignStatement assign:
                Collect(scope, assign.Value);
                Target(scope, assign.Target);
                break;
            case AssignBlockStatement block:
                Target(scope, block.Target);
                break;
            case MacroStatement macro:
                scope.Store(macro.Target.Name);
                break;
            case ForStatement loop:
                Collect(scope, loop.Items);
                break;
            case CallBlockStatement call:
                Collect(scope, call.Call);
                break;
            case FilterBlockStatement filter:
                foreach (var part in filter.Filters)
                {
                    Collect(scope, part);
                }

                break;
            case WithStatement with:
                foreach (var (_, value) in with.Assignments)
                {
                    Collect(scope, value);
                }

                break;
            case IfStatement branches:
                If(scope, branches);
                break;
        }
    }

    // Jinja counts three branches: the first body, all elif together, and else; an elif is an if of its own inside.
    private static void If(Scope scope, IfStatement statement)
    {
        Collect(scope, statement.Branches[0].Condition);
        var first = scope.Branch();
        Collect(first, statement.Branches[0].Body);
        var second = scope.Branch();
        foreach (var (condition, body) in statement.Branches.AsSpan(1))
        {
            Collect(second, condition);
            var inner = second.Branch();
            Collect(inner, body);
            second.Join(inner, second.Branch(), second.Branch());
        }

        var third = scope.Branch();
        Collect(third, statement.Otherwise);
        scope.Join(first, second, third);
    }
}
