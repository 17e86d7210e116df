using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

public class FloatMatMulTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(MatMulList.Float);

    public static TheoryData<string> PairVariants => KernelTesting.Names(MatMulList.Pairs);

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_EverySize_HasTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Float, variant);
        foreach (var columns in KernelTesting.Sizes.Append(1056))
        {
            foreach (var outputs in new[] { 1, 15, 16, 17, 33, 48 })
            {
                var weight = KernelTesting.Weight("F32", outputs, columns, KernelTesting.Values(outputs * columns, columns));
                new MatMulCase(weight, MatMulCase.MostRows, columns + 3).Compare(kernel);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_EveryFormat_HasTheBitsOfTheReference(string variant)
    {
        // One block behind the 256 columns that are decoded at a time.
        var kernel = KernelTesting.Kernel(MatMulList.Float, variant);
        foreach (var format in TensorFormat.All.Where(f => f.IsNumeric))
        {
            var columns = 256 + format.ValuesPerBlock;
            var weight = KernelTesting.Weight(format.Name, 19, columns, KernelTesting.Values(19 * columns, 1));
            new MatMulCase(weight, 5, columns).Compare(kernel);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_MoreRowsThanAPart_HasTheBitsOfTheReference(string variant)
    {
        foreach (var columns in new[] { 260, 272 })
        {
            var weight = KernelTesting.Weight("F16", 33, columns, KernelTesting.Values(33 * columns, 1));
            new MatMulCase(weight, RowParts.Most + 1, columns).Compare(KernelTesting.Kernel(MatMulList.Float, variant));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(PairVariants))]
    public void Run_PairsOfEverySize_HasTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Pairs, variant);
        foreach (var scale in new[] { 1f, 1e-30f, 1e-39f })
        {
            foreach (var columns in KernelTesting.Sizes.Append(1056))
            {
                foreach (var outputs in new[] { 1, 15, 16, 17, 33, 48 })
                {
                    var weight = KernelTesting.Weight("BF16", outputs, columns, KernelTesting.Values(outputs * columns, columns, scale));
                    new MatMulCase(weight, MatMulCase.MostRows, columns + 3).Compare(kernel);
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_WideRows_HasTheBitsOfTheReference(string variant)
    {
        // Beyond the columns whose chains are kept at a time, and beyond how far ahead memory is asked for.
        foreach (var (format, columns) in new[] { ("F32", 16384 + 256 + 64), ("F16", 16384 + 64), ("BF16", 2048) })
        {
            WideRows(MatMulList.Float, variant, format, columns);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(PairVariants))]
    public void Run_WideRowsOfPairs_HasTheBitsOfTheReference(string variant) => WideRows(MatMulList.Pairs, variant, "BF16", 32768 + 512 + 32);

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Run_StoredNumbersThatAreNotFinite_HasTheBitsOfTheReference(string variant)
    {
        // In every place of a step, of eight rows and of a stretch they are found; subnormal numbers beside them.
        var kernel = KernelTesting.Kernel(MatMulList.Float, variant);
        foreach (var format in new[] { "F16", "BF16", "F32" })
        {
            foreach (var columns in new[] { 32, 272, 528 })
            {
                for (var place = 0; place < 33 * columns; place += 1 + columns / 2 + 7)
                {
                    var values = KernelTesting.Values(33 * columns, columns);
                    values[place] = (place % 4) switch { 0 => float.NaN, 1 => float.PositiveInfinity, 2 => float.NegativeInfinity, _ => -float.NaN };
                    values[(place + 5) % values.Length] = 3e-7f;
                    new MatMulCase(KernelTesting.Weight(format, 33, columns, values), 3, columns).Compare(kernel);
                }
            }
        }
    }

    [Fact]
    public void Reference_AgainstFloat64_IsWithinTheRoundingOfAChain()
    {
        const int Columns = 257;
        var values = KernelTesting.Values(17 * Columns, 2);
        var test = new MatMulCase(KernelTesting.Weight("F32", 17, Columns, values), 3, Columns);
        var x = test.Values;
        var y = test.Run(MatMulList.Float.Select(new("reference")), 3, false, 1);
        for (var r = 0; r < 3; r++)
        {
            for (var o = 0; o < 17; o++)
            {
                var exact = Enumerable.Range(0, Columns).Sum(k => (double)x[r * Columns + k] * values[o * Columns + k]);
                Assert.Equal(exact, y[r * 17 + o], 1e-4);
            }
        }
    }

    private static void WideRows(KernelList<MatMulKernel> list, string variant, string format, int columns)
    {
        var weight = KernelTesting.Weight(format, 33, columns, KernelTesting.Values(33 * columns, columns));
        new MatMulCase(weight, 9, columns).Compare(KernelTesting.Kernel(list, variant));
    }
}
