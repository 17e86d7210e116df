using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

[Collection(nameof(MemoryMeasurement))]
public sealed class WeightLoadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(LoadMode.Auto, 3_000_000_000, true)]
    [InlineData(LoadMode.Auto, 3_000_000_001, false)]
    [InlineData(LoadMode.Lazy, 1, false)]
    [InlineData(LoadMode.Resident, long.MaxValue, true)]
    public void ReadsAtOnce_FollowsModeAndThreshold(LoadMode mode, long parameters, bool expected) =>
        Assert.Equal(expected, WeightLoading.ReadsAtOnce(mode, parameters));

    [SkippableTheory]
    [InlineData(LoadMode.Resident, true)]
    [InlineData(LoadMode.Auto, true)]
    [InlineData(LoadMode.Lazy, false)]
    public void Load_Modes_BringWeightsInOrLeaveThem(LoadMode mode, bool read)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "memory is measured through /proc");
        const int bytes = 40 << 20;
        var path = Model(bytes);
        using var source = ModelSource.Open(path);
        var reports = new List<ByteProgress>();
        Assert.Equal(read, WeightLoading.Load(source, mode, 3, new ListProgress<ByteProgress>(reports)));
        if (read)
        {
            Assert.InRange(MemoryMeasurement.ResidentBytes(path), bytes, bytes + (1 << 20));
            Assert.Equal(new ByteProgress(bytes, bytes), reports[^1]);
            Assert.Equal(reports.Select(r => r.Done).Order(), reports.Select(r => r.Done));
        }
        else
        {
            // The header's page, with all that the page cache keeps in one piece with it.
            Assert.InRange(MemoryMeasurement.ResidentBytes(path), 0, WeightResidency.Granularity);
            Assert.Empty(reports);
        }
    }

    [Fact]
    public void Load_Cancelled_Stops()
    {
        using var source = ModelSource.Open(Model(40 << 20));
        using var cancellation = new CancellationTokenSource();
        var reports = new List<ByteProgress>();
        var progress = new CancelAtFirst(cancellation, reports);
        Assert.Throws<OperationCanceledException>(() => WeightLoading.Load(source, LoadMode.Resident, 2, progress, cancellation.Token));
        Assert.InRange(reports.Count, 1, 3);
    }

    private string Model(int bytes) => _folder.Write("a.gguf", new GgufBytes().Tensor("w", 0, new byte[bytes], (ulong)bytes / 4).Build());

    private sealed class CancelAtFirst(CancellationTokenSource cancellation, List<ByteProgress> reports) : IProgress<ByteProgress>
    {
        public void Report(ByteProgress value)
        {
            reports.Add(value);
            cancellation.Cancel();
        }
    }
}
