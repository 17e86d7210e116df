using Colibri.Execution;
using Colibri.Formats;
using Colibri.Kernels.Attention;
using Xunit;

namespace Colibri.Tests.Execution;

public sealed class PackedBatchTests : IDisposable
{
    private readonly KvPool _pool = new(new KvLayout(1, 1, 16, TensorFormat.Parse("F32")), 10);

    [Fact]
    public void Add_PiecesOfSequences_LieEndToEnd()
    {
        using var a = new KvSequence(_pool);
        using var b = new KvSequence(_pool);
        using var c = new KvSequence(_pool);
        b.Reserve(10);
        b.Advance(10);
        var batch = new PackedBatch();
        batch.Add(a, [1, 2, 3], OutputRows.Last);
        batch.Add(b, [4, 5], OutputRows.All);
        batch.Add(c, [6], OutputRows.None);
        Assert.Equal(new[] { 1, 2, 3, 4, 5, 6 }, batch.Tokens.ToArray());
        Assert.Equal(new[] { 0, 1, 2, 10, 11, 0 }, batch.Positions.ToArray());
        Assert.Equal(new[] { 2, 3, 4 }, batch.OutputRows.ToArray());
        Assert.Equal((6, 3), (batch.Count, batch.OutputCount));
    }

    [Fact]
    public void Add_SameSequenceTwiceOrNoToken_IsRefusedAndChangesNothing()
    {
        using var a = new KvSequence(_pool);
        using var b = new KvSequence(_pool);
        var batch = new PackedBatch();
        batch.Add(a, [1], OutputRows.All);
        Assert.Throws<ArgumentException>(() => batch.Add(a, [2], OutputRows.All));
        Assert.Throws<ArgumentException>(() => batch.Add(b, [], OutputRows.All));
        Assert.Equal((1, 1), (batch.Count, batch.OutputCount));
        batch.Clear();
        Assert.Equal((0, 0), (batch.Count, batch.OutputCount));
        batch.Add(a, [2], OutputRows.None);
        Assert.Equal(new[] { 2 }, batch.Tokens.ToArray());
        Assert.Equal(0, batch.OutputCount);
    }

    [Fact]
    public void Add_MoreThanItsFirstRoom_Grows()
    {
        using var a = new KvSequence(_pool);
        using var b = new KvSequence(_pool);
        var batch = new PackedBatch();
        int[] many = [.. Enumerable.Range(0, 1000)];
        batch.Add(a, many, OutputRows.All);
        batch.Add(b, many, OutputRows.All);
        Assert.Equal(many.Concat(many), batch.Tokens.ToArray());
        Assert.Equal(many.Concat(many), batch.Positions.ToArray());
        Assert.Equal(Enumerable.Range(0, 2000), batch.OutputRows.ToArray());
    }

    public void Dispose() => _pool.Dispose();
}
