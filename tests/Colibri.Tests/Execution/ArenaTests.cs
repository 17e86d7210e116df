using Colibri.Execution;
using Colibri.Generation;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution;

public unsafe class ArenaTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    [Theory]
    [InlineData("F32", true, 1)]
    [InlineData("F32", false, 33)]
    [InlineData("Q4_0", true, 1)]
    [InlineData("Q4_0", true, 512)]
    [InlineData("Q4_0", false, 7)]
    public void Place_LlamaPlan_NoTwoLiveBuffersOverlap(string format, bool fuse, int rows)
    {
        using var engine = Engine.Load(files.Llama(format), new LoadOptions { Threads = 1 });
        using var vectors = new SmallVectors();
        var context = new StepContext(engine.Workers, engine.Kernels, rows);
        var plan = StepCompiler.Compile(engine.Plan, context, vectors, new CompileOptions(fuse, true, false));
        using var arena = new Arena(plan, rows);
        Assert.Equal(Arena.Measure(plan, rows), arena.Bytes);

        var steps = plan.Segments.SelectMany(s => s).ToList();
        var last = plan.Carries[^1];
        var lives = steps.SelectMany((step, i) => step.Reads.Concat(step.Writes).Select(buffer => (Buffer: buffer, Step: i)))
            .Where(use => use.Buffer != last)
            .GroupBy(use => use.Buffer)
            .Select(g => (Buffer: g.Key, First: g.Min(u => u.Step), Last: g.Max(u => u.Step), Start: (nint)g.Key.Row(0), End: (nint)g.Key.Row(0) + (nint)g.Key.BytesFor(rows)))
            .ToList();
        Assert.True(lives.Count > 15);
        var lowest = lives.Min(l => l.Start);
        foreach (var a in lives)
        {
            Assert.Equal(0, a.Start % 64);
            Assert.InRange(a.End, a.Start + 1, lowest + (nint)arena.Bytes);

            // Each is written before it is read, by exactly one step.
            Assert.Single(steps, s => s.Writes.Contains(a.Buffer));
            Assert.Contains(a.Buffer, steps[a.First].Writes);
            foreach (var b in lives.Where(b => b.Buffer != a.Buffer && a.First <= b.Last && b.First <= a.Last))
            {
                Assert.True(a.End <= b.Start || b.End <= a.Start, $"{a.Buffer.Value} and {b.Buffer.Value} overlap");
            }
        }

        // Reuse is the point: less than the sum of all.
        Assert.True(arena.Bytes < lives.Sum(l => (long)(l.End - l.Start)));
        context.Release();
    }
}
