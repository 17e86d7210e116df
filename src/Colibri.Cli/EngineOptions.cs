using System.CommandLine;
using Colibri.Generation;

namespace Colibri.Cli;

/// <summary>The options of every verb that runs a model.</summary>
internal sealed class EngineOptions
{
    private readonly Option<int?> _threads = OptionOf.Threads();

    private readonly Option<int?> _context = OptionOf.Integer(
        "--context", "Longest sequence in tokens, prompt and answer together; without it, the model's own, at most 4096.", 1, 1 << 24);

    private readonly Option<string> _activations = OptionOf.OneOf(
        "--activations", "How activations meet weights of integer formats: rounded to 8 bits (fast), or as float32.", "int8", "float");

    private readonly Option<string> _cache = OptionOf.OneOf(
        "--kv", "How keys and values are kept: float32, or float16 in half the memory.", "f32", "f16");

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="withContext">Whether the context's length is the user's to choose.</param>
    public void AddTo(Command verb, bool withContext)
    {
        verb.Add(_threads);
        if (withContext)
        {
            verb.Add(_context);
        }

        verb.Add(_activations);
        verb.Add(_cache);
    }

    /// <summary>The number of threads asked for, or null.</summary>
    public int? Threads(ParseResult parsed) => parsed.GetValue(_threads);

    /// <summary>What the command line asks for; one sequence at a time.</summary>
    public LoadOptions Read(ParseResult parsed) => new()
    {
        Threads = parsed.GetValue(_threads),
        ContextLength = parsed.CommandResult.Command.Options.Contains(_context) ? parsed.GetValue(_context) : null,
        MaximumSequences = 1,
        FloatActivations = parsed.GetValue(_activations) == "float",
        KeyValueFormat = parsed.GetValue(_cache)!.ToUpperInvariant(),
    };
}
