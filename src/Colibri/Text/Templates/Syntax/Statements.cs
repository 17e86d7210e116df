namespace Colibri.Text.Templates;

/// <summary>What a statement is; the interpreter branches on it.</summary>
internal enum StatementKind
{
    Text,
    Output,
    If,
    For,
    Assign,
    AssignBlock,
    Macro,
    CallBlock,
    FilterBlock,
    With,
    Scope,
    Break,
    Continue,
}

/// <summary>A node of the tree; <see cref="Offset"/> is where it stands in the source.</summary>
internal abstract class Statement(StatementKind kind, int offset)
{
    public StatementKind Kind { get; } = kind;

    public int Offset { get; } = offset;
}

/// <summary>Text between tags.</summary>
internal sealed class TextStatement(string text, int offset) : Statement(StatementKind.Text, offset)
{
    public string Text { get; } = text;
}

/// <summary>{{ value }}.</summary>
internal sealed class OutputStatement(Expression value, int offset) : Statement(StatementKind.Output, offset)
{
    public Expression Value { get; } = value;
}

/// <summary>break, continue.</summary>
internal sealed class JumpStatement(StatementKind kind, int offset) : Statement(kind, offset);

internal sealed class IfStatement((Expression Condition, Statement[] Body)[] branches, Statement[] otherwise, int offset)
    : Statement(StatementKind.If, offset)
{
    public (Expression Condition, Statement[] Body)[] Branches { get; } = branches;

    public Statement[] Otherwise { get; } = otherwise;
}

internal sealed class ForStatement(
    Expression target, Expression items, Expression? filter, bool recursive, Statement[] body, Statement[] otherwise, int offset)
    : Statement(StatementKind.For, offset)
{
    public Expression Target { get; } = target;

    public Expression Items { get; } = items;

    /// <summary>The condition items must meet, evaluated as the loop reaches them.</summary>
    public Expression? Filter { get; } = filter;

    /// <summary>Its own copy of the target, for the condition.</summary>
    public Expression? FilterTarget { get; set; }

    public bool Recursive { get; } = recursive;

    public Statement[] Body { get; } = body;

    public Statement[] Otherwise { get; } = otherwise;

    /// <summary>Where the loop variable is kept, or -1 where the body does not use it.</summary>
    public int LoopSlot { get; set; } = -1;

    public Load[] EnterBody { get; set; } = [];

    public Load[] EnterFilter { get; set; } = [];

    public Load[] EnterOtherwise { get; set; } = [];

    /// <summary>The variables of one level of a recursive loop.</summary>
    public FunctionFrame? Frame { get; set; }
}

/// <summary>set target = value; the target may be a tuple or a namespace's attribute.</summary>
internal sealed class AssignStatement(Expression target, Expression value, int offset) : Statement(StatementKind.Assign, offset)
{
    public Expression Target { get; } = target;

    public Expression Value { get; } = value;
}

/// <summary>set target | filter ... endset.</summary>
internal sealed class AssignBlockStatement(Expression target, FilterExpression[] filters, Statement[] body, int offset)
    : Statement(StatementKind.AssignBlock, offset)
{
    public Expression Target { get; } = target;

    public FilterExpression[] Filters { get; } = filters;

    public Statement[] Body { get; } = body;

    public Load[] Enter { get; set; } = [];
}

/// <summary>The parameters and body of a macro or call block.</summary>
internal sealed class MacroDefinition(string? name, NameExpression[] parameters, Expression[] defaults, Statement[] body)
{
    public string? Name { get; } = name;

    public NameExpression[] Parameters { get; } = parameters;

    /// <summary>Values of the last parameters.</summary>
    public Expression[] Defaults { get; } = defaults;

    public Statement[] Body { get; } = body;

    public FunctionFrame? Frame { get; set; }

    public Load[] Enter { get; set; } = [];

    /// <summary>Where caller, kwargs and varargs are kept, or -1 where the body does not use them.</summary>
    public int CallerSlot { get; set; } = -1;

    public int NamedSlot { get; set; } = -1;

    public int ListSlot { get; set; } = -1;
}

internal sealed class MacroStatement(NameExpression target, MacroDefinition definition, int offset) : Statement(StatementKind.Macro, offset)
{
    public NameExpression Target { get; } = target;

    public MacroDefinition Definition { get; } = definition;
}

/// <summary>call(...) macro(...): calls the macro with the block as its caller.</summary>
internal sealed class CallBlockStatement(CallExpression call, MacroDefinition definition, int offset) : Statement(StatementKind.CallBlock, offset)
{
    public CallExpression Call { get; } = call;

    public MacroDefinition Definition { get; } = definition;
}

/// <summary>filter name ... endfilter.</summary>
internal sealed class FilterBlockStatement(FilterExpression[] filters, Statement[] body, int offset) : Statement(StatementKind.FilterBlock, offset)
{
    public FilterExpression[] Filters { get; } = filters;

    public Statement[] Body { get; } = body;

    public Load[] Enter { get; set; } = [];
}

internal sealed class WithStatement((Expression Target, Expression Value)[] assignments, Statement[] body, int offset)
    : Statement(StatementKind.With, offset)
{
    public (Expression Target, Expression Value)[] Assignments { get; } = assignments;

    public Statement[] Body { get; } = body;

    public Load[] Enter { get; set; } = [];
}

/// <summary>
/// A block whose assignments stay inside: generation, which marks what the model said (for training) and shows nothing of
/// its own, and block, which could be overridden only by templates that extend this one.
/// </summary>
internal sealed class ScopeStatement(string? block, Statement[] body, int offset) : Statement(StatementKind.Scope, offset)
{
    /// <summary>The block's name where it does not see the variables around it, else null.</summary>
    public string? Block { get; } = block;

    public Statement[] Body { get; } = body;

    public Load[] Enter { get; set; } = [];

    /// <summary>The variables of a block that does not see those around it.</summary>
    public FunctionFrame? Frame { get; set; }
}

/// <summary>namespace.name as a target.</summary>
internal sealed class NamespaceTarget(NameExpression space, string name, int offset) : Expression(ExpressionKind.Attribute, offset)
{
    public NameExpression Space { get; } = space;

    public StringValue Name { get; } = new(name);
}
