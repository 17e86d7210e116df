using Colibri.Kernels.Quantize;
using Xunit;

namespace Colibri.Tests.Kernels.Quantize;

public unsafe class PairRoundTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(PairRoundKernel.List);

    public static TheoryData<string> All => [.. PairRoundKernel.List.Variants.Select(v => v.Name)];

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Row_EverySize_HasTheBitsOfTheReference(string variant)
    {
        foreach (var count in KernelTesting.Sizes.Append(1100))
        {
            foreach (var scale in new[] { 1f, 3e38f, 1e-37f, 1e-42f })
            {
                var values = KernelTesting.Values(count, count, scale);
                values[count / 2] = float.NaN;
                values[^1] = float.NegativeInfinity;
                Assert.Equal(Row("reference", values), Row(variant, values));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_KnownNumbers_AreRoundedToEvenAndFilledUp(string variant)
    {
        // One, one and a half of the last bit (to even, up and down), the largest number, subnormal numbers of both signs.
        float[] values = [1, 1.00390625f, 1.01171875f, float.MaxValue, 1e-40f, -1e-40f, -2, 0.5f, 3];
        Assert.Equal(new ushort[] { 0x3f80, 0x3f80, 0x3f82, 0x7f80, 0, 0x8000, 0xc000, 0x3f00, 0x4040, 0, 0, 0, 0, 0, 0, 0 }, Row(variant, values));
    }

    private static ushort[] Row(string variant, float[] values)
    {
        var kernel = KernelTesting.Kernel(PairRoundKernel.List, variant);
        using var source = new Guarded<float>(values);
        using var target = new Guarded<ushort>((values.Length + PairRoundKernel.Multiple - 1) / PairRoundKernel.Multiple * PairRoundKernel.Multiple);
        kernel.Row(source.Pointer, values.Length, target.Pointer);
        target.AssertGuards($"{variant}, {values.Length} values");
        return target.Span.ToArray();
    }
}
