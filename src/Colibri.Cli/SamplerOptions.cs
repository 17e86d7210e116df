using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Colibri.Files;
using Colibri.Generation;
using Colibri.Generation.Constraints;

namespace Colibri.Cli;

/// <summary>The options that say how the next token is chosen.</summary>
internal sealed class SamplerOptions
{
    private static readonly SamplingOptions Plain = new();

    private readonly Option<double?> _temperature = OptionOf.Number("--temperature", "How freely to choose; 0 always takes the likeliest token. " + Default(Plain.Temperature), 0, 100);
    private readonly Option<int?> _topK = OptionOf.Integer("--top-k", "Choose among so many of the likeliest tokens; 0 among all. " + Default(Plain.TopK), 0, int.MaxValue);
    private readonly Option<double?> _topP = OptionOf.Number("--top-p", "Choose among the likeliest tokens that together have this probability; 1 among all. " + Default(Plain.TopP), 1e-9, 1);
    private readonly Option<double?> _minP = OptionOf.Number("--min-p", "Leave out tokens less likely than this share of the likeliest; 0 leaves out none. " + Default(Plain.MinP), 0, 1);
    private readonly Option<double> _penalty = OptionOf.Number("--repeat-penalty", $"Make tokens of the last {Plain.RepetitionWindow} less likely by this factor; 1 changes nothing.", 0.01, 100, Plain.RepetitionPenalty);

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = $"The same seed gives the same answer; without it, a new one each time. (0 to {ulong.MaxValue})",
        HelpName = "S",
        CustomParser = ParseSeed,
    };

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End the answer before this text; may be given several times.",
        HelpName = "TEXT",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _schema = OptionOf.Text("--json-schema", "FILE", "Answer with JSON that this JSON Schema allows.");
    private readonly Option<string?> _grammar = OptionOf.Text("--grammar", "FILE", "Answer with a text that this grammar (GBNF, as in llama.cpp) describes.");
    private readonly Option<string?> _regex = OptionOf.Text("--regex", "REGEX", "Answer with a text that this regular expression matches as a whole.");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_temperature);
        verb.Add(_topK);
        verb.Add(_topP);
        verb.Add(_minP);
        verb.Add(_penalty);
        verb.Add(_seed);
        verb.Add(_stop);
        Option[] constraints = [_schema, _grammar, _regex];
        foreach (var option in constraints)
        {
            verb.Add(option);
        }

        verb.Validators.Add(result =>
        {
            if (constraints.Count(option => result.GetResult(option) is not null) > 1)
            {
                result.AddError("--json-schema, --grammar and --regex: give one of them.");
            }
        });
    }

    /// <summary>What the command line asks for; where it says nothing, what the model's makers advise.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="advised">
    /// The makers' advice on what to choose among. A penalty they advise is not taken over: it would change what temperature 0
    /// means.
    /// </param>
    public SamplingOptions Read(ParseResult parsed, GenerationDefaults advised) => new()
    {
        Temperature = (float)(parsed.GetValue(_temperature) ?? advised.Temperature ?? Plain.Temperature),
        TopK = parsed.GetValue(_topK) ?? advised.TopK ?? Plain.TopK,
        TopP = (float)(parsed.GetValue(_topP) ?? advised.TopP ?? Plain.TopP),
        MinP = (float)(parsed.GetValue(_minP) ?? advised.MinP ?? Plain.MinP),
        RepetitionPenalty = (float)parsed.GetValue(_penalty),
        Seed = parsed.GetValue(_seed),
        Stop = parsed.GetValue(_stop) ?? [],
        Constraint = Constraint(parsed),
    };

    private TextConstraint? Constraint(ParseResult parsed)
    {
        var (name, text, make) = (parsed.GetValue(_schema), parsed.GetValue(_grammar), parsed.GetValue(_regex)) switch
        {
            ({ } file, _, _) => (file, InputFile.Text(file), TextConstraint.FromJsonSchema),
            (_, { } file, _) => (file, InputFile.Text(file), TextConstraint.FromGrammar),
            (_, _, { } regex) => ("--regex", regex, TextConstraint.FromRegex),
            _ => ("", "", default(Func<string, TextConstraint>)),
        };
        try
        {
            return make?.Invoke(text);
        }
        catch (InputException e)
        {
            throw new InputException($"{name}: {e.Message}", e);
        }
    }

    private static string Default(float value) =>
        string.Create(CultureInfo.InvariantCulture, $"Without it, what the model's makers advise, or {value}.");

    private static ulong? ParseSeed(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
        {
            return seed;
        }

        result.AddError($"--seed: '{text}' is not a whole number from 0 to {ulong.MaxValue}.");
        return null;
    }
}
