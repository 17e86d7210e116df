using Colibri.Kernels.Quantize;
using Xunit;

namespace Colibri.Tests.Kernels.Quantize;

public unsafe class TokenQuantizeTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(TokenQuantizeKernel.List);

    public static TheoryData<string> All => [.. TokenQuantizeKernel.List.Variants.Select(v => v.Name)];

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Row_EverySize_HasTheBitsOfTheReference(string variant)
    {
        foreach (var count in KernelTesting.Sizes.Append(1100))
        {
            foreach (var scale in new[] { 1f, 3e38f, 1e-30f, 1e-36f, 1e-38f, 1e-42f, 0 })
            {
                foreach (var shift in new[] { 0f, 2 * scale, -2 * scale })
                {
                    var values = KernelTesting.Values(count, count, scale == 0 ? 0 : scale);
                    for (var i = 0; i < count; i++)
                    {
                        values[i] += shift;
                    }

                    Compare(variant, values, $"{count} values up to {scale} and {shift}");
                    values[count / 2] = float.NaN;
                    Compare(variant, values, "NaN");
                    values[^1] = float.NegativeInfinity;
                    Compare(variant, values, "both");
                    values[count / 2] = 1;
                    Compare(variant, values, "infinity");
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_Halves_RoundToEvenBeforeTheZeroPointIsAdded(string variant)
    {
        var (q, scale) = Row(variant, [-55, 200, 0, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3, -0f]);
        Assert.Equal(1, scale.Scale);
        Assert.Equal(55, scale.Zero);
        Assert.Equal(new byte[] { 0, 255, 55, 55, 57, 57, 55, 53, 58, 55 }, q);
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_AnyNumbers_StayWithinOneScale(string variant)
    {
        // Half a scale for the value, half for the zero point; numbers of one sign have zero at an end, so half in all.
        foreach (var shift in new[] { 0f, 5, -5 })
        {
            var values = KernelTesting.Values(333, 3);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] += shift;
            }

            var (q, scale) = Row(variant, values);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.InRange(Math.Abs((double)scale.Scale * (q[i] - scale.Zero) - values[i]), 0, (shift == 0 ? 1.00001 : 0.50001) * scale.Scale);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_ZerosOfEitherSign_HaveScaleZero(string variant)
    {
        var values = new float[40];
        values[3] = values[38] = -0f;
        var (q, scale) = Row(variant, values);
        Assert.All(q, v => Assert.Equal(0, v));
        Assert.Equal((0, 0), (BitConverter.SingleToInt32Bits(scale.Scale), scale.Zero));
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_NaNInfinityOrTooWideARange_MakesTheScaleNaN(string variant)
    {
        foreach (var poison in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f })
        {
            for (var at = 0; at < 50; at++)
            {
                var values = KernelTesting.Values(50, 4);
                values[at] = poison;
                values[(at + 1) % 50] = -3e38f;
                var (q, scale) = Row(variant, values);
                Assert.True(float.IsNaN(scale.Scale), $"{poison} at {at}");
                Assert.All(q, v => Assert.Equal(0, v));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Row_BetweenGuardPages_TouchesNothingBesideIt(string variant)
    {
        var kernel = KernelTesting.Kernel(TokenQuantizeKernel.List, variant);
        foreach (var count in new[] { 1, 15, 16, 100, 384 })
        {
            var source = KernelTesting.Values(count, count);
            var (expected, _) = Row("reference", source);
            foreach (var atEnd in new[] { false, true })
            {
                using var values = new GuardPages(count * sizeof(float), atEnd);
                using var q = new GuardPages(count, atEnd);
                source.CopyTo(new Span<float>(values.Pointer, count));
                kernel.Row((float*)values.Pointer, count, q.Pointer);
                Assert.Equal(expected, new Span<byte>(q.Pointer, count).ToArray());
            }
        }
    }

    private static void Compare(string variant, float[] values, string where)
    {
        var (expected, expectedScale) = Row("reference", values);
        var (q, scale) = Row(variant, values);
        Assert.Equal(expected, q);
        Assert.Equal(expectedScale.Zero, scale.Zero);
        KernelTesting.AssertSame([expectedScale.Scale], [scale.Scale], where);
    }

    private static (byte[] Q, TokenScale Scale) Row(string variant, float[] values)
    {
        var kernel = KernelTesting.Kernel(TokenQuantizeKernel.List, variant);
        using var x = new Guarded<float>(values);
        using var q = new Guarded<byte>(values.Length);
        var scale = kernel.Row(x.Pointer, values.Length, q.Pointer);
        q.AssertGuards("integers");
        return (q.ToArray(), scale);
    }
}
