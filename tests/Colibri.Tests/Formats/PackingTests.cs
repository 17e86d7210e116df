using Colibri.Formats.Packing;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>Integers that share bytes.</summary>
public class PackingTests
{
    private static readonly Random Numbers = new(9);

    [Fact]
    public void FourBits_SplitAndJoin_AreInverse()
    {
        var packed = Bytes(64, 256);
        var (low, high, back) = (new byte[64], new byte[64], new byte[64]);
        FourBits.Split(packed, low, high);
        FourBits.Join(low, high, back);
        Assert.Equal(packed.Select(b => (byte)(b & 15)), low);
        Assert.Equal(packed.Select(b => (byte)(b >> 4)), high);
        Assert.Equal(packed, back);
    }

    [Fact]
    public void FifthBits_TakeAndAdd_AreInverse()
    {
        for (var bit = 0; bit < 32; bit++)
        {
            var q = new byte[32];
            q[bit] = 16;
            Assert.Equal(1u << bit, FifthBits.Take(q));
        }

        var integers = Bytes(32, 32);
        var rest = integers.ToArray();
        var bits = FifthBits.Take(rest);
        Assert.Equal(integers.Select(i => (byte)(i & 15)), rest);
        FifthBits.Add(bits, rest);
        Assert.Equal(integers, rest);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(2, 0)]
    public void BitColumns_TakeAndAdd_AreInverse(int bits, int shift)
    {
        var runs = 8 / bits;
        var packed = new byte[32];
        var integers = Enumerable.Range(0, runs).Select(_ => Bytes(32, 1 << bits + shift)).ToArray();
        for (var run = 0; run < runs; run++)
        {
            var q = integers[run].ToArray();
            BitColumns.Take(q, bits, shift, packed, run);
            Assert.Equal(integers[run].Select(i => (byte)(i & (1 << shift) - 1)), q);
        }

        for (var run = 0; run < runs; run++)
        {
            var q = integers[run].Select(i => (byte)(i & (1 << shift) - 1)).ToArray();
            BitColumns.Add(packed, run, bits, shift, q);
            Assert.Equal(integers[run], q);
        }
    }

    [Fact]
    public void SixBitPairs_JoinAndSplit_AreInverse()
    {
        var (scales, minimums, packed) = (Bytes(8, 64), Bytes(8, 64), new byte[12]);
        var (floats, offsets) = (new float[8], new float[8]);
        SixBitPairs.Join(scales, minimums, packed);
        SixBitPairs.Split(packed, (Half)1, (Half)2, floats, offsets);
        Assert.Equal(scales.Select(s => (float)s), floats);
        Assert.Equal(minimums.Select(m => 2f * m), offsets);
    }

    [Fact]
    public void Codebook_EveryNumber_LooksUpItsStep()
    {
        var q = Enumerable.Range(0, 16).Select(i => (byte)i).ToArray();
        Codebook.Look(q);
        Assert.Equal(Codebook.Steps.ToArray().Select(s => (byte)(s + 128)), q);
    }

    private static byte[] Bytes(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => (byte)Numbers.Next(below))];
}
