using System.CommandLine;
using Colibri.Files;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri logits</c>: a model's raw output, for comparing with other implementations.</summary>
internal sealed class LogitsCommand : Verb
{
    private readonly Argument<string?> _model = ModelChoice.Optional();

    private readonly Option<string> _ids = new("--ids")
    {
        Description = "Token ids with commas between them.",
        HelpName = "1,2,3",
        Required = true,
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "Where the float32 array [tokens, vocabulary] goes; a file that is there is replaced.",
        HelpName = "FILE.npy",
        Required = true,
    };

    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public LogitsCommand(Terminal terminal) : base(
        "logits",
        "Writes the logits behind every token of a sequence to a NumPy file, for cross-checking with any other implementation. Needs no tokenizer.",
        terminal)
    {
        Add(_model);
        Add(_ids);
        Add(_out);
        _engine.AddTo(this);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri logits model.gguf --ids 1,733,267 --out logits.npy", "Three rows, one per token"),
        ("colibri logits model.gguf --ids 1,733,267 --out logits.npy --activations float", "With activations that are not rounded"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var ids = TokenIds.Parse(parsed.GetValue(_ids)!, "--ids");
        if (ids.Length == 0)
        {
            throw new InputException("--ids: there is no id; at least one is expected.");
        }

        var path = parsed.GetValue(_out)!;
        using var model = EngineOptions.Load(ModelChoice.Path(parsed.GetValue(_model)), _engine.Read(parsed) with { ContextLength = ids.Length }, Terminal, cancellation);
        FinalPath.RequireAnother(model.Engine.Source.Files, path);
        using (var file = new NpyFile(path, ids.Length, model.Shape.Vocabulary))
        {
            Terminal.Watch("Computing logits", report =>
            {
                model.Logits(
                    ids,
                    (position, logits) =>
                    {
                        file.Write(logits);
                        report(null, (position + 1.0) / ids.Length);
                    },
                    cancellationToken: cancellation);
                return 0;
            });
            file.Complete();
        }

        if (parsed.GetValue(_json))
        {
            JsonReport.Write(Terminal, json =>
            {
                json.WriteString("out", path);
                json.WriteNumber("tokens", ids.Length);
                json.WriteNumber("vocabulary", model.Shape.Vocabulary);
                json.WriteNumber("threads", model.Threads);
            });
        }
        else
        {
            Terminal.Error.WriteLine($"{path}: float32 [{ids.Length}, {model.Shape.Vocabulary}]");
        }

        return Task.FromResult(ColibriCommand.Success);
    }
}
