using System.CommandLine;
using System.Text.Json;
using Colibri.Generation;
using Colibri.Hardware;
using Colibri.Kernels.Assembly;
using Spectre.Console;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri bench</c>: what the machine can do at most, and how much of that a model reaches.</summary>
internal sealed class BenchCommand : Verb
{
    private readonly Argument<string?> _model = new("MODEL")
    {
        Description = "A GGUF file or a Hugging Face folder; without it, only the machine is measured.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _prompt = OptionOf.Integer("--prompt", "Tokens of the prompt that is taken in.", 1, 1 << 20, 512);
    private readonly Option<int> _generate = OptionOf.Integer("--generate", "Tokens to generate behind a single one.", 1, 1 << 20, 64);
    private readonly Option<int> _repeat = OptionOf.Integer("--repeat", "How often each is measured; the median counts.", 1, 1000, 5);
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public BenchCommand(Terminal terminal) : base(
        "bench",
        "Measures this machine (the hardware found, and the rates at which it reads memory and multiplies, which no model can exceed) and how fast a model runs on it.",
        terminal)
    {
        Add(_model);
        Add(_prompt);
        Add(_generate);
        Add(_repeat);
        _engine.AddTo(this);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri bench", "The machine and its ceilings, with 1 thread up to the number of cores"),
        ("colibri bench model.gguf", "A prompt of 512 tokens and 64 generated ones, five times"),
        ("colibri bench model.gguf --prompt 4096 --generate 256 --repeat 3 --threads 4 --json", "Longer, with 4 threads, for a program to read"),
    ];

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var machine = MachineInfo.Detect();
        var options = _engine.Read(parsed);
        var threads = options.Threads ?? machine.Threads;

        // The model first: measuring the machine takes memory that would count in the process's high-water mark.
        Action<Utf8JsonWriter, MachineCeilings>? write = null;
        Func<MachineCeilings, Table>? draw = null;
        if (parsed.GetValue(_model) is { } path)
        {
            (write, draw) = await MeasureAsync(parsed, path, options, cancellation).ConfigureAwait(false);
        }

        var ceilings = Terminal.Watch("Measuring the machine", report =>
            MachineBenchmark.Measure(threads, machine.Memory, LargestCache(machine), (what, done) => report(what, done), cancellation, PeakLoops.Here));
        if (parsed.GetValue(_json))
        {
            JsonReport.Write(Terminal, json =>
            {
                MachineReport.Write(json, machine);
                MachineReport.Write(json, ceilings);
                write?.Invoke(json, ceilings);
            });
        }
        else
        {
            Terminal.Draw(MachineReport.Describe(machine));
            Terminal.Draw(MachineReport.Describe(ceilings));
            if (draw is not null)
            {
                Terminal.Draw(draw(ceilings));
            }
        }

        return ColibriCommand.Success;
    }

    private static long LargestCache(MachineInfo machine) =>
        machine.Processor.Caches.Select(c => c.Bytes * c.Count).DefaultIfEmpty(0).Max();

    /// <summary>Measures the model and gives what shows the result once the ceilings are known.</summary>
    private async Task<(Action<Utf8JsonWriter, MachineCeilings> Write, Func<MachineCeilings, Table> Draw)> MeasureAsync(
        ParseResult parsed, string path, LoadOptions options, CancellationToken cancellation)
    {
        var (prompt, generate) = (parsed.GetValue(_prompt), parsed.GetValue(_generate));
        options = options with { ContextLength = Math.Max(prompt, generate + 1) + 1 };
        var about = default(ModelFacts);
        var result = await Terminal.WatchAsync("Measuring the model", report => ModelBenchmark.RunAsync(
            () => TextModel.Load(path, options, cancellation),
            prompt,
            generate,
            parsed.GetValue(_repeat),
            (what, done) => report(what, done),
            model => about = new ModelFacts(path, model),
            cancellation)).ConfigureAwait(false);
        return ((json, ceilings) => ModelReport.Write(json, about!, result, ceilings), ceilings => ModelReport.Describe(about!, result, ceilings));
    }
}
