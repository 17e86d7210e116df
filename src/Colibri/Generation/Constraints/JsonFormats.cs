namespace Colibri.Generation.Constraints;

/// <summary>The values of a schema's "format" that are held, as regular expressions. Each gives only valid texts.</summary>
internal static class JsonFormats
{
    // RFC 3339, with the leap days of the Gregorian calendar and without the year 0.
    private const string LeapYear = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)";
    private const string Year = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)";
    private const string Date = "(" + Year + "-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" + LeapYear + "-02-29)";
    private const string Clock = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
    private const string Zone = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Ipv4 = Byte + "(\\." + Byte + "){3}";

    // RFC 1123: labels of letters, digits and inner hyphens, short enough together.
    private const string Label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,38}[a-zA-Z0-9])?";
    private const string Host = Label + "(\\." + Label + "){0,5}";
    private const string Atom = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";

    // RFC 3986.
    private const string Escape = "%[0-9A-Fa-f]{2}";
    private const string InPath = "([a-zA-Z0-9._~!$&'()*+,;=:@-]|" + Escape + ")";
    private const string Tail = "(\\?([a-zA-Z0-9._~!$&'()*+,;=:@/?-]|" + Escape + ")*)?(#([a-zA-Z0-9._~!$&'()*+,;=:@/?-]|" + Escape + ")*)?";
    private const string Authority = "//(" + Host + "|" + Ipv4 + ")(:[0-9]{1,5})?(/" + InPath + "*)*";
    private const string Scheme = "[a-zA-Z][a-zA-Z0-9+.-]{0,20}:";
    private const string Uri = Scheme + "(" + Authority + "|/?" + InPath + "+(/" + InPath + "*)*)" + Tail;
    private const string RelativeUri = "(" + Authority + "|/(" + InPath + "+(/" + InPath + "*)*)?|([a-zA-Z0-9._~!$&'()*+,;=@-]|" + Escape + ")+(/" + InPath + "*)*)?" + Tail;

    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Clock + Zone,
        ["date-time"] = Date + "T" + Clock + Zone,
        ["duration"] = "P([0-9]{1,6}W|[0-9]{1,6}Y([0-9]{1,6}M([0-9]{1,6}D)?)?(T" + Times + ")?|[0-9]{1,6}M([0-9]{1,6}D)?(T" + Times + ")?|[0-9]{1,6}D(T" + Times + ")?|T" + Times + ")",
        ["uuid"] = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        ["email"] = Atom + "(\\." + Atom + "){0,2}@" + Host,
        ["hostname"] = Host,
        ["ipv4"] = Ipv4,
        ["ipv6"] = Ipv6(),
        ["uri"] = Uri,
        ["uri-reference"] = "(" + Uri + "|" + RelativeUri + ")",
        ["json-pointer"] = "(/([^/~]|~[01])*)*",
        ["byte"] = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?",
    };

    private const string Times = "([0-9]{1,6}H([0-9]{1,6}M([0-9]{1,6}S)?)?|[0-9]{1,6}M([0-9]{1,6}S)?|[0-9]{1,6}S)";

    /// <summary>Names that are held.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The expression of a format, or null.</summary>
    public static string? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>Whether a format is one of numbers (OpenAPI).</summary>
    public static bool IsNumber(string name) => name is "int32" or "int64" or "float" or "double";

    /// <summary>Whether a format says only how a text is shown or kept (OpenAPI).</summary>
    public static bool IsAnyText(string name) => name is "password" or "binary";

    // RFC 4291: eight groups, or fewer with :: for the missing ones; the last two may be written as an IPv4 address.
    private static string Ipv6()
    {
        const string Group = "[0-9a-fA-F]{1,4}";
        const string Last = "(" + Group + ":" + Group + "|" + Ipv4 + ")";
        var forms = new List<string> { $"({Group}:){{6}}{Last}" };
        for (var before = 0; before <= 7; before++)
        {
            // So many groups before the gap, and at most so many behind it.
            var behind = 7 - before;
            var start = before == 0 ? "" : $"{Group}(:{Group}){{{before - 1}}}";
            var end = behind == 0 ? "" : behind == 1 ? $"({Group})?" : $"(({Group}:){{0,{behind - 2}}}{Last}|{Group})?";
            forms.Add($"{start}::{end}");
        }

        return "(" + string.Join('|', forms) + ")";
    }
}
