using System.CommandLine;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Generation;
using Spectre.Console;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri inspect</c>: what a model's files hold.</summary>
internal sealed class InspectCommand : Verb
{
    private readonly Argument<string?> _model = ModelChoice.Optional();
    private readonly Option<bool> _tensors = OptionOf.Flag("--tensors", "List every tensor with its format, shape and size.");
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public InspectCommand(Terminal terminal) : base(
        "inspect",
        "Shows what a model's files hold (architecture, parameters, formats, bits per weight, tokenizer) and what running it needs in memory.",
        terminal)
    {
        Add(_model);
        Add(_tensors);
        _engine.AddTo(this, context: true, loading: false);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri inspect model.gguf", "What is in a file"),
        ("colibri inspect model.gguf --tensors", "And every tensor in it"),
        ("colibri inspect --json", "The shipped model, for a program to read"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var source = ModelChoice.Open(parsed.GetValue(_model));
        var contents = new Contents(source, Forecast(source.Path, _engine.Read(parsed)));
        var tensors = parsed.GetValue(_tensors) ? source.Tensors.Values : null;
        if (parsed.GetValue(_json))
        {
            WriteJson(contents, tensors);
        }
        else
        {
            Draw(contents, tensors);
        }

        return Task.FromResult(ColibriCommand.Success);
    }

    private void WriteJson(Contents c, IEnumerable<StoredTensor>? tensors) => JsonReport.Write(Terminal, json =>
    {
        json.WriteString("model", c.Source.Path);
        json.WriteString("layout", c.Layout);
        json.WriteString("architecture", c.Source.Architecture);
        json.WriteNumber("parameters", c.Parameters);
        json.WriteNumber("weight_bytes", c.Bytes);
        json.WriteOptional("bits_per_weight", c.BitsPerWeight);
        json.WriteNumber("tensors", c.Source.Tensors.Count);
        json.WriteList("formats", c.Formats, f => json.WriteItem(() =>
        {
            json.WriteString("name", f.Format.Name);
            json.WriteNumber("tensors", f.Tensors);
            json.WriteNumber("parameters", f.Parameters);
            json.WriteNumber("bytes", f.Bytes);
        }));
        if (c.Tokenizer is { } tokenizer)
        {
            json.WriteStartObject("tokenizer");
            json.WriteNumber("vocabulary", tokenizer.VocabularySize);
            json.WriteOptional("begin_of_text", (long?)tokenizer.BeginOfTextId);
            json.WriteOptional("end_of_text", (long?)tokenizer.EndOfTextId);
            json.WriteBoolean("adds_begin_of_text", tokenizer.AddsBeginOfText);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("tokenizer");
        }

        json.WriteList("end_of_text_ids", c.Source.EndOfTextIds, id => json.WriteNumberValue(id));
        json.WriteBoolean("chat_template", c.Source.ChatTemplate is not null);
        if (c.Memory.Forecast is { } memory)
        {
            json.WriteStartObject("memory");
            json.WriteNumber("context", memory.Context);
            json.WriteNumber("weights_bytes", memory.Weights);
            json.WriteNumber("key_values_bytes", memory.KeyValues);
            json.WriteNumber("scratch_bytes", memory.Scratch);
            json.WriteNumber("runtime_bytes", memory.Runtime);
            json.WriteNumber("total_bytes", memory.Total);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("memory");
        }

        if (tensors is not null)
        {
            json.WriteList("tensor_list", tensors, t => json.WriteItem(() =>
            {
                json.WriteString("name", t.Name);
                json.WriteString("format", t.Format.Name);
                json.WriteList("shape", t.Shape, json.WriteNumberValue);
                json.WriteNumber("bytes", t.Bytes);
            }));
        }
    });

    private void Draw(Contents c, IEnumerable<StoredTensor>? tensors)
    {
        var facts = new Table().Border(TableBorder.None).HideHeaders().AddColumn("what").AddColumn("is");
        void Row(string what, string value) => facts.AddRow(Cell(what), Cell(value));
        Row("Model", c.Source.Path);
        Row("Layout", c.Layout);
        Row("Architecture", c.Source.Architecture);
        Row("Parameters", $"{c.Parameters:#,0} in {c.Source.Tensors.Count} tensors");
        Row("Weights", Figures.Bytes(c.Bytes) + (c.BitsPerWeight is { } bits ? $", {Figures.Number(bits)} bits per weight" : ""));
        Row("Formats", string.Join(", ", c.Formats.Select(f => $"{f.Format.Name} ({f.Tensors} tensors, {Figures.Part((double)f.Bytes / c.Bytes)} of the bytes)")));
        Row("Tokenizer", c.Tokenizer is { } t
            ? $"{t.VocabularySize:#,0} tokens, begins with {t.BeginOfTextId?.ToString() ?? "nothing"}, ends with {string.Join(", ", c.Source.EndOfTextIds)}"
            : "none");
        Row("Chat template", c.Source.ChatTemplate is null ? "none" : "there is one");
        Row("Memory to run", c.Memory.Forecast is { } m
            ? $"{Figures.Bytes(m.Total)}: weights {Figures.Bytes(m.Weights)}, {m.Context:#,0} tokens of context {Figures.Bytes(m.KeyValues)}, scratch {Figures.Bytes(m.Scratch)}, the process {Figures.Bytes(m.Runtime)}"
            : "unknown: " + c.Memory.Reason);
        Terminal.Draw(facts);
        if (tensors is not null)
        {
            var table = new Table().Border(TableBorder.Simple).AddColumn("tensor").AddColumn("format").AddColumn("shape").AddColumn(new TableColumn("bytes").RightAligned());
            foreach (var tensor in tensors)
            {
                table.AddRow(Cell(tensor.Name), Cell(tensor.Format.Name), Cell(string.Join(" x ", tensor.Shape)), Cell($"{tensor.Bytes:#,0}"));
            }

            Terminal.Draw(table);
        }
    }

    /// <summary>What a run needs, or why that cannot be told: inspecting is for models that do not run, too.</summary>
    private static (MemoryForecast? Forecast, string? Reason) Forecast(string path, LoadOptions options)
    {
        try
        {
            return (MemoryForecast.For(path, options), null);
        }
        catch (InputException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>Names come out of a stranger's file: they are neither markup nor may they steer the terminal.</summary>
    private static Spectre.Console.Text Cell(string text) => new(ColibriCommand.OneLine(text));

    /// <summary>A format, and how much of the model is in it.</summary>
    private sealed record Share(TensorFormat Format, int Tensors, long Parameters, long Bytes);

    private sealed class Contents
    {
        public Contents(ModelSource source, (MemoryForecast? Forecast, string? Reason) memory)
        {
            Source = source;
            Memory = memory;
            Tokenizer = source.LoadTokenizer();
            Formats = [.. source.Tensors.Values
                .GroupBy(t => t.Format)
                .Select(g => new Share(g.Key, g.Count(), g.Sum(source.ParametersOf), g.Sum(t => t.Bytes)))
                .OrderByDescending(share => share.Bytes)];
        }

        public ModelSource Source { get; }

        public (MemoryForecast? Forecast, string? Reason) Memory { get; }

        public Colibri.Text.Tokenizer? Tokenizer { get; }

        public IReadOnlyList<Share> Formats { get; }

        public string Layout => Source.Layout == ModelLayout.Gguf ? "GGUF" : "Hugging Face folder";

        public long Parameters => Formats.Sum(f => f.Parameters);

        public long Bytes => Formats.Sum(f => f.Bytes);

        public double? BitsPerWeight => Parameters > 0 ? 8.0 * Bytes / Parameters : null;
    }
}
