using System.Diagnostics;
using System.Globalization;
using Colibri.Benchmarks.LlamaCpp;
using Colibri.Hardware;
using Colibri.Kernels.Assembly;

namespace Colibri.Benchmarks.Comparison;

/// <summary>
/// Runs both sides in turn: A, B, A, B ... so that whatever else slows the machine meets both alike, and judges by the
/// ratio within each pair. Two children live through all pairs (warm code, no reloading) and wait while it is the
/// other's turn; load times come from fresh children, in turn as well.
/// </summary>
internal static class ComparisonRunner
{
    // Enough that the first token is a real prompt's, few enough that its arithmetic does not matter.
    private const int FirstPrompt = 8;
    private const int WarmTokens = 4;

    /// <summary>Runs the comparison.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellation">Ends the children and stops.</param>
    /// <exception cref="InputException">A side cannot run the model.</exception>
    public static async Task<ComparisonResult> RunAsync(ComparisonOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var started = DateTime.UtcNow;
        var load = LoadAverage();
        var cost = ModelCost.Of(options.Model);
        var machine = MachineInfo.Detect();
        progress("measuring the machine");
        var largestCache = machine.Processor.Caches.Select(c => c.Bytes * c.Count).DefaultIfEmpty(0).Max();
        var ceilings = MachineBenchmark.Measure(options.Threads, machine.Memory, largestCache, progress: null, cancellation, PeakLoops.Here);
        ReadOnce(options.Model, cancellation);

        var engineStarts = new List<StartSample>();
        var peerStarts = new List<StartSample>();
        for (var i = 0; i < options.Pairs; i++)
        {
            progress($"start {i + 1}/{options.Pairs}");
            engineStarts.Add(await StartAsync(options.Engine, options, cancellation));
            peerStarts.Add(await StartAsync(options.Peer, options, cancellation));
        }

        await using var engine = await WorkerProcess.StartAsync(options.Engine, options, cancellation);
        await using var peer = await WorkerProcess.StartAsync(options.Peer, options, cancellation);
        foreach (var side in new[] { engine, peer })
        {
            progress($"warming {side.Name}");
            await side.PromptAsync(options.Prompt, seed: 0, cancellation);
            await side.GenerateAsync(WarmTokens, seed: 0, depth: 0, options.Sequences, cancellation);
        }

        var prompt = new List<Pair>();
        var generate = new List<Pair>();
        for (var i = 0; i < options.Pairs; i++)
        {
            var seed = i + 1;
            prompt.Add(await PairAsync(engine, peer, options, options.Prompt, read: null, side => side.PromptAsync(options.Prompt, seed, cancellation), cancellation));
            progress(Invariant($"pair {i + 1}/{options.Pairs}, prompt:   {prompt[^1].Engine:0.0} / {prompt[^1].Peer:0.0} tokens/s = {prompt[^1].Ratio:0.00}"));
            generate.Add(await PairAsync(
                engine, peer, options, options.Generate * options.Sequences,
                () => MachineBenchmark.MeasureReading(options.Threads, machine.Memory, largestCache, cancellation),
                side => side.GenerateAsync(options.Generate, seed, options.Depth, options.Sequences, cancellation), cancellation));
            progress(Invariant($"pair {i + 1}/{options.Pairs}, generate: {generate[^1].Engine:0.0} / {generate[^1].Peer:0.0} tokens/s = {generate[^1].Ratio:0.00}"));
        }

        return new ComparisonResult
        {
            Options = options,
            Engine = await SideAsync(engine, engineStarts, cancellation),
            Peer = await SideAsync(peer, peerStarts, cancellation),
            Prompt = prompt,
            Generate = generate,
            Cost = cost,
            Machine = machine,
            Ceilings = ceilings,
            LoadBefore = load,
            Commit = await CommitAsync(cancellation),
            Started = started,
        };
    }

    private static async Task<StartSample> StartAsync(string name, ComparisonOptions options, CancellationToken cancellation)
    {
        await using var worker = await WorkerProcess.StartAsync(name, options, cancellation);
        await worker.PromptAsync(Math.Min(FirstPrompt, options.Context), seed: 0, cancellation);
        return new StartSample(worker.LoadSeconds, worker.Age);
    }

    private static async Task<Pair> PairAsync(
        WorkerProcess engine, WorkerProcess peer, ComparisonOptions options, int tokens, Func<double>? read, Func<WorkerProcess, Task<double>> work, CancellationToken cancellation)
    {
        // Memory is measured at the end of each pause, when nobody's threads wait for work any more.
        await Task.Delay(options.PauseMilliseconds, cancellation);
        var before = read?.Invoke() ?? 0;
        var first = await work(engine);
        await Task.Delay(options.PauseMilliseconds, cancellation);
        var between = read?.Invoke() ?? 0;
        var second = await work(peer);
        if (read is null)
        {
            return new Pair(tokens / first, tokens / second);
        }

        await Task.Delay(options.PauseMilliseconds, cancellation);
        return new Pair(tokens / first, tokens / second, before, between, read());
    }

    private static async Task<SideResult> SideAsync(WorkerProcess worker, IReadOnlyList<StartSample> starts, CancellationToken cancellation) => new()
    {
        Name = worker.Name,
        Variant = worker.Variant,
        Starts = starts,
        PeakBytes = await worker.PeakBytesAsync(cancellation),
        BaseBytes = worker.BaseBytes,
    };

    /// <summary>Brings the file into the page cache, so that no side's first start pays for the disk.</summary>
    private static void ReadOnce(string path, CancellationToken cancellation)
    {
        using var file = File.OpenRead(path);
        var buffer = new byte[1 << 20];
        while (file.Read(buffer) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static double? LoadAverage() =>
        SystemFiles.Real.Text("/proc/loadavg")?.Split(' ')[0] is { } text && double.TryParse(text, CultureInfo.InvariantCulture, out var load) ? load : null;

    private static async Task<string?> CommitAsync(CancellationToken cancellation)
    {
        var commit = await GitAsync(["rev-parse", "--short=12", "HEAD"], cancellation);
        var changes = await GitAsync(["status", "--porcelain"], cancellation);
        return commit is null ? null : changes is { Length: > 0 } ? commit + " with changes" : commit;
    }

    private static async Task<string?> GitAsync(string[] arguments, CancellationToken cancellation)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = PeerFolder.Repository,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = await git.StandardOutput.ReadToEndAsync(cancellation);
            await git.WaitForExitAsync(cancellation);
            return git.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git here: the report then names no commit.
            return null;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
