namespace Colibri.Text.Templates;

/// <summary>An attribute as filters take it: a name, names with dots between, or a number; looked up as brackets do.</summary>
internal sealed class AttributePath
{
    private readonly TemplateValue[] _parts;
    private readonly TemplateValue? _missing;

    private AttributePath(TemplateValue[] parts, TemplateValue? missing)
    {
        _parts = parts;
        _missing = missing;
    }

    /// <summary>The path that leads to the item itself.</summary>
    public static AttributePath Itself { get; } = new([], null);

    /// <param name="attribute">The attribute.</param>
    /// <param name="missing">What stands for a missing one, or null.</param>
    public static AttributePath Of(TemplateValue attribute, TemplateValue? missing = null) => new(
        attribute switch
        {
            StringValue s => Split(s.Text),
            NoneValue => [],
            _ => [attribute],
        },
        missing is NoneValue ? null : missing);

    /// <summary>The attributes between commas, or the item itself where there is none.</summary>
    public static IReadOnlyList<AttributePath> Several(TemplateValue? attribute) => attribute switch
    {
        null or NoneValue => [Itself],
        StringValue s => [.. s.Text.Split(',').Select(part => new AttributePath(Split(part), null))],
        _ => [new AttributePath([attribute], null)],
    };

    public TemplateValue Get(Interpreter run, TemplateValue item)
    {
        foreach (var part in _parts)
        {
            item = Members.Item(run, item, part);
            if (item is UndefinedValue && _missing is not null)
            {
                item = _missing;
            }
        }

        return item;
    }

    private static TemplateValue[] Split(string path) =>
    [
        .. path.Split('.').Select(static TemplateValue (part) => part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit)
            ? IntValue.Of(long.Parse(part, System.Globalization.CultureInfo.InvariantCulture))
            : new StringValue(part)),
    ];
}
