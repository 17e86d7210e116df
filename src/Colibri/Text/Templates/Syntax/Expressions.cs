namespace Colibri.Text.Templates;

/// <summary>What an expression is; the interpreter branches on it.</summary>
internal enum ExpressionKind
{
    Constant,
    Name,
    Tuple,
    List,
    Dict,
    Negate,
    Plus,
    Not,
    And,
    Or,
    Binary,
    Concatenate,
    Compare,
    Attribute,
    Item,
    Slice,
    Call,
    Filter,
    Test,
    Conditional,
}

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

internal enum CompareOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// <summary>A node of the tree; <see cref="Offset"/> is where it stands in the source.</summary>
internal abstract class Expression(ExpressionKind kind, int offset)
{
    public ExpressionKind Kind { get; } = kind;

    public int Offset { get; } = offset;
}

internal sealed class ConstantExpression(TemplateValue value, int offset) : Expression(ExpressionKind.Constant, offset)
{
    public TemplateValue Value { get; } = value;
}

/// <summary>A variable, read or assigned; the binder says where it is kept.</summary>
internal sealed class NameExpression(string name, int offset) : Expression(ExpressionKind.Name, offset)
{
    public string Name { get; } = name;

    public Slot Slot { get; set; }

    /// <summary>What the variable reads as while it has no value.</summary>
    public UndefinedValue Missing { get; } = UndefinedValue.Variable(name);
}

internal sealed class SequenceExpression(ExpressionKind kind, Expression[] items, int offset) : Expression(kind, offset)
{
    public Expression[] Items { get; } = items;
}

internal sealed class DictExpression((Expression Key, Expression Value)[] entries, int offset) : Expression(ExpressionKind.Dict, offset)
{
    public (Expression Key, Expression Value)[] Entries { get; } = entries;
}

/// <summary>Minus, plus or not.</summary>
internal sealed class UnaryExpression(ExpressionKind kind, Expression operand, int offset) : Expression(kind, offset)
{
    public Expression Operand { get; } = operand;
}

/// <summary>and, or.</summary>
internal sealed class LogicalExpression(ExpressionKind kind, Expression left, Expression right, int offset) : Expression(kind, offset)
{
    public Expression Left { get; } = left;

    public Expression Right { get; } = right;
}

internal sealed class BinaryExpression(BinaryOperator @operator, Expression left, Expression right, int offset)
    : Expression(ExpressionKind.Binary, offset)
{
    public BinaryOperator Operator { get; } = @operator;

    public Expression Left { get; } = left;

    public Expression Right { get; } = right;
}

/// <summary>a ~ b ~ c.</summary>
internal sealed class ConcatenateExpression(Expression[] items, int offset) : Expression(ExpressionKind.Concatenate, offset)
{
    public Expression[] Items { get; } = items;
}

/// <summary>a &lt; b &lt; c ...: true where each pair holds.</summary>
internal sealed class CompareExpression(Expression first, (CompareOperator Operator, Expression Operand)[] rest, int offset)
    : Expression(ExpressionKind.Compare, offset)
{
    public Expression First { get; } = first;

    public (CompareOperator Operator, Expression Operand)[] Rest { get; } = rest;
}

/// <summary>value.name.</summary>
internal sealed class AttributeExpression(Expression target, string name, int offset) : Expression(ExpressionKind.Attribute, offset)
{
    public Expression Target { get; } = target;

    public StringValue Name { get; } = new(name);
}

/// <summary>value[key].</summary>
internal sealed class ItemExpression(Expression target, Expression key, int offset) : Expression(ExpressionKind.Item, offset)
{
    public Expression Target { get; } = target;

    public Expression Key { get; } = key;
}

/// <summary>value[start:stop:step].</summary>
internal sealed class SliceExpression(Expression target, Expression? start, Expression? stop, Expression? step, int offset)
    : Expression(ExpressionKind.Slice, offset)
{
    public Expression Target { get; } = target;

    public Expression? Start { get; } = start;

    public Expression? Stop { get; } = stop;

    public Expression? Step { get; } = step;
}

/// <summary>The arguments of a call, filter or test as written.</summary>
internal sealed class ArgumentList(Expression[] positional, (string Name, Expression Value)[] named, Expression? list, Expression? map)
{
    public static ArgumentList None { get; } = new([], [], null, null);

    public Expression[] Positional { get; } = positional;

    public (string Name, Expression Value)[] Named { get; } = named;

    /// <summary>What follows a star.</summary>
    public Expression? List { get; } = list;

    /// <summary>What follows two stars.</summary>
    public Expression? Map { get; } = map;

    public bool IsEmpty => Positional.Length == 0 && Named.Length == 0 && List is null && Map is null;
}

internal sealed class CallExpression(Expression callee, ArgumentList arguments, int offset) : Expression(ExpressionKind.Call, offset)
{
    public Expression Callee { get; } = callee;

    public ArgumentList Arguments { get; } = arguments;
}

/// <summary>value|name(...); without a value, a filter block's or block assignment's.</summary>
internal sealed class FilterExpression(Expression? target, string name, ArgumentList arguments, int offset) : Expression(ExpressionKind.Filter, offset)
{
    public Expression? Target { get; } = target;

    public string Name { get; } = name;

    public ArgumentList Arguments { get; } = arguments;

    /// <summary>The filter, or null where there is none of this name (an error once it is used).</summary>
    public Operation? Filter { get; } = Filters.Find(name);
}

/// <summary>value is name(...).</summary>
internal sealed class TestExpression(Expression target, string name, ArgumentList arguments, int offset) : Expression(ExpressionKind.Test, offset)
{
    public Expression Target { get; } = target;

    public string Name { get; } = name;

    public ArgumentList Arguments { get; } = arguments;

    /// <summary>The test, or null where there is none of this name (an error once it is used).</summary>
    public Operation? Test { get; } = Tests.Find(name);
}

/// <summary>then if condition else otherwise.</summary>
internal sealed class ConditionalExpression(Expression condition, Expression then, Expression? otherwise, int offset)
    : Expression(ExpressionKind.Conditional, offset)
{
    public Expression Condition { get; } = condition;

    public Expression Then { get; } = then;

    public Expression? Otherwise { get; } = otherwise;
}
