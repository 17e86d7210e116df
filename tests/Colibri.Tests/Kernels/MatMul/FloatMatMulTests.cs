using Colibri.Formats;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

public class FloatMatMulTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(MatMulList.Float);

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
        foreach (var (format, columns, rounds) in new[] { ("F32", 16384 + 256 + 64, false), ("F16", 16384 + 64, false), ("BF16", 2048, false), ("BF16", 32768 + 512 + 32, true) })
        {
            var list = rounds ? MatMulList.Pairs : MatMulList.Float;
            var weight = KernelTesting.Weight(format, 33, columns, KernelTesting.Values(33 * columns, columns));
            new MatMulCase(weight, 9, columns).Compare(KernelTesting.Kernel(list, variant));
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
}
