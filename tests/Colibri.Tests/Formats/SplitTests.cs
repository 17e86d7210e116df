using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>What integer kernels multiply is what decoding gives.</summary>
public class SplitTests
{
    public static TheoryData<string> Integer => [.. TensorFormat.All.Where(f => f.IsNumeric && f.Accept(new Visitor([]))).Select(f => f.Name)];

    [Fact]
    public void Integer_CoversTheBlockFormats() => Assert.Equal(15, Integer.Count);

    [Theory]
    [MemberData(nameof(Integer))]
    public void Split_EncodedValues_GivesWhatDecodeGives(string name)
    {
        var format = TensorFormat.Parse(name);
        foreach (var kind in Inputs.Kinds)
        {
            var bytes = new byte[format.BytesFor(16 * 256)];
            format.Encode(Inputs.Of(kind, 16 * 256), bytes);
            Assert.True(format.Accept(new Visitor(bytes)));
        }
    }

    [Theory]
    [MemberData(nameof(Integer))]
    public void Split_AnyBytes_GivesWhatDecodeGives(string name)
    {
        var format = TensorFormat.Parse(name);
        var bytes = new byte[500 * format.BytesPerBlock];
        new Random(3).NextBytes(bytes);
        Assert.True(format.Accept(new Visitor(bytes)));
    }

    private sealed class Visitor(byte[] bytes) : IFormatVisitor<bool>
    {
        public bool VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => false;

        public bool VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
        {
            Assert.Contains(TBlock.GroupSize, new[] { 16, 32 });
            Assert.InRange(TBlock.Offset, 0, 128);
            Assert.Equal(0, TBlock.ValuesPerBlock % TBlock.GroupSize);
            var groups = TBlock.ValuesPerBlock / TBlock.GroupSize;
            var expected = new float[TBlock.ValuesPerBlock];
            var actual = new float[TBlock.ValuesPerBlock];
            foreach (ref readonly var block in MemoryMarshal.Cast<byte, TBlock>(bytes))
            {
                // Poisoned first: whatever is not written would show.
                var q = new byte[TBlock.ValuesPerBlock];
                var scales = new float[groups];
                var minimums = new float[groups];
                q.AsSpan().Fill(251);
                scales.AsSpan().Fill(1e30f);
                minimums.AsSpan().Fill(1e30f);
                TBlock.Split(in block, q, scales, minimums);
                for (var i = 0; i < actual.Length; i++)
                {
                    var product = scales[i / TBlock.GroupSize] * (q[i] - TBlock.Offset);
                    actual[i] = TBlock.HasMinimums ? product - minimums[i / TBlock.GroupSize] : product;
                }

                TBlock.Decode(new ReadOnlySpan<TBlock>(in block), expected);
                AssertSameNumbers(expected, actual);
                Assert.True(TBlock.HasMinimums || minimums.All(m => m == 1e30f), "minimums are left alone");
            }

            Assert.Equal(TensorFormat.Parse(TBlock.Name).BytesPerBlock, Unsafe.SizeOf<TBlock>());
            return true;
        }

        /// <summary>By bits, but for the payload of NaN, which two orders of the same multiplication may take from either side.</summary>
        private static void AssertSameNumbers(float[] expected, float[] actual) =>
            Bits.AssertSame([.. expected.Select(v => float.IsNaN(v) ? float.NaN : v)], [.. actual.Select(v => float.IsNaN(v) ? float.NaN : v)]);
    }
}
