using System.Runtime.CompilerServices;

namespace Colibri.Text.Templates;

/// <summary>Visits what a node of the tree holds.</summary>
internal static class TreeWalk
{
    /// <summary>Calls back for each expression directly inside, in the order of the text.</summary>
    /// <exception cref="TemplateFault">The walk went too deep for the thread's stack.</exception>
    public static void Children(Expression expression, Action<Expression> visit)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep(expression);
        }

        switch (expression)
        {
            case SequenceExpression sequence:
                foreach (var item in sequence.Items)
                {
                    visit(item);
                }

                break;
            case DictExpression dict:
                foreach (var (key, value) in dict.Entries)
                {
                    visit(key);
                    visit(value);
                }

                break;
            case UnaryExpression unary:
                visit(unary.Operand);
                break;
            case LogicalExpression logical:
                visit(logical.Left);
                visit(logical.Right);
                break;
            case BinaryExpression binary:
                visit(binary.Left);
                visit(binary.Right);
                break;
            case ConcatenateExpression concatenate:
                foreach (var item in concatenate.Items)
                {
                    visit(item);
                }

                break;
            case CompareExpression compare:
                visit(compare.First);
                foreach (var (_, operand) in compare.Rest)
                {
                    visit(operand);
                }

                break;
            case AttributeExpression attribute:
                visit(attribute.Target);
                break;
            case NamespaceTarget space:
                visit(space.Space);
                break;
            case ItemExpression item:
                visit(item.Target);
                visit(item.Key);
                break;
            case SliceExpression slice:
                visit(slice.Target);
                Optional(slice.Start);
                Optional(slice.Stop);
                Optional(slice.Step);
                break;
            case CallExpression call:
                visit(call.Callee);
                Arguments(call.Arguments);
                break;
            case FilterExpression filter:
                Optional(filter.Target);
                Arguments(filter.Arguments);
                break;
            case TestExpression test:
                visit(test.Target);
                Arguments(test.Arguments);
                break;
            case ConditionalExpression conditional:
                visit(conditional.Condition);
                visit(conditional.Then);
                Optional(conditional.Otherwise);
                break;
        }

        void Optional(Expression? child)
        {
            if (child is not null)
            {
                visit(child);
            }
        }

        void Arguments(ArgumentList arguments)
        {
            foreach (var value in arguments.Positional)
            {
                visit(value);
            }

            foreach (var (_, value) in arguments.Named)
            {
                visit(value);
            }

            Optional(arguments.List);
            Optional(arguments.Map);
        }
    }

    /// <summary>Calls back for each expression in the statement itself, and for each body inside it.</summary>
    public static void Parts(Statement statement, Action<Expression> expression, Action<Statement[]> body)
    {
        switch (statement)
        {
            case OutputStatement output:
                expression(output.Value);
                break;
            case IfStatement branches:
                foreach (var (condition, block) in branches.Branches)
                {
                    expression(condition);
                    body(block);
                }

                body(branches.Otherwise);
                break;
            case ForStatement loop:
                expression(loop.Target);
                expression(loop.Items);
                if (loop.Filter is not null)
                {
                    expression(loop.Filter);
                }

                body(loop.Body);
                body(loop.Otherwise);
                break;
            case AssignStatement assign:
                expression(assign.Target);
                expression(assign.Value);
                break;
            case AssignBlockStatement block:
                expression(block.Target);
                Array.ForEach(block.Filters, filter => expression(filter));
                body(block.Body);
                break;
            case MacroStatement macro:
                Array.ForEach(macro.Definition.Defaults, expression);
                body(macro.Definition.Body);
                break;
            case CallBlockStatement call:
                expression(call.Call);
                Array.ForEach(call.Definition.Defaults, expression);
                body(call.Definition.Body);
                break;
            case FilterBlockStatement filter:
                Array.ForEach(filter.Filters, part => expression(part));
                body(filter.Body);
                break;
            case WithStatement with:
                foreach (var (target, value) in with.Assignments)
                {
                    expression(target);
                    expression(value);
                }

                body(with.Body);
                break;
            case ScopeStatement scope:
                body(scope.Body);
                break;
        }
    }

    /// <summary>Checks, without recursion, that no expression chains more operators than walks of the tree can bear.</summary>
    /// <exception cref="TemplateFault">One does.</exception>
    public static void CheckDepth(Statement[] statements)
    {
        foreach (var statement in statements)
        {
            Parts(statement, Check, CheckDepth);
        }

        static void Check(Expression root)
        {
            var open = new Stack<(Expression, int)>();
            open.Push((root, 1));
            while (open.TryPop(out var entry))
            {
                var (expression, depth) = entry;
                if (depth > TemplateLimits.MaxTreeDepth)
                {
                    throw TooDeep(root);
                }

                Children(expression, child => open.Push((child, depth + 1)));
            }
        }
    }

    private static TemplateFault TooDeep(Expression expression) =>
        new($"the expression chains more than {TemplateLimits.MaxTreeDepth} operators; set parts of it as variables first") { Offset = expression.Offset };

    /// <summary>Whether the name occurs anywhere in the statements, macros and inner loops included.</summary>
    public static bool Mentions(IEnumerable<Statement> statements, string name)
    {
        var found = false;
        foreach (var statement in statements)
        {
            Parts(statement, Look, body => found = found || Mentions(body, name));
            if (found)
            {
                return true;
            }
        }

        return false;

        void Look(Expression expression)
        {
            if (expression is NameExpression mention)
            {
                found = found || mention.Name == name;
            }
            else if (!found)
            {
                Children(expression, Look);
            }
        }
    }
}
