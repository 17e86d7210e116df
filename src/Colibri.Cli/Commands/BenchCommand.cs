using System.CommandLine;
using System.Text;
using Colibri.Cli.Benchmarking;
using Colibri.Files;
using Colibri.Generation;
using Colibri.Hardware;
using Colibri.Kernels.Assembly;
using Colibri.Models;

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
    private readonly Option<int> _generate = OptionOf.Integer("--generate", "Tokens to generate.", 1, 1 << 20, 64);
    private readonly Option<int> _length = OptionOf.Integer("--length", "Tokens a sequence holds before it generates; attention reads them with every token.", 1, 1 << 20, 1);
    private readonly Option<int> _batch = OptionOf.Integer("--batch", "Sequences that generate together, measured besides one alone.", 1, 512, 1);
    private readonly Option<int> _repeat = OptionOf.Integer("--repeat", "How often each is measured; the median counts.", 1, 1000, 5);

    private readonly Option<string[]> _compare = new("--compare")
    {
        Description = $"Measure this too, taking turns with MODEL: {BenchmarkSubject.Expected}. May be given several times.",
        HelpName = "OTHER",
    };

    private readonly Option<bool> _profile = OptionOf.Flag(
        "--profile", "Show where the time goes: each operation's time, bytes and arithmetic, its share of what the machine could do, and what lies between operations. (The event source Colibri-Execution tells dotnet-trace the same of any program.)");

    private readonly Option<bool> _profileBlocks = OptionOf.Flag("--profile-blocks", "The profile block by block instead of summed over blocks.");

    private readonly Option<string?> _profileSvg = OptionOf.Text("--profile-svg", "FILE", "Write the profile as a picture (SVG, opens in any browser) as well.");
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public BenchCommand(Terminal terminal) : base(
        "bench",
        "Measures this machine (the hardware found, and the rates at which it reads memory and multiplies, which no model can exceed) and how fast a model runs on it.",
        terminal)
    {
        Option[] options = [_prompt, _generate, _length, _batch, _repeat, _compare, _profile, _profileBlocks, _profileSvg];
        Add(_model);
        foreach (var option in options)
        {
            Add(option);
        }

        _engine.AddTo(this);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.GetValue(_model) is null && options.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } option)
            {
                result.AddError($"{option.Name} says how a model is measured, and there is none. Name a model.");
            }
        });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri bench", "The machine and its ceilings, with 1 thread up to the number of cores"),
        ("colibri bench model.gguf", "A prompt of 512 tokens and 64 generated ones, five times"),
        ("colibri bench model.gguf --prompt 4096 --generate 256 --repeat 3 --threads 4 --json", "Longer, with 4 threads, for a program to read"),
        ("colibri bench model.gguf --batch 16", "16 sequences that generate together, beside one alone"),
        ("colibri bench model.gguf --profile --profile-svg profile.svg", "Where the time goes, as tables and as a picture"),
        ("colibri bench model.gguf --compare other.gguf --compare kernels=portable-256", "Side by side, in turn: another model, and the same one with other kernels"),
    ];

    /// <inheritdoc/>
    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var machine = MachineInfo.Detect();
        var options = _engine.Read(parsed);
        var file = parsed.GetValue(_profileSvg);
        if (file is not null && parsed.GetValue(_model) is { } subject)
        {
            using var source = ModelSource.Open(subject);
            FinalPath.RequireAnother(source.Files, file);
        }

        using var picture = file is null ? null : new ReplacingFile(file);

        // The models first: measuring the machine takes memory that would count in the process's high-water mark.
        IReadOnlyList<BenchmarkOutcome> outcomes = [];
        if (parsed.GetValue(_model) is { } path)
        {
            var first = new BenchmarkSubject(path, options, null);
            outcomes = await MeasureAsync(parsed, [first, .. (parsed.GetValue(_compare) ?? []).Select(first.With)], cancellation).ConfigureAwait(false);
        }

        var threads = outcomes.Select(o => o.Facts.Threads).Append(options.Threads ?? machine.Threads).Max();
        var ceilings = Terminal.Watch("Measuring the machine", report =>
            MachineBenchmark.Measure(threads, machine.Memory, LargestCache(machine), (what, done) => report(what, done), cancellation, PeakLoops.Here));
        if (picture is not null)
        {
            picture.Stream.Write(Encoding.UTF8.GetBytes(ProfilePicture.Draw(outcomes, machine, ceilings)));
            picture.Finish();
            picture.Publish();
            Terminal.Error.WriteLine($"The picture is in {ColibriCommand.OneLine(file!)}.");
        }

        if (parsed.GetValue(_json))
        {
            JsonReport.Write(Terminal, json =>
            {
                MachineReport.Write(json, machine);
                MachineReport.Write(json, ceilings);
                if (outcomes.Count > 0)
                {
                    ModelReport.Write(json, outcomes, ceilings);
                }
            });
            return ColibriCommand.Success;
        }

        Terminal.Draw(MachineReport.Describe(machine));
        Terminal.Draw(MachineReport.Describe(ceilings));
        if (outcomes.Count > 0)
        {
            Show(outcomes, ceilings, parsed.GetValue(_profileBlocks));
        }

        return ColibriCommand.Success;
    }

    private static long LargestCache(MachineInfo machine) =>
        machine.Processor.Caches.Select(c => c.Bytes * c.Count).DefaultIfEmpty(0).Max();

    private static TextModel Load(string path, LoadOptions options, CancellationToken cancellation)
    {
        try
        {
            return TextModel.Load(path, options, cancellation);
        }
        catch (InputException) when (LongestContext(path) is var longest && options.ContextLength > longest)
        {
            throw new InputException($"{path}: the model's context holds {longest} tokens, and {options.ContextLength} are needed: --prompt, or --length and --generate, and a token more. Make them smaller.");
        }
    }

    private static int LongestContext(string path)
    {
        using var source = ModelSource.Open(path);
        using var model = ModelFamily.CreateModel(source);
        return model.Shape.Context;
    }

    private void Show(IReadOnlyList<BenchmarkOutcome> outcomes, MachineCeilings ceilings, bool blocks)
    {
        Terminal.Draw(ModelReport.Describe(outcomes, ceilings));
        foreach (var note in ModelReport.Notes(outcomes))
        {
            Terminal.Out.WriteLine(note);
        }

        var profiled = outcomes.SelectMany(o => o.Result.Phases.Where(p => p.Profile is not null), (o, phase) => (o.Title, Phase: phase)).ToList();
        foreach (var (title, phase) in profiled)
        {
            Terminal.Out.WriteLine();
            if (outcomes.Count > 1)
            {
                Terminal.Out.WriteLine(ColibriCommand.OneLine(title));
            }

            Terminal.Draw(ProfileReport.Describe(phase, ceilings, blocks));
        }

        if (profiled.Count > 0)
        {
            Terminal.Out.WriteLine(ProfileReport.Legend);
        }
    }

    /// <summary>Loads all subjects and measures them in turn, a repeat of each at a time.</summary>
    private Task<IReadOnlyList<BenchmarkOutcome>> MeasureAsync(ParseResult parsed, IReadOnlyList<BenchmarkSubject> subjects, CancellationToken cancellation)
    {
        var settings = new BenchmarkSettings(
            parsed.GetValue(_prompt), parsed.GetValue(_generate), parsed.GetValue(_length), parsed.GetValue(_batch), parsed.GetValue(_repeat),
            parsed.GetValue(_profile) || parsed.GetValue(_profileBlocks) || parsed.GetValue(_profileSvg) is not null);
        return Terminal.WatchAsync<IReadOnlyList<BenchmarkOutcome>>("Measuring the model", async report =>
        {
            var running = new List<ModelBenchmark>();
            try
            {
                foreach (var subject in subjects)
                {
                    report("loading and warming up", 0);
                    var options = settings.Apply(subject.Options);
                    running.Add(await ModelBenchmark.StartAsync(() => Load(subject.Path, options, cancellation), settings, cancellation).ConfigureAwait(false));
                }

                for (var repeat = 0; repeat < settings.Repeats; repeat++)
                {
                    report($"repeat {repeat + 1} of {settings.Repeats}", (double)repeat / settings.Repeats);
                    foreach (var benchmark in running)
                    {
                        await benchmark.RepeatAsync(cancellation).ConfigureAwait(false);
                    }
                }

                return [.. running.Zip(subjects, (b, s) => new BenchmarkOutcome(new ModelFacts(s.Path, b.Model), s.Setting, b.Result()))];
            }
            finally
            {
                running.ForEach(b => b.Dispose());
            }
        });
    }
}
