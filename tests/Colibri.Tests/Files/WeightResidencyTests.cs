using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

[Collection(nameof(MemoryMeasurement))]
public sealed class WeightResidencyTests : IDisposable
{
    private const int Unit = WeightResidency.Granularity;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(100, 10)] // everything fits
    [InlineData(44, 10)]
    [InlineData(43, 8)] // one block of 4 units is streamed while 8 stay
    [InlineData(12, 1)]
    [InlineData(8, 0)]
    public void Plan_KeepsAsManyLeadingBlocksAsFit(int limitUnits, int resident)
    {
        using var file = Synthetic(44);
        using var plan = new WeightResidency(Blocks(file, 4, 10, 4), [new MappedRange(file, 0, 4 * Unit)], (long)limitUnits * Unit);
        Assert.Equal(resident, plan.ResidentBlocks);
        Assert.Equal(resident < 10, plan.Streams);
        Assert.True(plan.PeakBytes <= (long)limitUnits * Unit);
    }

    [Fact]
    public void Plan_LimitBelowTheLargestBlock_IsAnInputErrorWithNumbers()
    {
        using var file = Synthetic(44);
        var blocks = Blocks(file, 4, 10, 4);
        MappedRange[] always = [new MappedRange(file, 0, 4 * Unit)];
        Assert.Equal(8 * Unit, WeightResidency.LeastBytes(blocks, always));
        Assert.Contains(Printable.Bytes(8 * Unit), Assert.Throws<InputException>(() => new WeightResidency(blocks, always, (8 * Unit) - 1)).Message);
    }

    [SkippableFact]
    public void Steps_OverAModelLargerThanTheLimit_StayBelowIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "memory is measured through /proc");
        const int blockBytes = 7 << 20;
        const int blocks = 20;
        const long limit = 44L << 20;
        using var file = Written((blocks + 1) * blockBytes + 1000);
        var ranges = Enumerable.Range(0, blocks).Select(i => (IReadOnlyList<MappedRange>)
        [
            // Odd offsets, and a hole as between two tensors, as real files have them.
            new MappedRange(file, 1000 + ((i + 1L) * blockBytes), blockBytes / 3),
            new MappedRange(file, 1032 + ((i + 1L) * blockBytes) + (blockBytes / 3), blockBytes - (blockBytes / 3) - 64),
        ]).ToList();
        using var residency = new WeightResidency(ranges, [new MappedRange(file, 0, blockBytes)], limit);
        Assert.Equal(3, residency.ResidentBlocks);
        MemoryMeasurement.ResetHighWaterMark();
        var before = MemoryMeasurement.Resident();
        var highest = 0L;
        for (var step = 0; step < 3; step++)
        {
            Touch(file, 0, blockBytes);
            for (var i = 0; i < blocks; i++)
            {
                residency.BeforeBlock(i);
                foreach (var range in ranges[i])
                {
                    Touch(file, range.Offset, range.Length);
                }

                highest = Math.Max(highest, MemoryMeasurement.ResidentBytes(file.Path));
                residency.AfterBlock(i);
            }
        }

        Assert.InRange(highest, 4L * blockBytes, residency.PeakBytes);

        // The rest of the process is noise: the test's own garbage, code compiled meanwhile.
        Assert.InRange(MemoryMeasurement.HighWaterMark() - before, 0, limit + (16 << 20));
        Assert.InRange(MemoryMeasurement.ResidentBytes(file.Path), 3L * blockBytes, limit - blockBytes);
    }

    [Fact]
    public void BeforeAndAfterBlock_DoNotAllocate()
    {
        using var file = Synthetic(44);
        using var residency = new WeightResidency(Blocks(file, 4, 10, 4), [], 8L * Unit);
        Assert.True(residency.Streams);
        void Step()
        {
            for (var i = 0; i < 10; i++)
            {
                residency.BeforeBlock(i);
                residency.AfterBlock(i);
            }
        }

        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            Step();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 0);
    }

    [Fact]
    public void Dispose_WhileReadingAhead_LetsTheFileBeClosed()
    {
        for (var i = 0; i < 100; i++)
        {
            var file = Synthetic(44);
            var residency = new WeightResidency(Blocks(file, 4, 10, 4), [], 8L * Unit);
            residency.BeforeBlock(3);
            residency.Dispose();
            file.Dispose();
        }
    }

    [SkippableFact]
    public void TwoModels_OnOneFile_CountItsPagesOnce()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "memory is measured through /proc");
        using var first = Synthetic(16);
        using var second = MappedFile.Open(first.Path);
        Touch(first, 0, first.Length);
        Touch(second, 0, second.Length);
        Assert.InRange(MemoryMeasurement.ResidentBytes(first.Path), first.Length, first.Length + 4096);
    }

    [SkippableFact]
    public void Open_LargeSparseFile_ReadsNothing()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "memory is measured through /proc");
        var bytes = new GgufBytes().Text("general.architecture", "llama").Row("w", 0, 0, 1 << 14, 1 << 15).Build();
        var path = _folder.Write("big.gguf", bytes);
        using (var grow = new FileStream(path, FileMode.Open))
        {
            grow.SetLength(bytes.Length + (2L << 30));
        }

        GgufSource.Open(path).Dispose();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var source = GgufSource.Open(path);
        Assert.True(watch.ElapsedMilliseconds < 200, $"took {watch.ElapsedMilliseconds} ms");
        Assert.Equal(2L << 30, source.Tensors["w"].Bytes);
        Assert.InRange(MemoryMeasurement.ResidentBytes(path), 0, Unit);
    }

    private static List<IReadOnlyList<MappedRange>> Blocks(MappedFile file, int firstUnit, int count, int units) =>
        [.. Enumerable.Range(0, count).Select(i => (IReadOnlyList<MappedRange>)[new MappedRange(file, (long)(firstUnit + (i * units)) * Unit, (long)units * Unit)])];

    private static unsafe void Touch(MappedFile file, long offset, long length)
    {
        var sum = 0;
        for (var i = 0L; i < length; i += 512)
        {
            sum += Volatile.Read(ref file.Address[offset + i]);
        }

        GC.KeepAlive(sum);
    }

    // Holes are as good as content where only addresses matter.
    private MappedFile Synthetic(int units)
    {
        var path = _folder.File("weights");
        using (var stream = new FileStream(path, FileMode.OpenOrCreate))
        {
            stream.SetLength((long)units * Unit);
        }

        return MappedFile.Open(path);
    }

    private MappedFile Written(int bytes)
    {
        var content = new byte[bytes];
        new Random(1).NextBytes(content);
        return MappedFile.Open(_folder.Write("weights", content));
    }
}
