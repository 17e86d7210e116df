using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Colibri.Cli;

/// <summary>
/// Options with a range: the help states the range, the parser holds it, and both read it from one place.
/// </summary>
internal static class OptionOf
{
    /// <summary>A whole number with a default.</summary>
    public static Option<int> Integer(string name, string description, int minimum, int maximum, int fallback, params string[] aliases) => new(name, aliases)
    {
        Description = $"{description} {Range(minimum, maximum)}",
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
        CustomParser = result => ParseInteger(result, name, minimum, maximum) ?? fallback,
    };

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> Integer(string name, string description, int minimum, int maximum, params string[] aliases) => new(name, aliases)
    {
        Description = $"{description} {Range(minimum, maximum)}",
        HelpName = "N",
        CustomParser = result => ParseInteger(result, name, minimum, maximum),
    };

    /// <summary>A number with a default.</summary>
    public static Option<double> Number(string name, string description, double minimum, double maximum, double fallback) => new(name)
    {
        Description = $"{description} {Range(minimum, maximum)}",
        HelpName = "X",
        DefaultValueFactory = _ => fallback,
        CustomParser = result => ParseNumber(result, name, minimum, maximum) ?? fallback,
    };

    /// <summary>A number that may be left out.</summary>
    public static Option<double?> Number(string name, string description, double minimum, double maximum) => new(name)
    {
        Description = $"{description} {Range(minimum, maximum)}",
        HelpName = "X",
        CustomParser = result => ParseNumber(result, name, minimum, maximum),
    };

    /// <summary>A switch.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>A text that may be left out.</summary>
    /// <param name="name">The option.</param>
    /// <param name="placeholder">What stands for the value in the help, for example FILE.</param>
    /// <param name="description">What it does.</param>
    public static Option<string?> Text(string name, string placeholder, string description) => new(name) { Description = description, HelpName = placeholder };

    /// <summary>One of a few words; the first is the default.</summary>
    public static Option<string> OneOf(string name, string description, params string[] words)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => words[0],
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var word }] && !words.Contains(word))
            {
                result.AddError($"{name}: '{word}' is not one of {string.Join(", ", words)}.");
            }
        });
        return option;
    }

    /// <summary>The switch every reporting verb has.</summary>
    public static Option<bool> Json() => Flag("--json", "Print one JSON object on standard output instead of text.");

    /// <summary>The number of threads, where the machine's own number is the default.</summary>
    public static Option<int?> Threads() => Integer(
        "--threads", "Threads to compute with; without it, the physical cores within the container's quota.", 1, 256);

    private static string Range<T>(T minimum, T maximum) where T : IFormattable =>
        $"({minimum.ToString(null, CultureInfo.InvariantCulture)} to {maximum.ToString(null, CultureInfo.InvariantCulture)})";

    private static int? ParseInteger(ArgumentResult result, string name, int minimum, int maximum)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        result.AddError($"{name}: '{text}' is not a whole number from {minimum} to {maximum}.");
        return null;
    }

    private static double? ParseNumber(ArgumentResult result, string name, double minimum, double maximum)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' is not a number from {minimum} to {maximum}."));
        return null;
    }
}
