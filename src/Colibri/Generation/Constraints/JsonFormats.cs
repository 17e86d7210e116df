namespace Colibri.Generation.Constraints;

/// <summary>The values of a schema's "format" that are held, as regular expressions. Each gives only valid texts.</summary>
internal static class JsonFormats
{
    private const string Date = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    private const string Clock = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?";
    private const string Zone = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    /// <summary>Names that are held.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Clock + Zone,
        ["date-time"] = Date + "T" + Clock + Zone,
        ["uuid"] = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        ["ipv4"] = Byte + "(\\." + Byte + "){3}",
    };

    /// <summary>The expression of a format, or null.</summary>
    public static string? Find(string name) => Known.GetValueOrDefault(name);
}
