using Colibri.Kernels.Rotary;
using Xunit;

namespace Colibri.Tests.Kernels.Rotary;

public unsafe class RotaryTests
{
    private const int Heads = 3;

    private static readonly RotaryKernel Reference = RotaryKernel.List.Select(new("reference"));

    public static TheoryData<string> Variants => KernelTesting.Names(RotaryKernel.List);

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Rotate_EverySizeAndPairing_HasTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(RotaryKernel.List, variant);
        foreach (var (headSize, rotated) in new[] { (2, 2), (8, 8), (16, 16), (20, 20), (32, 16), (48, 48), (64, 64), (64, 32), (80, 80), (80, 32), (128, 128), (130, 96) })
        {
            foreach (var pairs in Enum.GetValues<RotaryPairs>())
            {
                KernelTesting.AssertSame(Rotate(Reference, headSize, rotated, pairs), Rotate(kernel, headSize, rotated, pairs), $"{rotated} of {headSize}, {pairs}");
            }
        }
    }

    [Theory]
    [InlineData(RotaryPairs.Halves)]
    [InlineData(RotaryPairs.Neighbours)]
    public void Rotate_AnyAngle_KeepsTheLengthOfEveryPairAndLeavesTheRest(RotaryPairs pairs)
    {
        const int HeadSize = 80;
        const int Rotated = 64;
        var before = KernelTesting.Values(Heads * HeadSize, 1);
        var after = Rotate(Reference, HeadSize, Rotated, pairs);
        for (var head = 0; head < Heads; head++)
        {
            var start = head * HeadSize;
            for (var i = 0; i < Rotated / 2; i++)
            {
                var (a, b) = pairs == RotaryPairs.Neighbours ? (start + 2 * i, start + 2 * i + 1) : (start + i, start + i + Rotated / 2);
                Assert.Equal(Math.Sqrt((double)before[a] * before[a] + (double)before[b] * before[b]), Math.Sqrt((double)after[a] * after[a] + (double)after[b] * after[b]), 1e-6);
                var (sine, cosine) = Math.SinCos(Angle(i));
                Assert.Equal(before[a] * cosine - before[b] * sine, after[a], 1e-6);
                Assert.Equal(before[b] * cosine + before[a] * sine, after[b], 1e-6);
            }

            Assert.Equal(before[(start + Rotated)..(start + HeadSize)], after[(start + Rotated)..(start + HeadSize)]);
        }
    }

    private static double Angle(int pair) => 7.3 * Math.Pow(0.8, pair);

    private static float[] Rotate(RotaryKernel kernel, int headSize, int rotated, RotaryPairs pairs)
    {
        using var x = new Guarded<float>(KernelTesting.Values(Heads * headSize, 1));
        using var cosines = new Guarded<float>(rotated);
        using var sines = new Guarded<float>(rotated);
        for (var i = 0; i < rotated / 2; i++)
        {
            var (sine, cosine) = Math.SinCos(Angle(i));
            var (a, b) = pairs == RotaryPairs.Neighbours ? (2 * i, 2 * i + 1) : (i, i + rotated / 2);
            cosines.Span[a] = cosines.Span[b] = (float)cosine;
            sines.Span[a] = (float)-sine;
            sines.Span[b] = (float)sine;
        }

        kernel.Rotate(x.Pointer, Heads, headSize, rotated, cosines.Pointer, sines.Pointer, pairs);
        x.AssertGuards($"{rotated} of {headSize}");
        return x.ToArray();
    }
}
