namespace Colibri.Text.Templates;

/// <summary>A function, method or filter of the library on a value and its bound arguments (null: left out).</summary>
internal delegate TemplateValue BoundBody(Interpreter run, TemplateValue self, TemplateValue?[] arguments);

/// <summary>One that takes any arguments.</summary>
internal delegate TemplateValue FreeBody(Interpreter run, TemplateValue self, in CallArguments arguments);

/// <summary>A named operation of the library: a filter (the value before the bar is its self) or a method.</summary>
internal sealed class Operation
{
    private readonly Signature? _signature;
    private readonly BoundBody? _bound;
    private readonly FreeBody? _free;

    public Operation(string name, string parameters, BoundBody body)
    {
        Name = name;
        _signature = new Signature(name, parameters);
        _bound = body;
    }

    public Operation(string name, FreeBody body)
    {
        Name = name;
        _free = body;
    }

    public string Name { get; }

    public TemplateValue Apply(Interpreter run, TemplateValue self, in CallArguments arguments) =>
        _bound is not null ? _bound(run, self, _signature!.Bind(arguments)) : _free!(run, self, arguments);
}

/// <summary>A global function.</summary>
internal sealed class FunctionValue(Operation operation) : TemplateValue
{
    public override string TypeName => "function";

    public override bool IsCallable => true;

    public string Name => operation.Name;

    public override TemplateValue Call(Interpreter run, in CallArguments arguments) =>
        operation.Apply(run, NoneValue.Instance, arguments);
}

/// <summary>A method taken from its object.</summary>
internal sealed class MethodValue(TemplateValue owner, Operation operation) : TemplateValue
{
    public override string TypeName => "builtin_function_or_method";

    public override bool IsCallable => true;

    public string Name => operation.Name;

    public TemplateValue Owner { get; } = owner;

    public override TemplateValue Call(Interpreter run, in CallArguments arguments) => operation.Apply(run, Owner, arguments);
}
