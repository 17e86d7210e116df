using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Colibri.Hardware;

/// <summary>A rate measured with so many threads, several times.</summary>
/// <param name="Threads">Threads at work at once.</param>
/// <param name="Best">The best of the repeats, in units per second.</param>
/// <param name="Median">The median of the repeats, in units per second.</param>
internal readonly record struct MeasuredRate(int Threads, double Best, double Median);

/// <summary>A ceiling of the machine: what was measured, and its rate by number of threads.</summary>
/// <param name="Instruction">The instruction or way of access the rate holds for.</param>
/// <param name="Unit"><c>bytes/s</c> or <c>operations/s</c> (a multiplication and an addition are two).</param>
/// <param name="Rates">Ascending by threads.</param>
internal sealed record MachineCeiling(string Instruction, string Unit, IReadOnlyList<MeasuredRate> Rates)
{
    /// <summary>The best rate with exactly so many threads, or with the nearest number below that was measured.</summary>
    public double At(int threads) => Rates.LastOrDefault(r => r.Threads <= threads, Rates[0]).Best;
}

/// <summary>The ceilings that the roofline compares with.</summary>
/// <param name="Read">Reading main memory in order.</param>
/// <param name="Float32">float32 multiply-add.</param>
/// <param name="Int8">int8 dot product.</param>
/// <param name="BrainFloat">bf16 dot product, or null where nothing reaches one.</param>
internal sealed record MachineCeilings(MachineCeiling Read, MachineCeiling Float32, MachineCeiling Int8, MachineCeiling? BrainFloat = null);

/// <summary>Loops beside those of <see cref="MachineLoops"/>: instructions that C# does not reach.</summary>
/// <param name="Int8">int8 dot loops.</param>
/// <param name="BrainFloat">bf16 dot loops.</param>
internal sealed record MoreLoops(IReadOnlyList<MachineLoop> Int8, IReadOnlyList<MachineLoop> BrainFloat);

/// <summary>Measures what the machine can do at most, in about a second.</summary>
internal static unsafe class MachineBenchmark
{
    private const int FewestRepeats = 7;
    private const int MostRepeats = 30;
    private const double SecondsPerRepeat = 0.012;

    /// <summary>Measures reading and arithmetic for 1 thread up to <paramref name="threads"/>.</summary>
    /// <param name="threads">The largest number of threads, at least 1.</param>
    /// <param name="memory">What memory there is: the buffer takes at most an eighth of what is free.</param>
    /// <param name="largestCache">Bytes of all caches of the largest kind; the buffer is well beyond it.</param>
    /// <param name="progress">Told what is being measured, and 0 to 1.</param>
    /// <param name="cancellation">Stops between two repeats.</param>
    /// <param name="more">Further loops to choose the fastest from.</param>
    public static MachineCeilings Measure(
        int threads,
        MemoryInfo memory,
        long largestCache,
        Action<string, double>? progress = null,
        CancellationToken cancellation = default,
        MoreLoops? more = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var counts = ThreadCounts(threads);
        var done = 0;
        var hasBrainFloat = more is { BrainFloat.Count: > 0 };
        var total = counts.Count * (hasBrainFloat ? 4 : 3);

        void Report(string what)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(what, (double)done++ / total);
        }

