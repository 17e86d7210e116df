using Colibri.Formats;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

public class IntegerMatMulTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var format in TensorFormat.All.Where(f => f.IsNumeric))
            {
                foreach (var variant in MatMulList.Integer(format)?.Variants ?? [])
                {
                    if (variant.Name != "reference")
                    {
                        data.Add(format.Name, variant.Name);
                    }
                }
            }

            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_EverySize_HasTheBitsOfTheReference(string format, string variant)
    {
        var parsed = TensorFormat.Parse(format);
        var kernel = KernelTesting.Kernel(MatMulList.Integer(parsed)!, variant);

        // Behind 512 columns the next stretch begins.
        foreach (var columns in (parsed.ValuesPerBlock == 256 ? [256, 512, 768, 1280] : new[] { 32, 64, 128, 384, 512, 544, 640, 1056 }).Where(c => c % parsed.ValuesPerBlock == 0))
        {
            foreach (var outputs in new[] { 1, 15, 16, 17, 33 })
            {
                new MatMulCase(Weights(format, outputs, columns, float.NaN), MatMulCase.MostRows, columns + 32).Compare(kernel);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_MoreColumnsThanAStretchOfOneRow_HasTheBitsOfTheReference(string format, string variant)
    {
        // A stretch of one row is 16,384 columns; behind it a step that is not whole, where blocks are smaller than steps.
        var parsed = TensorFormat.Parse(format);
        var kernel = KernelTesting.Kernel(MatMulList.Integer(parsed)!, variant);
        var columns = 16384 + (parsed.ValuesPerBlock == 256 ? 256 : 384);
        new MatMulCase(Weights(format, 17, columns, null), 1, columns).Compare(kernel);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_MoreRowsThanAPart_HasTheBitsOfTheReference(string format, string variant)
    {
        var kernel = KernelTesting.Kernel(MatMulList.Integer(TensorFormat.Parse(format))!, variant);
        new MatMulCase(Weights(format, 17, 256, null), RowParts.Most + 1, 256).Compare(kernel);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_LargestIntegers_DoNotOverflow(string format, string variant)
    {
        // 127 times the largest weight in every place: where 16-bit sums in between would saturate.
        var parsed = TensorFormat.Parse(format);
        var kernel = KernelTesting.Kernel(MatMulList.Integer(parsed)!, variant);
        var columns = 2 * parsed.ValuesPerBlock;
        var bytes = new float[16 * columns];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = i / columns % 2 == 0 ? 1 : -1;
        }

        var weight = KernelTesting.Weight(format, 16, columns, bytes);
        foreach (var sign in new[] { 1f, -1f })
        {
            var test = new MatMulCase(weight, 5, columns, _ => sign);
            test.Compare(kernel);
            var y = test.Run(kernel, 5, false, 1);
            Assert.InRange(y[0] * sign / columns, 0.8, 1.2);
        }
    }

    [Theory]
    [InlineData("Q8_0", 1e-3)]
    [InlineData("Q4_0", 1e-3)]
    [InlineData("Q4_1", 1e-3)]
    [InlineData("Q4_K", 1e-3)]
    [InlineData("Q6_K", 1e-3)]
    [InlineData("Q2_K", 1e-3)]
    public void Reference_AgainstDecodedWeights_DiffersByTheRoundingOfActivationsOnly(string format, double tolerance)
    {
        const int Columns = 512;
        var parsed = TensorFormat.Parse(format);
        var weight = Weights(format, 20, Columns, null);

        // Activations that are whole multiples of their block's scale lose nothing.
        var test = new MatMulCase(weight, 4, Columns, i => i % 32 == 0 ? 127 : (i * 37 % 255) - 127);
        var integer = test.Run(MatMulList.Integer(parsed)!.Select(new("reference")), 4, false, 1);
        var single = test.Run(MatMulList.Float.Select(new("reference")), 4, false, 1);
        for (var i = 0; i < integer.Length; i++)
        {
            Assert.Equal(single[i], integer[i], tolerance * Math.Max(1, Math.Abs(single[i])));
        }
    }

    private static readonly Dictionary<(string, int, int, float?), Weight> Known = [];

    // Searching for scales takes its time, so weights serve all variants.
    private static Weight Weights(string format, int outputs, int columns, float? poison)
    {
        lock (Known)
        {
            if (!Known.TryGetValue((format, outputs, columns, poison), out var weight))
            {
                var values = KernelTesting.Values(outputs * columns, columns + outputs);
                values[^1] = poison ?? values[^1];
                weight = Known[(format, outputs, columns, poison)] = KernelTesting.Weight(format, outputs, columns, values);
            }

            return weight;
        }
    }
}
