using System.CommandLine;
using System.Diagnostics;
using Colibri.Compression.Quality;
using Spectre.Console;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri eval</c>: how well a model predicts a text, and how far it is from a reference.</summary>
internal sealed class EvalCommand : Verb
{
    private readonly Argument<string?> _model = ModelChoice.Optional();

    private readonly Option<string> _text = new("--text")
    {
        Description = "The text, taken byte for byte.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> _reference = OptionOf.Text("--reference", "MODEL0", "The model before it was made smaller: also print how far the predictions have moved.");
    private readonly Option<int> _context = OptionOf.Integer("--context", "Tokens of a chunk; the second half of each is scored.", 2, 1 << 20, 512);
    private readonly Option<int?> _chunks = OptionOf.Integer("--chunks", "Most chunks to take; without it, the whole text.", 1, int.MaxValue);
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public EvalCommand(Terminal terminal) : base(
        "eval",
        "Measures a model's perplexity on a text, the way llama.cpp counts it; against a reference also the Kullback-Leibler divergence and how often both agree on the likeliest token.",
        terminal)
    {
        Add(_model);
        Add(_text);
        Add(_reference);
        Add(_context);
        Add(_chunks);
        _engine.AddTo(this);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri eval model.gguf --text wiki.test.raw", "The usual perplexity"),
        ("colibri eval small.gguf --reference model.gguf --text wiki.test.raw --chunks 20", "What was lost on the way from one to the other"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var text = InputFile.Bytes(parsed.GetValue(_text)!);
        var context = parsed.GetValue(_context);
        var path = ModelChoice.Path(parsed.GetValue(_model));
        var referencePath = parsed.GetValue(_reference);
        var options = _engine.Read(parsed) with { ContextLength = context };
        using var model = EngineOptions.Load(path, options, Terminal, cancellation);
        using var reference = referencePath is null ? null : EngineOptions.Load(referencePath, options, Terminal, cancellation);
        var watch = Stopwatch.StartNew();
        var result = Terminal.Watch("Evaluating", report => TextEvaluation.Run(
            model,
            text,
            reference,
            new TextEvaluationOptions
            {
                Context = context,
                MaximumChunks = parsed.GetValue(_chunks),
                Progress = new Reporting<TextEvaluationReport>(r => report($"perplexity {Figures.Number(r.Perplexity)}", (double)r.Chunks / r.TotalChunks)),
            },
            cancellation));
        var seconds = watch.Elapsed.TotalSeconds;
        if (parsed.GetValue(_json))
        {
            WriteJson(path, referencePath, context, result, seconds);
        }
        else
        {
            Draw(result, context);
        }

        return Task.FromResult(ColibriCommand.Success);
    }

    private void WriteJson(string path, string? referencePath, int context, TextEvaluationReport result, double seconds) => JsonReport.Write(Terminal, json =>
    {
        json.WriteString("model", path);
        json.WriteNumber("context", context);
        json.WriteNumber("chunks", result.Chunks);
        json.WriteNumber("scored_tokens", result.ScoredTokens);
        json.WriteOptional("perplexity", result.Perplexity);
        json.WriteOptional("perplexity_error", result.PerplexityError);
        if (result.Comparison is { } c)
        {
            json.WriteStartObject("reference");
            json.WriteString("model", referencePath);
            json.WriteOptional("perplexity", c.ReferencePerplexity);
            json.WriteOptional("kl_mean", c.DivergenceMean);
            json.WriteOptional("kl_p99", c.Divergence99);
            json.WriteOptional("kl_max", c.DivergenceLargest);
            json.WriteNumber("top1_agreement", c.TopAgreement);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("reference");
        }

        json.WriteNumber("tokens_per_second", Math.Round((double)result.Chunks * context / seconds, 3));
    });

    private void Draw(TextEvaluationReport result, int context)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("what").AddColumn("is");
        table.AddRow("Perplexity", FormattableString.Invariant($"{result.Perplexity:0.0000} ± {result.PerplexityError:0.0000}"));
        table.AddRow("Scored", $"{result.ScoredTokens:#,0} tokens in {result.Chunks} chunks of {context}");
        if (result.Comparison is { } c)
        {
            table.AddRow("Reference", FormattableString.Invariant($"perplexity {c.ReferencePerplexity:0.0000}"));
            table.AddRow("KL divergence", FormattableString.Invariant($"mean {c.DivergenceMean:0.000000}, 99 % below {c.Divergence99:0.000000}, largest {c.DivergenceLargest:0.000000}"));
            table.AddRow("Same top token", FormattableString.Invariant($"{100 * c.TopAgreement:0.00} %"));
        }

        Terminal.Draw(table);
    }
}
