namespace Colibri.Text.Templates;

/// <summary>Calls functions, macros, filters and tests.</summary>
internal sealed partial class Interpreter
{
    /// <summary>Applies the filter of a name, as map() does.</summary>
    /// <exception cref="TemplateFault">There is none.</exception>
    public TemplateValue ApplyFilter(string name, TemplateValue value, in CallArguments arguments) =>
        (Filters.Find(name) ?? throw Filters.Unknown(name, -1)).Apply(this, value, arguments);

    /// <summary>Applies the test of a name, as select() does.</summary>
    /// <exception cref="TemplateFault">There is none.</exception>
    public bool ApplyTest(string name, TemplateValue value, in CallArguments arguments) =>
        IsTrue((Tests.Find(name) ?? throw Tests.Unknown(name, -1)).Apply(this, value, arguments));

    /// <summary>Runs a macro's body.</summary>
    /// <exception cref="TemplateFault">The arguments do not fit its parameters.</exception>
    public StringValue RunMacro(MacroDefinition macro, Activation outer, in CallArguments arguments)
    {
        EnterCall();
        var activation = new Activation(macro.Frame!.Count, outer);
        Enter(macro.Enter, activation);
        BindParameters(macro, arguments, activation);
        var buffer = BeginCapture();
        Execute(macro.Body, activation);
        var text = EndCapture(buffer);
        LeaveCall();
        return StringValue.Of(text);
    }

    private TemplateValue Filter(FilterExpression filter, TemplateValue value, Activation activation)
    {
        var arguments = Arguments(filter.Arguments, activation, null);
        _offset = filter.Offset;
        return (filter.Filter ?? throw Filters.Unknown(filter.Name, filter.Offset)).Apply(this, value, arguments);
    }

    private TemplateValue Test(TestExpression test, Activation activation)
    {
        var value = Evaluate(test.Target, activation);
        var arguments = Arguments(test.Arguments, activation, null);
        _offset = test.Offset;
        return (test.Test ?? throw Tests.Unknown(test.Name, test.Offset)).Apply(this, value, arguments);
    }

    // The block after {% call %} is handed to the macro as its caller.
    private TemplateValue Call(CallExpression call, Activation activation, MacroValue? caller)
    {
        // A method called where it is named needs no value of its own.
        if (call.Callee is AttributeExpression attribute)
        {
            var owner = Evaluate(attribute.Target, activation);
            _offset = attribute.Offset;
            if (owner is StringValue or DictValue or ListValue && Members.FindMethod(owner, attribute.Name.Text) is { } method)
            {
                var given = Arguments(call.Arguments, activation, caller);
                _offset = call.Offset;
                return method.Apply(this, owner, given);
            }

            return Invoke(call, Members.Attribute(this, owner, attribute.Name), activation, caller);
        }

        return Invoke(call, Evaluate(call.Callee, activation), activation, caller);
    }

    private TemplateValue Invoke(CallExpression call, TemplateValue callee, Activation activation, MacroValue? caller)
    {
        var arguments = Arguments(call.Arguments, activation, caller);
        _offset = call.Offset;
        return callee.Call(this, arguments);
    }

    private CallArguments Arguments(ArgumentList list, Activation activation, MacroValue? caller)
    {
        if (list.IsEmpty && caller is null)
        {
            return CallArguments.None;
        }

        var positional = EvaluateAll(list.Positional, activation);
        var named = list.Named.Length == 0 ? [] : new KeyValuePair<string, TemplateValue>[list.Named.Length];
        for (var i = 0; i < named.Length; i++)
        {
            named[i] = new(list.Named[i].Name, Evaluate(list.Named[i].Value, activation));
        }

        if (list.List is not null)
        {
            positional = [.. positional, .. Conversions.Items(this, Evaluate(list.List, activation))];
        }

        if (list.Map is not null)
        {
            named = Spread(named, Evaluate(list.Map, activation));
        }

        if (caller is not null)
        {
            if (Array.Exists(named, entry => entry.Key == "caller"))
            {
                throw new TemplateFault("the call names 'caller', which is the block itself");
            }

            named = [.. named, new("caller", caller)];
        }

        return new CallArguments(positional, named);
    }

