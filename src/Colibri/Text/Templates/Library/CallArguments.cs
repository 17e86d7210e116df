namespace Colibri.Text.Templates;

/// <summary>The evaluated arguments of one call.</summary>
internal readonly struct CallArguments(TemplateValue[] positional, KeyValuePair<string, TemplateValue>[] named)
{
    public static CallArguments None { get; } = new([], []);

    public TemplateValue[] Positional { get; } = positional;

    public KeyValuePair<string, TemplateValue>[] Named { get; } = named;

    public int Count => Positional.Length + Named.Length;

    public TemplateValue? Find(string name)
    {
        foreach (var (key, value) in Named)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The arguments without the first positional ones.</summary>
    public CallArguments After(int count) => new(Positional[count..], Named);

    /// <exception cref="TemplateFault">There are named arguments.</exception>
    public void RefuseNamed(string function)
    {
        if (Named.Length > 0)
        {
            throw new TemplateFault($"{function}() takes no keyword argument '{PythonText.OneLine(Named[0].Key, 60)}'");
        }
    }
}

/// <summary>The parameters of a built-in function; an optional one is written with a question mark: "old new count?".</summary>
internal sealed class Signature
{
    private readonly string _function;
    private readonly string[] _names;
    private readonly int _required;
    private readonly TemplateValue?[] _nothing;

    public Signature(string function, string parameters)
    {
        _function = function;
        _names = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _required = _names.TakeWhile(name => !name.EndsWith('?')).Count();
        for (var i = _required; i < _names.Length; i++)
        {
            _names[i] = _names[i].TrimEnd('?');
        }

        _nothing = new TemplateValue?[_names.Length];
    }

    /// <summary>The arguments in the order of the parameters; null where one was left out.</summary>
    /// <exception cref="TemplateFault">There are too many, too few or unknown ones.</exception>
    public TemplateValue?[] Bind(in CallArguments arguments)
    {
        if (arguments.Count == 0)
        {
            return _required == 0 ? _nothing : throw Missing(0);
        }

        var positional = arguments.Positional;
        if (positional.Length > _names.Length)
        {
            throw new TemplateFault($"{_function}() takes at most {_names.Length} argument(s), {positional.Length} were given");
        }

        var bound = new TemplateValue?[_names.Length];
        positional.CopyTo(bound, 0);
        foreach (var (name, value) in arguments.Named)
        {
            var index = Array.IndexOf(_names, name);
            if (index < 0)
            {
                throw new TemplateFault($"{_function}() has no parameter '{PythonText.OneLine(name, 60)}'");
            }

            if (bound[index] is not null)
            {
                throw new TemplateFault($"{_function}() got two values for '{name}'");
            }

            bound[index] = value;
        }

        for (var i = 0; i < _required; i++)
        {
            if (bound[i] is null)
            {
                throw Missing(i);
            }
        }

        return bound;
    }

    private TemplateFault Missing(int index) => new($"{_function}() misses its argument '{_names[index]}'");
}
