using System.Diagnostics;
using System.Runtime.InteropServices;
using Colibri.Execution;
using Colibri.Execution.Steps;
using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.Attention;

namespace Colibri.Benchmarks.Attention;

/// <summary>
/// Runs the attention steps of a model's layers, one after the other as a model does, without what lies between: storing
/// keys and values into pages and attending. Queries, keys and values are random.
/// </summary>
internal sealed unsafe class AttentionBench : IDisposable
{
    private readonly AttentionShape _shape;
    private readonly Workers _workers;
    private readonly KernelSet _kernels;
    private readonly KvLayout _layout;
    private readonly KvPool _pool;
    private readonly List<nint> _memory = [];
    private readonly AttendStep[] _steps;
    private readonly StepContext _context;

    public AttentionBench(AttentionShape shape, string format, int threads, string? kernels)
    {
        _shape = shape;
        _workers = new Workers(threads);
        _kernels = KernelSet.Of(kernels is null ? KernelSelection.FromEnvironment() : new KernelSelection(kernels));
        _layout = new KvLayout(shape.Layers, shape.KeyValueHeads, shape.HeadSize, TensorFormat.Parse(format));
        _pool = new KvPool(_layout, 1 << 20);
        _context = new StepContext(_workers, _kernels, AttentionWork.StepTokens);
        _context.UseGroup(shape.Heads / shape.KeyValueHeads);
        var (q, k, v, result) = (Buffer(shape.Heads, 1), Buffer(shape.KeyValueHeads, 2), Buffer(shape.KeyValueHeads, 3), Buffer(shape.Heads, 4));
        var spec = new AttentionSpec(0, shape.Heads, shape.KeyValueHeads, shape.HeadSize, 1 / MathF.Sqrt(shape.HeadSize), null);
        _steps = [.. Enumerable.Range(0, shape.Layers).Select(layer => new AttendStep(q, k, v, spec, layer, result, null))];
        _workers.EnsureScratch(_steps[0].ScratchBytes(AttentionWork.StepTokens));
    }

    /// <summary>Measures one case.</summary>
    public AttentionTimes Measure(AttentionWork work, int repeats)
    {
        var sequences = Enumerable.Range(0, work.Sequences).Select(_ => new KvSequence(_pool)).ToList();
        try
        {
            var ids = new int[AttentionWork.StepTokens];
            var batch = new PackedBatch();
            foreach (var sequence in sequences)
            {
                Advance([sequence], work.Start);
            }

            // The first runs compile.
            var times = new List<double>();
            var processor = double.PositiveInfinity;
            Run();
            for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 300;)
            {
                Run();
            }

            while (times.Count < repeats)
            {
                var before = Environment.CpuUsage.TotalTime;
                times.Add(Run());
                processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
                if (times.Count == repeats && times.Sum() < 0.2)
                {
                    // Short work is measured more often for the same price.
                    repeats = Math.Min(2000, repeats * 2);
                }
            }

            times.Sort();
            var bytes = (double)work.Sequences * (work.Start + work.Tokens) / KvLayout.PagePositions * _layout.PageBytes;
            return new AttentionTimes(times[times.Count / 2], times[0], processor, bytes);

            void Advance(List<KvSequence> some, int tokens)
            {
                for (var done = 0; done < tokens;)
                {
                    var count = Math.Min(AttentionWork.StepTokens / some.Count, tokens - done);
                    batch.Clear();
                    foreach (var sequence in some)
                    {
                        batch.Add(sequence, ids.AsSpan(0, count), OutputRows.None);
                        sequence.Reserve(sequence.Length + count);
                    }

                    _context.Begin(batch);
                    foreach (var step in _steps)
                    {
                        step.Run(_context);
                    }

                    some.ForEach(s => s.Advance(count));
                    done += count;
                }
            }

            double Run()
            {
                var watch = Stopwatch.StartNew();
                Advance(sequences, work.Tokens);
                var seconds = watch.Elapsed.TotalSeconds;
                sequences.ForEach(s => s.Truncate(work.Start));
                return seconds;
            }
        }
        finally
        {
            sequences.ForEach(s => s.Dispose());
        }
    }

    public void Dispose()
    {
        _context.Release();
        _workers.Dispose();
        _pool.Dispose();
        foreach (var memory in _memory)
        {
            NativeMemory.AlignedFree((void*)memory);
        }
    }

    private ValueBuffer Buffer(int heads, int seed)
    {
        var buffer = new ValueBuffer(new Value(seed, heads * _shape.HeadSize, RowKind.Tokens), ActivationForms.None);
        var bytes = buffer.BytesFor(AttentionWork.StepTokens);
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        _memory.Add((nint)memory);
        var values = new Span<float>(memory, (int)(bytes / sizeof(float)));
        var random = new Random(seed);
        foreach (ref var value in values)
        {
            value = (float)(random.NextDouble() * 4 - 2);
        }

        buffer.Place(memory, AttentionWork.StepTokens);
        return buffer;
    }
}
