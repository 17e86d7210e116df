using Colibri.Hardware;
using Colibri.Kernels.Assembly;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class MachineBenchmarkTests
{
    private static readonly MemoryInfo SmallMemory = new(1L << 30, 256L << 20, null);

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 1, 2 })]
    [InlineData(6, new[] { 1, 2, 3, 4, 6 })]
    [InlineData(48, new[] { 1, 2, 3, 4, 8, 16, 32, 48 })]
    public void ThreadCounts_AnyNumber_EndsWithIt(int threads, int[] expected) =>
        Assert.Equal(expected, MachineBenchmark.ThreadCounts(threads));

    [Fact]
    public void BufferBytes_CachesAndMemory_BoundIt()
    {
        const long Mega = 1 << 20;
        Assert.Equal(256 * Mega, MachineBenchmark.BufferBytes(new MemoryInfo(64L << 30, 32L << 30, null), 8 * Mega));
        Assert.Equal(512 * Mega, MachineBenchmark.BufferBytes(new MemoryInfo(64L << 30, 32L << 30, null), 128 * Mega));
        Assert.Equal(1024 * Mega, MachineBenchmark.BufferBytes(new MemoryInfo(1L << 40, 1L << 39, null), 4096 * Mega));
        Assert.Equal(32 * Mega, MachineBenchmark.BufferBytes(SmallMemory, 128 * Mega));
        Assert.Equal(16 * Mega, MachineBenchmark.BufferBytes(new MemoryInfo(1, 0, 1), 0));
    }

    [Fact]
    public void Measure_TwoThreads_GivesPlausibleRatesForOneAndTwo()
    {
        var told = new List<(string What, double Done)>();
        var ceilings = MachineBenchmark.Measure(2, SmallMemory, 0, (what, done) => told.Add((what, done)));
        foreach (var ceiling in new[] { ceilings.Read, ceilings.Float32, ceilings.Int8 })
        {
            Assert.Equal([1, 2], ceiling.Rates.Select(r => r.Threads));
            Assert.All(ceiling.Rates, r => Assert.InRange(r.Median, 1e6, r.Best));
            Assert.All(ceiling.Rates, r => Assert.InRange(r.Best, 1e7, 1e15));
            Assert.Equal(ceiling.Rates[1].Best, ceiling.At(7));
            Assert.Equal(ceiling.Rates[0].Best, ceiling.At(1));
        }

        Assert.Equal(6, told.Count);
        Assert.Equal(told.OrderBy(t => t.Done), told);
        Assert.All(told, t => Assert.InRange(t.Done, 0, 1));
    }

    [SkippableFact]
    public void Measure_AssembledLoops_RaiseTheCeilings()
    {
        var more = PeakLoops.Here;
        Skip.If(more.Int8.Count == 0, AssemblySupport.WhyNot ?? "this processor lacks VNNI");
        var ceilings = MachineBenchmark.Measure(1, SmallMemory, 0, more: more);
        Assert.Equal(more.BrainFloat.Count > 0, ceilings.BrainFloat is not null);
        Assert.Contains(more.Int8[0].Instruction, ceilings.Int8.Instruction, StringComparison.Ordinal);
        Assert.True(ceilings.Int8.At(1) > ceilings.Float32.At(1), "eight bits are no faster than thirty-two");
    }

    [Fact]
    public void Measure_Cancelled_Stops() =>
        Assert.Throws<OperationCanceledException>(() => MachineBenchmark.Measure(1, SmallMemory, 0, cancellation: new CancellationToken(canceled: true)));
}
