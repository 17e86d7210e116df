using Colibri.Kernels.Quantize;
using Xunit;

namespace Colibri.Tests.Kernels.Quantize;

public unsafe class QuantizeTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(QuantizeKernel.List);

    public static TheoryData<string> All => [.. QuantizeKernel.List.Variants.Select(v => v.Name)];

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Row_EverySize_HasTheBitsOfTheReference(string variant)
    {
        foreach (var count in new[] { 32, 64, 96, 512, 544, 1056 })
        {
            foreach (var scale in new[] { 1f, 1e30f, 1e-30f, 1e-36f, 1e-38f, 1e-42f })
            {
                var values = KernelTesting.Values(count, count, scale);
                values.AsSpan(count - 32).Clear();
                Compare(variant, values, $"{count} values up to {scale}");
                values[5] = float.NaN;
                Compare(variant, values, "NaN");
                values[5] = float.NegativeInfinity;
                Compare(variant, values, "infinity");
                values[9] = float.NaN;
                Compare(variant, values, "both");
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_Halves_RoundToEven(string variant)
    {
        var values = new float[32];
        float[] some = [127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 125.5f, 126.5f, -127, 0.49999997f, 3];
        some.CopyTo(values, 0);
        var (q, scales, sums) = Row(variant, values);
        Assert.Equal(new sbyte[] { 127, 0, 2, 2, 0, -2, -2, 126, 126, -127, 0, 3 }, q[..12]);
        Assert.Equal(new[] { 1f }, scales);
        Assert.Equal(new[] { q[..16].Sum(v => v), q[16..].Sum(v => v) }, sums);
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_AnyNumbers_StayWithinHalfAScale(string variant)
    {
        foreach (var scale in new[] { 1f, 3e38f, 1e-30f })
        {
            var values = KernelTesting.Values(320, 3, scale);
            var (q, scales, sums) = Row(variant, values);
            Assert.InRange(q.Min(), -127, 127);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.InRange(Math.Abs((double)scales[i / 32] * q[i] - values[i]), 0, 0.50001 * scales[i / 32]);
            }

            for (var i = 0; i < sums.Length; i++)
            {
                Assert.Equal(q.AsSpan(16 * i, 16).ToArray().Sum(v => v), sums[i]);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_ZeroBlock_IsZerosWithScaleZero(string variant)
    {
        var (q, scales, sums) = Row(variant, new float[64]);
        Assert.All(q, v => Assert.Equal(0, v));
        Assert.Equal(new float[2], scales);
        Assert.Equal(new int[4], sums);
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_NaNOrInfinity_MakesThatBlocksScaleNaNAndNoOther(string variant)
    {
        foreach (var poison in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            for (var at = 32; at < 64; at++)
            {
                var values = KernelTesting.Values(96, 4);
                values[at] = poison;
                var (q, scales, sums) = Row(variant, values);
                Assert.True(float.IsNaN(scales[1]), $"{poison} at {at}");
                Assert.True(float.IsFinite(scales[0]) && float.IsFinite(scales[2]));
                Assert.All(q[32..64], v => Assert.Equal(0, v));
                Assert.Equal(new int[2], sums[2..4]);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_BlockTooSmallForAScale_IsZeros(string variant)
    {
        // 127 / largest would overflow below about 3.7e-37; such a block is as good as zero.
        var values = KernelTesting.Values(32, 5, 1e-38f);
        var (q, scales, sums) = Row(variant, values);
        Assert.All(q, v => Assert.Equal(0, v));
        Assert.Equal(new int[2], sums);
        Assert.True(float.IsFinite(scales[0]));
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_BetweenGuardPages_TouchesNothingBesideIt(string variant)
    {
        var kernel = KernelTesting.Kernel(QuantizeKernel.List, variant);
        foreach (var count in new[] { 32, 480, 512, 544, 1024, 1056 })
        {
            var source = KernelTesting.Values(count, count);
            var (expected, _, _) = Row("reference", source);
            foreach (var atEnd in new[] { false, true })
            {
                using var values = new GuardPages(count * sizeof(float), atEnd);
                using var q = new GuardPages(count, atEnd);
                using var scales = new GuardPages(count / 32 * sizeof(float), atEnd);
                using var sums = new GuardPages(count / 16 * sizeof(int), atEnd);
                source.CopyTo(new Span<float>(values.Pointer, count));
                kernel.Row((float*)values.Pointer, count, (sbyte*)q.Pointer, (float*)scales.Pointer, (int*)sums.Pointer);
                Assert.Equal(expected, new Span<sbyte>(q.Pointer, count).ToArray());
            }
        }
    }

    private static void Compare(string variant, float[] values, string where)
    {
        var (expectedQ, expectedScales, expectedSums) = Row("reference", values);
        var (q, scales, sums) = Row(variant, values);
        Assert.Equal(expectedQ, q);
        Assert.Equal(expectedSums, sums);
        KernelTesting.AssertSame(expectedScales, scales, where);
    }

    private static (sbyte[] Q, float[] Scales, int[] Sums) Row(string variant, float[] values)
    {
        var kernel = KernelTesting.Kernel(QuantizeKernel.List, variant);
        using var x = new Guarded<float>(values);
        using var q = new Guarded<sbyte>(values.Length);
        using var scales = new Guarded<float>(values.Length / 32);
        using var sums = new Guarded<int>(values.Length / 16);
        kernel.Row(x.Pointer, values.Length, q.Pointer, scales.Pointer, sums.Pointer);
        q.AssertGuards("integers");
        scales.AssertGuards("scales");
        sums.AssertGuards("sums");
        return (q.ToArray(), scales.ToArray(), sums.ToArray());
    }
}
