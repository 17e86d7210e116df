using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

public unsafe class PanelTests
{
    public static TheoryData<string> IntegerFormats => [.. TensorFormat.All.Where(f => f.IsNumeric && f.Accept(new IsInteger())).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(IntegerFormats))]
    public void UnpackPanel_EveryFormat_EqualsThePlainForm(string format) => TensorFormat.Parse(format).Accept(new Compare());

    private sealed class IsInteger : IFormatVisitor<bool>
    {
        public bool VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => false;

        public bool VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> => true;
    }

    private sealed class Compare : IFormatVisitor<bool>
    {
        public bool VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => throw new InvalidOperationException();

        public bool VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
        {
            // Random bytes: every bit pattern is a block, NaN scales included.
            var random = new Random(7);
            foreach (var (blocks, lastRow) in new[] { (1, 15), (2, 15), (5, 15), (3, 6), (1, 0) })
            {
                var rowBytes = (blocks + 1) * sizeof(TBlock);
                var rows = new byte[16 * rowBytes];
                random.NextBytes(rows);
                var values = blocks * TBlock.ValuesPerBlock;
                var (plainQ, q) = (new byte[16 * values], new byte[16 * values]);
                var groups = 16 * values / TBlock.GroupSize;
                var (plainScales, scales, plainMinimums, minimums) = (new float[groups], new float[groups], new float[groups], new float[groups]);
                fixed (byte* source = rows, pq = plainQ, vq = q)
                fixed (float* ps = plainScales, vs = scales, pm = plainMinimums, vm = minimums)
                {
                    Panels.Unpack<TBlock>(source, rowBytes, lastRow, blocks, pq, ps, pm);
                    TBlock.UnpackPanel(source, rowBytes, lastRow, blocks, vq, vs, vm);
                }

                Assert.Equal(plainQ, q);
                AssertSame(plainScales, scales);
                AssertSame(plainMinimums, minimums);
            }

            return true;
        }

        private static void AssertSame(float[] expected, float[] actual)
        {
            for (var i = 0; i < expected.Length; i++)
            {
                // A NaN may carry another payload; everything else is the same to the bit.
                Assert.True(
                    BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]) || (float.IsNaN(expected[i]) && float.IsNaN(actual[i])),
                    $"{i}: {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }
}
