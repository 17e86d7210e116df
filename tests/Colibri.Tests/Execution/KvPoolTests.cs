using Colibri.Execution;
using Colibri.Formats;
using Colibri.Kernels.Attention;
using Xunit;

namespace Colibri.Tests.Execution;

public unsafe class KvPoolTests
{
    private static KvLayout Layout => new(2, 2, 20, TensorFormat.Parse("F16"));

    [Fact]
    public void Reserve_BeyondTheLimit_IsAnErrorAndGivesBackWhatItTook()
    {
        using var pool = new KvPool(Layout, 3);
        using var a = new KvSequence(pool);
        using var b = new KvSequence(pool);
        a.Reserve(KvLayout.PagePositions + 1);
        Assert.Equal(1, pool.FreePages);
        var error = Assert.Throws<InputException>(() => b.Reserve(2 * KvLayout.PagePositions));
        Assert.Contains("3 pages", error.Message, StringComparison.Ordinal);

        // The page it could have had is still there for somebody else.
        Assert.Equal(1, pool.FreePages);
        a.Reserve(3 * KvLayout.PagePositions);
        Assert.Equal(0, pool.FreePages);
        Assert.Equal(3 * Layout.PageBytes, pool.AllocatedBytes);
    }

    [Fact]
    public void Dispose_Sequence_ReturnsItsPagesAndTheyComeBackZeroed()
    {
        using var pool = new KvPool(Layout, 2);
        nint first;
        using (var a = new KvSequence(pool))
        {
            a.Reserve(1);
            first = (nint)a.Pages[0];
            new Span<byte>(a.Pages[0], (int)Layout.PageBytes).Fill(0xff);
        }

        Assert.Equal(2, pool.FreePages);
        using var b = new KvSequence(pool);
        b.Reserve(1);
        Assert.Equal(first, (nint)b.Pages[0]);
        Assert.True(!new ReadOnlySpan<byte>(b.Pages[0], (int)Layout.PageBytes).ContainsAnyExcept((byte)0));
        Assert.Equal(Layout.PageBytes, pool.AllocatedBytes);
    }

    [Fact]
    public void Truncate_ToAShorterLength_ReturnsWholePagesOnly()
    {
        using var pool = new KvPool(Layout, 4);
        using var a = new KvSequence(pool);
        a.Reserve(200);
        a.Advance(200);
        var second = (nint)a.Pages[1];
        a.Truncate(65);
        Assert.Equal((65, 2L), (a.Length, pool.FreePages));
        Assert.Equal(second, (nint)a.Pages[1]);
        a.Truncate(64);
        Assert.Equal((64, 3L), (a.Length, pool.FreePages));
        a.Truncate(0);
        Assert.Equal((0, 4L), (a.Length, pool.FreePages));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Truncate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Truncate(-1));
        a.Reserve(1);
        Assert.Equal(3, pool.FreePages);
    }

    [Fact]
    public void Dispose_PoolBeforeItsSequence_LeavesTheSequenceUsableAndRentsNoMore()
    {
        var pool = new KvPool(Layout, 2);
        var a = new KvSequence(pool);
        a.Reserve(1);
        pool.Dispose();
        a.Pages[0][0] = 1;
        Assert.Throws<ObjectDisposedException>(() => a.Reserve(100));
        a.Dispose();
        a.Dispose();
    }

    [Fact]
    public void Rent_FromManyThreads_NeverExceedsTheLimit()
    {
        using var pool = new KvPool(Layout, 5);
        var refused = 0;
        Parallel.For(0, 200, i =>
        {
            using var sequence = new KvSequence(pool);
            try
            {
                sequence.Reserve(3 * KvLayout.PagePositions);
                sequence.Pages[2][0] = 1;
            }
            catch (InputException)
            {
                Interlocked.Increment(ref refused);
            }
        });
        Assert.InRange(refused, 0, 199);
        Assert.Equal(5, pool.FreePages);
        Assert.InRange(pool.AllocatedBytes, 3 * Layout.PageBytes, 5 * Layout.PageBytes);
    }

    [Theory]
    [InlineData("F32", 64, 4.0)]
    [InlineData("F16", 64, 2.0)]
    [InlineData("Q8_0", 64, 34.0 / 32)]
    [InlineData("Q8_0", 80, (80 + 6) / 80.0)]
    public void Layout_PageBytes_AreThoseOfTheFormat(string format, int headSize, double bytesPerValue)
    {
        var layout = new KvLayout(3, 2, headSize, TensorFormat.Parse(format));
        Assert.Equal(2 * 3 * 2 * headSize * KvLayout.PagePositions * bytesPerValue, layout.PageBytes);
        Assert.Equal(layout.PageBytes / 3.0, layout.PositionBytes * KvLayout.PagePositions);
        Assert.Equal(2 * layout.PageBytes, layout.BytesFor(65));
    }

    [Fact]
    public void Layout_OtherFormats_AreRefused()
    {
        var error = Assert.Throws<InputException>(() => new KvLayout(1, 1, 32, TensorFormat.Parse("Q4_0")));
        Assert.Contains("use F32, F16, Q8_0", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => new KvLayout(1, 1, 32, TensorFormat.Parse("BF16")));
        Assert.Throws<InputException>(() => new KvLayout(1, 1, 32, TensorFormat.Parse("I8")));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KvPool(Layout, 0));
    }
}