        var read = MeasureRead(counts, BufferBytes(memory, largestCache), Report, cancellation);
        var float32 = MeasureLoops(counts, MachineLoops.Float32(), "float32", Report, cancellation);
        var int8 = MeasureLoops(counts, [.. MachineLoops.Int8(), .. more?.Int8 ?? []], "int8", Report, cancellation);
        var brainFloat = hasBrainFloat ? MeasureLoops(counts, more!.BrainFloat, "bf16", Report, cancellation) : null;
        return new MachineCeilings(read, float32, int8, brainFloat);
    }

    /// <summary>Measures reading alone, in a fifth of a second: on a virtual machine it changes within minutes.</summary>
    /// <returns>The best rate, in bytes per second.</returns>
    /// <inheritdoc cref="Measure"/>
    public static double MeasureReading(int threads, MemoryInfo memory, long largestCache, CancellationToken cancellation = default) =>
        MeasureRead([threads], BufferBytes(memory, largestCache), _ => { }, cancellation).At(threads);

    /// <summary>1, 2, 3, 4, then powers of two, and the largest itself: what a table can show and a second can measure.</summary>
    internal static IReadOnlyList<int> ThreadCounts(int threads) =>
        [.. Enumerable.Range(1, Math.Min(threads, 4)).Concat(Enumerable.Range(3, 13).Select(p => 1 << p)).Append(threads).Where(t => t <= threads).Distinct().Order()];

    /// <summary>At least 256 MB and four times the caches, at most 1 GB and an eighth of the free memory; never under 16 MB.</summary>
    internal static long BufferBytes(MemoryInfo memory, long largestCache)
    {
        const long Mega = 1 << 20;
        var wanted = Math.Clamp(4 * largestCache, 256 * Mega, 1024 * Mega);
        return Math.Max(Math.Min(wanted, (memory.Available ?? memory.Total) / 8), 16 * Mega);
    }

    private static MachineCeiling MeasureRead(IReadOnlyList<int> counts, long bytes, Action<string> report, CancellationToken cancellation)
    {
        const int Step = 4096;
        var largest = counts[^1];
        var piece = bytes / largest / Step * Step;
        var buffer = (byte*)NativeMemory.AlignedAlloc((nuint)(piece * largest), Step);
        try
        {
            // Each thread fills its piece, so that pages lie near the processor that reads them.
            Together(largest, t => new Span<byte>(buffer + t * piece, (int)piece).Fill((byte)(t + 1)));
            var rates = new List<MeasuredRate>();
            foreach (var threads in counts)
            {
                report($"memory, {threads} thread{(threads == 1 ? "" : "s")}");
                var share = piece * largest / threads / Step * Step;
                rates.Add(Rate(threads, (double)share * threads, cancellation, () => Together(threads, t => Keep(MachineLoops.Read(buffer + t * share, (nint)share)))));
            }

            return new MachineCeiling("reading in order", "bytes/s", rates);
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private static MachineCeiling MeasureLoops(
        IReadOnlyList<int> counts, IReadOnlyList<MachineLoop> loops, string what, Action<string> report, CancellationToken cancellation)
    {
        var best = loops.MaxBy(loop => loop.OperationsPerStep / SecondsPerStep(loop))!;
        var steps = (int)Math.Clamp(SecondsPerRepeat / SecondsPerStep(best), 1000, 100_000_000);
        var rates = new List<MeasuredRate>();
        foreach (var threads in counts)
        {
            report($"{what}, {threads} thread{(threads == 1 ? "" : "s")}");
            var operations = (double)best.OperationsPerStep * steps * threads;
            rates.Add(Rate(threads, operations, cancellation, () => Together(threads, _ => Keep(best.Run(steps)))));
        }

        return new MachineCeiling(best.Instruction, "operations/s", rates);
    }

    /// <summary>A short trial, the better of three: the first one also wakes the wide units up.</summary>
    private static double SecondsPerStep(MachineLoop loop)
    {
        const int Steps = 50_000;
        var best = double.MaxValue;
        for (var trial = 0; trial < 3; trial++)
        {
            var start = Stopwatch.GetTimestamp();
            Keep(loop.Run(Steps));
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return Math.Max(best, 1e-9) / Steps;
    }

    /// <summary>
    /// Repeats until the three best agree within 2 %: on a quiet machine that is at once, beside other programs it takes
    /// as many tries as it takes to get the processor alone for a moment.
    /// </summary>
    private static MeasuredRate Rate(int threads, double units, CancellationToken cancellation, Func<double> seconds)
    {
        var rates = new List<double>();
        while (rates.Count < FewestRepeats || (rates.Count < MostRepeats && rates[^3] < 0.98 * rates[^1]))
        {
            cancellation.ThrowIfCancellationRequested();
            rates.Add(units / Math.Max(seconds(), 1e-9));
            rates.Sort();
        }

        return new MeasuredRate(threads, rates[^1], rates[rates.Count / 2]);
    }

    /// <summary>Runs the work on so many threads at once and gives the seconds from the first start to the last end.</summary>
    private static double Together(int threads, Action<int> work)
    {
        var starts = new long[threads];
        var ends = new long[threads];
        var arrived = 0;

        void Body(int thread)
        {
            // Spinning: a thread that sleeps at the gate would start late and count as slow.
            Interlocked.Increment(ref arrived);
            var spin = default(SpinWait);
            while (Volatile.Read(ref arrived) < threads)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            starts[thread] = Stopwatch.GetTimestamp();
            work(thread);
            ends[thread] = Stopwatch.GetTimestamp();
        }

        var others = new Thread[threads - 1];
        for (var i = 0; i < others.Length; i++)
        {
            var thread = i + 1;
            others[i] = new Thread(() => Body(thread)) { IsBackground = true, Name = "colibri bench" };
            others[i].Start();
        }

        Body(0);
        foreach (var other in others)
        {
            other.Join();
        }

        return Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;
    }

    private static long s_kept;

    /// <summary>Stores a result where it might be seen, so that no compiler may leave the work out.</summary>
    private static void Keep(long value) => Volatile.Write(ref s_kept, value);
}
