using Colibri.Formats;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>Signed bytes with a scale per output: every variant, awkward sizes, the largest numbers.</summary>
public sealed unsafe class ChannelMatMulTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(MatMulList.Channel);

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_EverySize_HasTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        foreach (var columns in KernelTesting.Sizes.Concat([130, 1024, 1056, 2051]))
        {
            foreach (var outputs in new[] { 1, 2, 15, 16, 17, 33, 48 })
            {
                new MatMulCase(KernelTesting.ChannelWeight(outputs, columns, columns + outputs), MatMulCase.MostRows, columns + 3).Compare(kernel);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_EveryNumberOfRows_HasTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        var weight = KernelTesting.ChannelWeight(37, 1100, 5);
        var test = new MatMulCase(weight, 530, 1120);
        var expected = test.Run(MatMulList.Channel.Select(new("reference")), 530, true, 99);
        foreach (var rows in Enumerable.Range(1, 40).Append(529).Append(530))
        {
            KernelTesting.AssertSame(expected.AsSpan(0, rows * 37), test.Run(kernel, rows, true, 99), $"{rows} rows");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_WeightsTakenToComeFromMemory_HaveTheBitsOfTheReference(string variant)
    {
        // Beyond 2 MiB seven and eight rows go another way.
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        var weight = KernelTesting.ChannelWeight(1030, 2100, 8);
        var test = new MatMulCase(weight, 9, 2112);
        var expected = test.Run(MatMulList.Channel.Select(new("reference")), 9, false, 99);
        foreach (var rows in new[] { 6, 7, 8, 9 })
        {
            KernelTesting.AssertSame(expected.AsSpan(0, rows * 1030), test.Run(kernel, rows, false, 99), $"{rows} rows");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_SliceOfRows_HasTheBitsOfTheWhole(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        var weight = KernelTesting.ChannelWeight(70, 200, 6);
        var whole = new MatMulCase(weight, 9, 256).Run(kernel, 9, false, 99);
        foreach (var (start, count) in new[] { (0, 70), (1, 16), (17, 40), (69, 1) })
        {
            var part = new MatMulCase(weight.Slice(start, count), 9, 256).Run(kernel, 9, false, 99);
            for (var r = 0; r < 9; r++)
            {
                KernelTesting.AssertSame(whole.AsSpan(r * 70 + start, count), part.AsSpan(r * count, count), $"rows {start} to {start + count}");
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_MostColumnsAndLargestIntegers_AreExact(string variant)
    {
        // 255 times -128 in every place: sums just inside 32 bits. Activations of one sign make their zero point 0 or 255.
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        const int Columns = ChannelScales.MostColumns;
        var weight = KernelTesting.ChannelWeight(1, Columns, 1);
        foreach (var sign in new[] { 1f, -1f })
        {
            var test = new MatMulCase(weight, 7, Columns, _ => sign);
            foreach (var rows in new[] { 1, 7 })
            {
                foreach (var y in test.Run(kernel, rows, false, 99))
                {
                    Assert.Equal(-128.0 * Columns * weight.ChannelScales[0] * sign, y, Math.Abs(y) * 1e-6);
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_RowsThatCannotBeQuantized_AreNaNAndOthersAreNot(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        foreach (var poison in new[] { float.NaN, float.PositiveInfinity, 3e38f })
        {
            // Both signs of 3e38 are further apart than float32 reaches.
            var test = new MatMulCase(KernelTesting.ChannelWeight(20, 70, 2), 13, 96, i => i == 96 + 5 ? poison : i == 96 + 6 ? -3e38f : i % 7);
            var y = test.Run(kernel, 13, false, 99);
            for (var i = 0; i < y.Length; i++)
            {
                Assert.Equal(i / 20 == 1, float.IsNaN(y[i]));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_ZeroRows_AreZero(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        var test = new MatMulCase(KernelTesting.ChannelWeight(20, 70, 2), 13, 96, _ => 0);
        Assert.All(test.Run(kernel, 13, false, 99), y => Assert.Equal(0, BitConverter.SingleToInt32Bits(y)));
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_WeightsBetweenGuardPages_ReadsNothingBesideThem(string variant)
    {
        const int Outputs = 18;
        var kernel = KernelTesting.Kernel(MatMulList.Channel, variant);
        foreach (var columns in new[] { 1, 63, 64, 100, 512, 1025, 1056 })
        {
            var source = KernelTesting.ChannelWeight(Outputs, columns, columns);
            var scales = new ChannelScales(new ReadOnlySpan<float>(source.ChannelScales, Outputs));
            foreach (var atEnd in new[] { false, true })
            {
                using var pages = new GuardPages(Outputs * columns, atEnd);
                new ReadOnlySpan<byte>(source.Address, Outputs * columns).CopyTo(new Span<byte>(pages.Pointer, Outputs * columns));
                var weight = new Weight("w", source.Format, Outputs, columns, pages.Pointer, pages, scales);
                var test = new MatMulCase(weight, 13, columns + 3);
                var expected = test.Run(MatMulList.Channel.Select(new("reference")), 13, false, 99);
                foreach (var rows in new[] { 1, 2, 5, 13 })
                {
                    KernelTesting.AssertSame(expected.AsSpan(0, rows * Outputs), test.Run(kernel, rows, false, 99), $"{columns} columns, {rows} rows");
                }
            }
        }
    }

    [Fact]
    public void Reference_AgainstDecodedWeights_DiffersByTheRoundingOfActivationsOnly()
    {
        const int Columns = 300;
        var weight = KernelTesting.ChannelWeight(20, Columns, 9);

        // Multiples of the row's scale, with its ends in the row, lose nothing.
        var test = new MatMulCase(weight, 4, Columns, i => i % Columns == 0 ? -100 : i % Columns == 1 ? 155 : (i * 37 % 255) - 100);
        var integer = test.Run(MatMulList.Channel.Select(new("reference")), 4, false, 1);
        var single = test.Run(MatMulList.Float.Select(new("reference")), 4, false, 1);
        for (var i = 0; i < integer.Length; i++)
        {
            Assert.Equal(single[i], integer[i], 1e-4 * Math.Max(1, Math.Abs(single[i])));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(FloatVariants))]
    public void FloatProducts_OfChannelWeights_HaveTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Float, variant);
        foreach (var columns in new[] { 1, 100, 256, 300 })
        {
            new MatMulCase(KernelTesting.ChannelWeight(19, columns, columns), 5, columns + 3).Compare(kernel);
        }
    }

    public static TheoryData<string> FloatVariants => KernelTesting.Names(MatMulList.Float);

    [Fact]
    public void Decode_Row_IsScaleTimesInteger()
    {
        var weight = KernelTesting.ChannelWeight(5, 77, 3);
        var values = new float[77];
        var slice = weight.Slice(2, 2);
        slice.DecodeRow(1, values);
        for (var k = 0; k < 77; k++)
        {
            Assert.Equal((sbyte)weight.Address[3 * 77 + k] * weight.ChannelScales[3], values[k]);
        }

        Assert.Equal(2 * 77, slice.Bytes);
        Assert.Equal(2 * 8, slice.ChannelBytes);
        var sums = Enumerable.Range(0, 2).Select(r => Enumerable.Range(0, 77).Sum(k => (sbyte)weight.Address[(2 + r) * 77 + k]));
        Assert.Equal(sums, [slice.ChannelSums[0], slice.ChannelSums[1]]);
    }
}