    private KeyValuePair<string, TemplateValue>[] Spread(KeyValuePair<string, TemplateValue>[] named, TemplateValue map)
    {
        if (map is not DictValue dict)
        {
            throw new TemplateFault($"argument after ** must be a mapping, not {map.TypeName}");
        }

        Step(dict.Count);
        AllocateItems(2L * dict.Count);
        var names = named.Select(entry => entry.Key).ToHashSet();
        var all = new List<KeyValuePair<string, TemplateValue>>(named);
        for (var i = 0; i < dict.Count; i++)
        {
            var (key, value) = dict.At(i);
            if (key is not StringValue name)
            {
                throw new TemplateFault("keywords must be strings");
            }

            if (!names.Add(name.Text))
            {
                throw new TemplateFault($"two values for the argument '{PythonText.OneLine(name.Text, 60)}'");
            }

            all.Add(new(name.Text, value));
        }

        return [.. all];
    }

    private void BindParameters(MacroDefinition macro, in CallArguments arguments, Activation activation)
    {
        var positional = arguments.Positional;
        var taken = 0;
        for (var i = 0; i < macro.Parameters.Length; i++)
        {
            var name = macro.Parameters[i].Name;
            var value = i < positional.Length ? positional[i] : null;
            if (arguments.Find(name) is { } given)
            {
                if (value is not null)
                {
                    throw new TemplateFault($"macro '{macro.Name}' got two values for '{name}'");
                }

                value = given;
                taken++;
            }

            activation.Values[macro.Parameters[i].Slot.Index] = value;
        }

        BindExtras(macro, arguments, activation, taken);

        // Defaults last, in order: one may use the parameters before it.
        var firstDefault = macro.Parameters.Length - macro.Defaults.Length;
        for (var i = 0; i < macro.Parameters.Length; i++)
        {
            ref var value = ref activation.Values[macro.Parameters[i].Slot.Index];
            value ??= i < firstDefault
                ? UndefinedValue.Because($"parameter '{macro.Parameters[i].Name}' was not provided")
                : Evaluate(macro.Defaults[i - firstDefault], activation);
        }
    }

    private void BindExtras(MacroDefinition macro, in CallArguments arguments, Activation activation, int taken)
    {
        if (macro.CallerSlot >= 0)
        {
            var caller = arguments.Find("caller");
            taken += caller is null ? 0 : 1;
            activation.Values[macro.CallerSlot] = caller ?? UndefinedValue.Because("No caller defined");
        }

        if (macro.NamedSlot >= 0)
        {
            AllocateItems(2L * arguments.Named.Length);
            var rest = new DictValue();
            foreach (var (name, value) in arguments.Named)
            {
                if (!Array.Exists(macro.Parameters, parameter => parameter.Name == name) && !(macro.CallerSlot >= 0 && name == "caller"))
                {
                    rest.Set(name, value);
                }
            }

            activation.Values[macro.NamedSlot] = rest;
        }
        else if (taken < arguments.Named.Length)
        {
            foreach (var (name, _) in arguments.Named)
            {
                if (!Array.Exists(macro.Parameters, parameter => parameter.Name == name) && !(macro.CallerSlot >= 0 && name == "caller"))
                {
                    throw new TemplateFault($"macro '{macro.Name ?? "call"}' takes no keyword argument '{PythonText.OneLine(name, 60)}'");
                }
            }
        }

        var extra = arguments.Positional.Length > macro.Parameters.Length ? arguments.Positional[macro.Parameters.Length..] : [];
        if (macro.ListSlot >= 0)
        {
            activation.Values[macro.ListSlot] = new TupleValue(extra);
        }
        else if (extra.Length > 0)
        {
            throw new TemplateFault($"macro '{macro.Name ?? "call"}' takes not more than {macro.Parameters.Length} argument(s)");
        }
    }
}
