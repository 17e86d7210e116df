namespace Colibri.Text.Templates;

/// <summary>What namespace() makes: a value whose attributes a template may set from inside loops.</summary>
internal sealed class NamespaceValue(DictValue attributes) : TemplateValue
{
    public override string TypeName => "Namespace";

    public override string Description => "jinja2.utils.Namespace object";

    public DictValue Attributes { get; } = attributes;

    public override TemplateValue? Attribute(Interpreter run, string name) => Attributes.TryGet(name, out var value) ? value : null;
}

/// <summary>A macro, or the block of a call, with the variables it was defined among.</summary>
internal sealed class MacroValue(MacroDefinition definition, Activation outer) : TemplateValue
{
    public override string TypeName => "Macro";

    public override string Description => "jinja2.runtime.Macro object";

    public override bool IsCallable => true;

    public string? Name => definition.Name;

    public override TemplateValue Call(Interpreter run, in CallArguments arguments) => run.RunMacro(definition, outer, arguments);

    public override TemplateValue? Attribute(Interpreter run, string name) => name switch
    {
        "name" => definition.Name is null ? NoneValue.Instance : new StringValue(definition.Name),
        "arguments" => new TupleValue([.. definition.Parameters.Select(parameter => new StringValue(parameter.Name))]),
        "catch_kwargs" => BoolValue.Of(definition.NamedSlot >= 0),
        "catch_varargs" => BoolValue.Of(definition.ListSlot >= 0),
        "caller" => BoolValue.Of(definition.CallerSlot >= 0),
        _ => null,
    };
}

/// <summary>cycler(...): gives its items in turn.</summary>
internal sealed class CyclerValue(TemplateValue[] items) : TemplateValue
{
    private static readonly Operation NextItem = new("next", "", static (_, self, _) => ((CyclerValue)self).Next());

    private static readonly Operation Reset = new("reset", "", static (_, self, _) =>
    {
        ((CyclerValue)self)._at = 0;
        return NoneValue.Instance;
    });

    private int _at;

    public override string TypeName => "Cycler";

    public override string Description => "jinja2.utils.Cycler object";

    public override TemplateValue? Attribute(Interpreter run, string name) => name switch
    {
        "next" => new MethodValue(this, NextItem),
        "reset" => new MethodValue(this, Reset),
        "current" => items[_at],
        "pos" => IntValue.Of(_at),
        "items" => new TupleValue(items),
        _ => null,
    };

    private TemplateValue Next()
    {
        var item = items[_at];
        _at = (_at + 1) % items.Length;
        return item;
    }
}

/// <summary>joiner(...): gives nothing the first time it is called, then its separator.</summary>
internal sealed class JoinerValue(TemplateValue separator) : TemplateValue
{
    private bool _used;

    public override string TypeName => "Joiner";

    public override string Description => "jinja2.utils.Joiner object";

    public override bool IsCallable => true;

    public override TemplateValue Call(Interpreter run, in CallArguments arguments)
    {
        if (_used)
        {
            return separator;
        }

        _used = true;
        return StringValue.Empty;
    }

    public override TemplateValue? Attribute(Interpreter run, string name) => name switch
    {
        "sep" => separator,
        "used" => BoolValue.Of(_used),
        _ => null,
    };
}
