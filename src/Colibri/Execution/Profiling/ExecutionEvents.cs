using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Tracing;

namespace Colibri.Execution.Profiling;

/// <summary>
/// What a model does, as events for <c>dotnet-trace collect --providers Colibri-Execution</c> and other listeners: a pass
/// through the model with its tokens and its cost (informational), and at the level Verbose each operation of each block
/// with its share. While nobody listens, a pass costs one look at a flag.
/// </summary>
[EventSource(Name = SourceName)]
internal sealed class ExecutionEvents : EventSource
{
    /// <summary>The name to listen to.</summary>
    public const string SourceName = "Colibri-Execution";

    private const string Primitives = "Only numbers and texts are written, which need no reflection.";

    private ExecutionEvents()
    {
    }

    /// <summary>The one source of this process.</summary>
    public static ExecutionEvents Log { get; } = new();

    /// <summary>A pass begins. With <see cref="PassStop"/> it forms an activity.</summary>
    /// <param name="tokens">Tokens of the batch.</param>
    /// <param name="outputs">Rows whose logits are computed.</param>
    /// <param name="sequences">Sequences of the batch.</param>
    [Event(1, Level = EventLevel.Informational)]
    public void PassStart(int tokens, int outputs, int sequences) => WriteEvent(1, tokens, outputs, sequences);

    /// <summary>A pass has ended.</summary>
    /// <param name="milliseconds">How long it took.</param>
    /// <param name="betweenMilliseconds">How much of it lay between the steps.</param>
    /// <param name="integerOperations">8-bit multiplications and additions.</param>
    /// <param name="floatOperations">float32 multiplications and additions.</param>
    /// <param name="bytes">Bytes of weights, keys and values that had to be read or written.</param>
    [Event(2, Level = EventLevel.Informational)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Primitives)]
    public unsafe void PassStop(double milliseconds, double betweenMilliseconds, double integerOperations, double floatOperations, double bytes)
    {
        var data = stackalloc EventData[5];
        data[0] = Data(&milliseconds);
        data[1] = Data(&betweenMilliseconds);
        data[2] = Data(&integerOperations);
        data[3] = Data(&floatOperations);
        data[4] = Data(&bytes);
        WriteEventCore(2, 5, data);
    }

    /// <summary>An operation of the pass that has just ended.</summary>
    /// <param name="segment">0 the embedding, then the blocks, last the head.</param>
    /// <param name="operation">The kind of operation.</param>
    /// <param name="weights">The part its weights play in the model.</param>
    /// <param name="startMicroseconds">When it began within the pass.</param>
    /// <param name="microseconds">How long it took.</param>
    /// <param name="busyMicroseconds">How long workers were at work, all of them together.</param>
    /// <param name="integerOperations">8-bit multiplications and additions.</param>
    /// <param name="floatOperations">float32 multiplications and additions.</param>
    /// <param name="bytes">Bytes of weights, keys and values that had to be read or written.</param>
    [Event(3, Level = EventLevel.Verbose)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Primitives)]
    public unsafe void Operation(
        int segment, string operation, string weights, double startMicroseconds, double microseconds, double busyMicroseconds,
        double integerOperations, double floatOperations, double bytes)
    {
        fixed (char* name = operation, part = weights)
        {
            var data = stackalloc EventData[9];
            data[0] = new EventData { DataPointer = (nint)(&segment), Size = sizeof(int) };
            data[1] = new EventData { DataPointer = (nint)name, Size = (operation.Length + 1) * sizeof(char) };
            data[2] = new EventData { DataPointer = (nint)part, Size = (weights.Length + 1) * sizeof(char) };
            data[3] = Data(&startMicroseconds);
            data[4] = Data(&microseconds);
            data[5] = Data(&busyMicroseconds);
            data[6] = Data(&integerOperations);
            data[7] = Data(&floatOperations);
            data[8] = Data(&bytes);
            WriteEventCore(3, 9, data);
        }
    }

    /// <summary>A token was chosen.</summary>
    /// <param name="samplingMicroseconds">How long choosing it took.</param>
    /// <param name="textMicroseconds">How long turning it into text took.</param>
    [Event(4, Level = EventLevel.Informational)]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Primitives)]
    public unsafe void Token(double samplingMicroseconds, double textMicroseconds)
    {
        var data = stackalloc EventData[2];
        data[0] = Data(&samplingMicroseconds);
        data[1] = Data(&textMicroseconds);
        WriteEventCore(4, 2, data);
    }

    /// <summary>Tells of a pass that was recorded, and at the level Verbose of its operations.</summary>
    /// <param name="recorder">Its times.</param>
    /// <param name="costs">Gives the cost of a step.</param>
    [NonEvent]
    public void Report(StepRecorder recorder, Func<IReadOnlyList<PlanOperation>, StepCost> costs)
    {
        var (cost, inSteps) = (new StepCost(), 0L);
        var verbose = IsEnabled(EventLevel.Verbose, EventKeywords.None);
        for (var segment = 0; segment < recorder.Times.Length; segment++)
        {
            for (var i = 0; i < recorder.Times[segment].Length; i++)
            {
                var (time, label) = (recorder.Times[segment][i], recorder.Labels[segment][i]);
                var own = costs(recorder.Plan.Segments[segment][i].Operations);
                cost += own;
                inSteps += time.Elapsed;
                if (verbose)
                {
                    Operation(
                        segment, label.Operation, label.Weights, Microseconds(time.Start), Microseconds(time.Elapsed), Microseconds(time.Busy),
                        own.IntegerOperations, own.FloatOperations + own.BrainFloatOperations, own.Bytes);
                }
            }
        }

        PassStop(
            Microseconds(recorder.Elapsed) / 1000, Microseconds(recorder.Elapsed - inSteps) / 1000,
            cost.IntegerOperations, cost.FloatOperations + cost.BrainFloatOperations, cost.Bytes);
    }

    /// <summary>Ticks of <see cref="Stopwatch"/> in microseconds.</summary>
    [NonEvent]
    public static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static unsafe EventData Data(double* value) => new() { DataPointer = (nint)value, Size = sizeof(double) };
}
