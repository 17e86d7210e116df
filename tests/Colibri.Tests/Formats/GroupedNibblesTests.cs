using System.Buffers.Binary;
using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>Blocks of grouped 4-bit integers, byte by byte: the formats have no reference implementation but this page.</summary>
public class GroupedNibblesTests
{
    [Theory]
    [InlineData("INT4_G32")]
    [InlineData("INT4_G64")]
    [InlineData("INT4_G128")]
    public void Decode_BlockSpelledOut_GivesScaleTimesDistanceFromZero(string name)
    {
        var format = TensorFormat.Parse(name);
        var size = format.ValuesPerBlock;
        var random = new Random(7);
        foreach (var (scale, zero) in new[] { (0.25f, 8), (1e-6f, 0), (-3f, 15), (0.1f, 16) })
        {
            var q = Enumerable.Range(0, size).Select(_ => random.Next(16)).ToArray();
            var block = new byte[5 + size / 2];
            BinaryPrimitives.WriteSingleLittleEndian(block, scale);
            block[4] = (byte)zero;
            for (var i = 0; i < size; i++)
            {
                var run = i / 32;
                block[5 + run * 16 + i % 16] |= (byte)(q[i] << (i % 32 < 16 ? 0 : 4));
            }

            Assert.Equal(format.BytesPerBlock, block.Length);
            var values = new float[size];
            format.Decode(block, values);
            Assert.Equal(q.Select(v => (v - zero) * scale), values);

            var joined = new byte[block.Length];
            GroupedNibbles.Join([.. q.Select(v => (byte)v)], scale, zero, joined);
            Assert.Equal(block, joined);
        }
    }

    [Fact]
    public void Encode_ValuesOnTheGrid_AreKeptExactly()
    {
        // From -5 to 10 in steps of one: scale 1, zero 5.
        var values = Enumerable.Range(0, 32).Select(i => (float)(i % 16 - 5)).ToArray();
        var format = TensorFormat.Parse("INT4_G32");
        var block = new byte[format.BytesPerBlock];
        format.Encode(values, block);
        Assert.Equal(5, block[4]);
        var back = new float[32];
        format.Decode(block, back);
        Assert.Equal(values, back);
    }
}
