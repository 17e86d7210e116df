using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Colibri.Generation;
using Colibri.Hardware;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri run</c>: generates text.</summary>
internal sealed class RunCommand : Verb
{
    private readonly Argument<string?> _model = ModelChoice.Optional();
    private readonly Option<string?> _prompt = OptionOf.Text("--prompt", "TEXT", "The text to continue; an empty one starts from the beginning of text.");
    private readonly Option<string?> _promptFile = OptionOf.Text("--prompt-file", "FILE", "Take the text to continue from a file ('-' is standard input).");
    private readonly Option<int?> _tokens = OptionOf.Integer("-n", "Most tokens to generate; without it, until the text ends or the context is full.", 0, int.MaxValue, "--tokens");
    private readonly SamplerOptions _sampler = new();
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public RunCommand(Terminal terminal) : base(
        "run",
        "Continues a text; without one, and with a person at the terminal, talks. What the model writes goes to standard output as it comes.",
        terminal)
    {
        Add(_model);
        Add(_prompt);
        Add(_promptFile);
        Add(_tokens);
        _sampler.AddTo(this);
        _engine.AddTo(this, context: true);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.GetResult(_prompt) is not null && result.GetResult(_promptFile) is not null)
            {
                result.AddError("--prompt and --prompt-file: give one of them.");
            }
        });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri run --prompt \"It was a dark night, and the\" -n 48", "Continue a text with the model that ships with colibri"),
        ("colibri run model.gguf", "Talk with a model; /help lists what can be said to the command"),
        ("colibri run model.gguf --prompt-file letter.txt --temperature 0", "Continue a file's text, always with the likeliest token"),
        ("colibri run model.gguf --prompt \"Her name was\" --regex \"[A-Z][a-z]+\"", "An answer of a certain form"),
        ("colibri run model.gguf --prompt \"Once\" --seed 7 --json", "The same answer every time, with speeds, for a program to read"),
    ];

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var prompt = ReadPrompt(parsed);
        var json = parsed.GetValue(_json);
        var watch = Stopwatch.StartNew();
        var path = ModelChoice.Path(parsed.GetValue(_model));
        using var model = EngineOptions.Load(path, _engine.Read(parsed), Terminal, cancellation);
        var loading = watch.Elapsed;
        var sampling = _sampler.Read(parsed, model.GenerationDefaults) with { MaximumTokens = parsed.GetValue(_tokens) };
        if (prompt is null)
        {
            using var session = new ChatSession(model);
            await new ChatLoop(Terminal, session, sampling).RunAsync(cancellation).ConfigureAwait(false);
            return ColibriCommand.Success;
        }

        var generation = model.Generate(prompt, sampling, cancellation);

        if (!json && Terminal.PersonReads)
        {
            Terminal.Out.Write(Terminal.Show(prompt));
        }

        var text = new StringBuilder();
        FinishReason? finish = null;
        await foreach (var token in generation.ConfigureAwait(false))
        {
            text.Append(token.Text);
            finish = token.Finish;
            if (!json && token.Text.Length > 0)
            {
                Terminal.Out.Write(Terminal.Show(token.Text));
                Terminal.Out.Flush();
            }
        }

        var statistics = generation.Statistics;
        if (json)
        {
            WriteJson(path, model, generation, text.ToString(), finish, loading);
        }
        else
        {
            Terminal.Out.WriteLine();
            Terminal.Out.Flush();
            if (Terminal.PersonWatches)
            {
                Terminal.Error.WriteLine(
                    $"[{statistics.PromptTokens} prompt tokens at {Figures.Number(statistics.PromptTokensPerSecond)}/s, " +
                    $"{statistics.GeneratedTokens} generated at {Figures.Number(statistics.GenerateTokensPerSecond)}/s, " +
                    $"peak memory {Figures.Bytes(ProcessMemory.PeakBytes())}]");
            }
        }

        return ColibriCommand.Success;
    }

    /// <summary>The prompt, or null where a person is there to talk.</summary>
    private string? ReadPrompt(ParseResult parsed)
    {
        if (parsed.GetValue(_prompt) is { } prompt)
        {
            return prompt;
        }

        if (parsed.GetValue(_promptFile) is { } file)
        {
            return file == "-" ? Encoding.UTF8.GetString(InputFile.ArgumentFileOrInput(null, null, Terminal, "--prompt TEXT")) : InputFile.Text(file);
        }

        return Terminal.PersonTypes && !parsed.GetValue(_json)
            ? null
            : throw new InputException("There is no prompt: give --prompt TEXT or --prompt-file FILE ('--prompt-file -' reads standard input).");
    }

    private void WriteJson(string path, TextModel model, TextGeneration generation, string text, FinishReason? finish, TimeSpan loading) => JsonReport.Write(Terminal, json =>
    {
        var statistics = generation.Statistics;
        json.WriteString("model", path);
        json.WriteString("text", text);
        json.WriteList("ids", generation.Ids.Skip(statistics.PromptTokens), json.WriteNumberValue);

        // Nothing was generated where the prompt fills the context, or none was asked for.
        json.WriteString("finish_reason", finish == FinishReason.Stop ? "stop" : "length");
        json.WriteNumber("prompt_tokens", statistics.PromptTokens);
        json.WriteNumber("generated_tokens", statistics.GeneratedTokens);
        json.WriteNumber("load_ms", Math.Round(loading.TotalMilliseconds, 3));
        json.WriteNumber("prompt_tokens_per_second", Math.Round(statistics.PromptTokensPerSecond, 3));
        json.WriteNumber("generate_tokens_per_second", Math.Round(statistics.GenerateTokensPerSecond, 3));
        json.WriteNumber("peak_memory_bytes", ProcessMemory.PeakBytes());
        json.WriteNumber("threads", model.Threads);
        json.WriteString("kernels", KernelNames.Of(model));
        json.WriteNumber("seed", statistics.Seed);
    });
}
