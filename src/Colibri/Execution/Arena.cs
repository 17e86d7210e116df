using System.Runtime.InteropServices;

namespace Colibri.Execution;

/// <summary>
/// One piece of memory for all values of a plan. A value has its place from the step that writes it to the last step that
/// reads it; places are reused as lifetimes end, so the arena is as large as the widest moment, not the sum.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    private byte* _memory;

    /// <summary>Places all buffers of a plan but the last carry, which is the caller's.</summary>
    /// <param name="plan">The steps.</param>
    /// <param name="rows">Most rows a value may have.</param>
    public Arena(CompiledPlan plan, int rows)
    {
        Bytes = Lay(plan, rows, (_, _) => { });
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);

        // Gaps at the ends of rows are read by whole-lane loads; they must at least be numbers.
        NativeMemory.Clear(_memory, (nuint)Bytes);
        Lay(plan, rows, (buffer, offset) => buffer.Place(_memory + offset, rows));
    }

    /// <summary>Size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Bytes that an arena for a plan takes.</summary>
    public static long Measure(CompiledPlan plan, int rows) => Lay(plan, rows, (_, _) => { });

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private static long Lay(CompiledPlan plan, int rows, Action<ValueBuffer, long> place)
    {
        var steps = plan.Segments.SelectMany(s => s).ToList();
        var lives = new Dictionary<ValueBuffer, (int First, int Last)>();
        var logits = plan.Carries[^1];
        var index = 0;
        for (var segment = 0; segment < plan.Segments.Count; segment++)
        {
            foreach (var step in plan.Segments[segment])
            {
                foreach (var buffer in step.Reads.Concat(step.Writes))
                {
                    lives[buffer] = lives.TryGetValue(buffer, out var life) ? (life.First, index) : (index, index);
                }

                index++;
            }

            // The carry must outlive its segment, also where the next one is run later.
            var carry = plan.Carries[segment];
            lives[carry] = (lives[carry].First, Math.Max(lives[carry].Last, index));
        }

        lives.Remove(logits);
        var placed = new List<(long Start, long End, int First, int Last)>();
        long size = 0;
        foreach (var (buffer, life) in lives.OrderBy(l => l.Value.First).ThenByDescending(l => l.Key.BytesFor(rows)))
        {
            var bytes = buffer.BytesFor(rows);
            long start = 0;
            foreach (var other in placed.Where(p => p.First <= life.Last && life.First <= p.Last).OrderBy(p => p.Start))
            {
                if (start + bytes <= other.Start)
                {
                    break;
                }

                start = Math.Max(start, other.End);
            }

            placed.Add((start, start + bytes, life.First, life.Last));
            place(buffer, start);
            size = Math.Max(size, start + bytes);
        }

        return Math.Max(size, 64);
    }
}
