using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Colibri.Files;
using Colibri.Generation;

namespace Colibri.Cli;

/// <summary>The options of every verb that runs a model, and loading with them.</summary>
internal sealed class EngineOptions
{
    private readonly Option<int?> _threads = OptionOf.Threads();

    private readonly Option<int?> _context = OptionOf.Integer(
        "--context", "Longest sequence in tokens, prompt and answer together; without it, the model's own, at most 4096.", 1, 1 << 24);

    private readonly Option<string> _lazy = OptionOf.OneOf(
        "--lazy", $"When weights are read from the disk: on first use (on), all at the start (off), or by the model's size (auto: on above {WeightLoading.DefaultThreshold:#,0} parameters).", "auto", "on", "off");

    private readonly Option<long?> _maxMemory = new("--max-memory")
    {
        Description = "Most memory to use, for example 900M or 4G; a model that does not fit is read block by block as it runs. Without it, the machine's.",
        HelpName = "SIZE",
        CustomParser = ParseSize,
    };

    private readonly Option<string> _activations = OptionOf.OneOf(
        "--activations", "How activations meet weights: rounded to 8 bits for integer formats, and to bfloat16 for BF16 where the processor multiplies those (fast), or always as float32.", "int8", "float");

    private readonly Option<string> _cache = OptionOf.OneOf(
        "--kv", "How keys and values are kept: float32, float16 in half the memory, or 8 bits with a scale per token, head and 32 values in about a quarter.", "f32", "f16", "q8_0");

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="context">Whether the context's length is the user's to choose.</param>
    /// <param name="loading">Whether weights are loaded, so that it matters how.</param>
    public void AddTo(Command verb, bool context = false, bool loading = true)
    {
        Option?[] options = [_threads, context ? _context : null, loading ? _lazy : null, loading ? _maxMemory : null, _activations, _cache];
        foreach (var option in options.OfType<Option>())
        {
            verb.Add(option);
        }
    }

    /// <summary>What the command line asks for; one sequence at a time.</summary>
    public LoadOptions Read(ParseResult parsed)
    {
        // An option that the verb does not have keeps its default.
        T? Value<T>(Option<T> option) => parsed.CommandResult.Command.Options.Contains(option) ? parsed.GetValue(option) : default;
        return new LoadOptions
        {
            Threads = Value(_threads),
            ContextLength = Value(_context),
            MaximumSequences = 1,
            Loading = Value(_lazy) switch { "on" => LoadMode.Lazy, "off" => LoadMode.Resident, _ => LoadMode.Auto },
            MaximumMemory = Value(_maxMemory),
            FloatActivations = Value(_activations) == "float",
            KeyValueFormat = Value(_cache)!.ToUpperInvariant(),
        };
    }

    /// <summary>Loads a model, showing how far reading its weights has come.</summary>
    /// <param name="path">The model.</param>
    /// <param name="options">How to load it.</param>
    /// <param name="terminal">Where progress goes.</param>
    /// <param name="cancellation">Ends reading.</param>
    public static TextModel Load(string path, LoadOptions options, Terminal terminal, CancellationToken cancellation) => terminal.Watch(
        "Loading",
        report => TextModel.Load(path, options with { Progress = new Reporting<ByteProgress>(p => report(null, (double)p.Done / Math.Max(p.Total, 1))) }, cancellation));

    /// <summary>A size in bytes: a number, and K, M, G or T in steps of 1024.</summary>
    private static long? ParseSize(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value.Trim() : "";
        var digits = text.TrimEnd('b', 'B', 'i', 'I');
        var power = digits.Length == 0 ? 0 : " KMGT".IndexOf(char.ToUpperInvariant(digits[^1]), StringComparison.Ordinal);
        var number = power > 0 ? digits[..^1] : digits;
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * Math.Pow(1024, Math.Max(power, 0)) is >= 1 and < 1L << 60 and var bytes)
        {
            return (long)bytes;
        }

        result.AddError($"--max-memory: '{text}' is not a size; a number with K, M, G or T behind it is expected, for example 900M.");
        return null;
    }
}
