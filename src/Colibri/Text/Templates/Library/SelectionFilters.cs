namespace Colibri.Text.Templates;

/// <summary>map, and select with its variants: they give their items one by one, when asked.</summary>
internal static class SelectionFilters
{
    public static GeneratorValue Map(Interpreter run, TemplateValue value, in CallArguments arguments)
    {
        var change = arguments.Positional.Length == 0 && arguments.Find("attribute") is { } attribute
            ? ByAttribute(attribute, arguments)
            : ByFilter(arguments);
        return Lazy(run, "map", value, (item, give) => give(change(run, item)));
    }

    /// <param name="run">The rendering.</param>
    /// <param name="value">What to go over.</param>
    /// <param name="arguments">The attribute (if one is tested), the test's name and its arguments.</param>
    /// <param name="name">The filter's name.</param>
    /// <param name="keep">Whether items that pass are kept, or those that fail.</param>
    /// <param name="byAttribute">Whether an attribute of the item is tested.</param>
    public static GeneratorValue Select(Interpreter run, TemplateValue value, in CallArguments arguments, string name, bool keep, bool byAttribute)
    {
        var path = AttributePath.Itself;
        var rest = arguments;
        if (byAttribute)
        {
            path = arguments.Positional.Length > 0
                ? AttributePath.Of(arguments.Positional[0])
                : throw new TemplateFault($"{name}() misses its attribute's name");
            rest = arguments.After(1);
        }

        string? test = null;
        if (rest.Positional.Length > 0)
        {
            test = Conversions.Text(rest.Positional[0], "", "the test's name");
            rest = rest.After(1);
        }

        return Lazy(run, name, value, (item, give) =>
        {
            var tested = path.Get(run, item);
            if ((test is null ? tested.IsTrue : run.ApplyTest(test, tested, rest)) == keep)
            {
                give(item);
            }
        });
    }

    private static Func<Interpreter, TemplateValue, TemplateValue> ByAttribute(TemplateValue attribute, in CallArguments arguments)
    {
        foreach (var (name, _) in arguments.Named)
        {
            if (name is not ("attribute" or "default"))
            {
                throw new TemplateFault($"map() has no parameter '{PythonText.OneLine(name, 60)}'");
            }
        }

        var path = AttributePath.Of(attribute, arguments.Find("default"));
        return path.Get;
    }

    private static Func<Interpreter, TemplateValue, TemplateValue> ByFilter(in CallArguments arguments)
    {
        if (arguments.Positional.Length == 0)
        {
            throw new TemplateFault("map() requires a filter's name, or attribute=");
        }

        var name = Conversions.Text(arguments.Positional[0], "", "the filter's name");
        var rest = arguments.After(1);
        return (run, item) => run.ApplyFilter(name, item, rest);
    }

    // A value that is false gives nothing, whatever it is; the items are asked for as the result is.
    private static GeneratorValue Lazy(Interpreter run, string kind, TemplateValue value, Action<TemplateValue, Action<TemplateValue>> each)
    {
        return new GeneratorValue(kind, new SequenceIterator(Items().GetEnumerator()));

        IEnumerable<TemplateValue> Items()
        {
            if (!value.IsTrue)
            {
                yield break;
            }

            var items = Conversions.Iterate(run, value);
            TemplateValue? given = null;
            while (items.Next(run, out var item))
            {
                given = null;
                each(item, result => given = result);
                if (given is not null)
                {
                    yield return given;
                }
            }
        }
    }
}
