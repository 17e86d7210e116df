using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Colibri.Benchmarks.Comparison;

/// <summary>
/// The parent's end of a child process that holds one engine. Each side of a comparison has a process of its own: its
/// memory high-water mark is then the side's alone, and neither disturbs the other's threads, caches or runtime.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly long _started;

    private WorkerProcess(Process process, long started)
    {
        _process = process;
        _started = started;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    /// <summary>The engine's name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The engine's release and variant.</summary>
    public string Variant { get; private set; } = "";

    /// <summary>Seconds the engine took to load the model.</summary>
    public double LoadSeconds { get; private set; }

    /// <summary>Peak memory in bytes before the model was loaded: the runtime alone.</summary>
    public long BaseBytes { get; private set; }

    /// <summary>Seconds since the process was started.</summary>
    public double Age => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Starts a child and waits until its model is loaded.</summary>
    /// <param name="engine">The engine's name.</param>
    /// <param name="setup">Model, threads and sizes.</param>
    /// <param name="cancellation">Ends the child.</param>
    /// <exception cref="InputException">The child could not load the model.</exception>
    public static async Task<WorkerProcess> StartAsync(string engine, ComparisonOptions setup, CancellationToken cancellation)
    {
        string[] arguments =
        [
            "exec", typeof(WorkerProcess).Assembly.Location,
            "worker", setup.Model, "--engine", engine,
            "--threads", Text(setup.Threads),
            "--context", Text(setup.Context),
            "--sequences", Text(setup.Sequences),
            "--peers", setup.Peers,
        ];
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Stopwatch.GetTimestamp();
        var worker = new WorkerProcess(Process.Start(start)!, started);
        try
        {
            var ready = await worker.AnswerAsync(cancellation);
            worker.Name = ready[0];
            worker.Variant = ready[1];
            worker.LoadSeconds = Number(ready[2]);
            worker.BaseBytes = (long)Number(ready[3]);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a prompt and gives the seconds it took.</summary>
    public async Task<double> PromptAsync(int tokens, int seed, CancellationToken cancellation) =>
        Number((await OrderAsync($"prompt {Text(tokens)} {Text(seed)}", cancellation))[0]);

    /// <summary>Generates and gives the seconds it took.</summary>
    public async Task<double> GenerateAsync(int tokens, int seed, int depth, int sequences, CancellationToken cancellation) =>
        Number((await OrderAsync($"generate {Text(tokens)} {Text(seed)} {Text(depth)} {Text(sequences)}", cancellation))[0]);

    /// <summary>The most bytes the child had in memory so far, mapped files included.</summary>
    public async Task<long> PeakBytesAsync(CancellationToken cancellation) => (long)Number((await OrderAsync("memory", cancellation))[0]);

    /// <summary>Lets the child end, or ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Busy with a long order nobody waits for any more.
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private async Task<string[]> OrderAsync(string order, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(order.AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
        return await AnswerAsync(cancellation);
    }

    private async Task<string[]> AnswerAsync(CancellationToken cancellation)
    {
        if (await _process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            return line.Split('\t');
        }

        await _process.WaitForExitAsync(cancellation);
        string reason;
        lock (_errors)
        {
            reason = _errors.ToString().Trim();
        }

        const string Prefix = "error: ";
        throw new InputException(reason.StartsWith(Prefix, StringComparison.Ordinal)
            ? reason[Prefix.Length..]
            : $"A worker ended with exit code {_process.ExitCode} before it answered: {reason.ReplaceLineEndings("; ")}");
    }
}
