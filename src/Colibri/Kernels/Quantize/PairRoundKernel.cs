using System.Numerics;
using Colibri.Formats.Packing;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;

namespace Colibri.Kernels.Quantize;

/// <summary>
/// Activations rounded to bfloat16, halves to even, subnormal numbers taken as zeros of their sign: as <c>vcvtne2ps2bf16</c> does it
/// (Intel's manual, volume 2A), so that every variant gives its bits.
/// </summary>
internal abstract unsafe class PairRoundKernel
{
    /// <summary>Rows are filled with zeros up to a multiple of so many values: four pairs, the fewest that products take together.</summary>
    public const int Multiple = 8;

    /// <summary>All variants.</summary>
    public static KernelList<PairRoundKernel> List { get; } = new(
        "round to bfloat16",
        new KernelVariant<PairRoundKernel>("reference", "nothing", true, () => new ReferencePairRound()),
        new KernelVariant<PairRoundKernel>("portable", "nothing", true, () => new PortablePairRound()),
        new KernelVariant<PairRoundKernel>(KernelSelection.Assembled, MatMulList.PairsNeed, AssemblySupport.BrainFloat, () => new AssembledPairRound()));

    /// <summary>Rounds a row.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Receives as many, and zeros up to the next multiple of <see cref="Multiple"/>.</param>
    public void Row(float* values, int count, ushort* target)
    {
        Round(values, count, target);
        var whole = (count + Multiple - 1) / Multiple * Multiple;
        new Span<ushort>(target + count, whole - count).Clear();
    }

    /// <summary>Rounds values.</summary>
    /// <inheritdoc cref="Row"/>
    protected abstract void Round(float* values, int count, ushort* target);
}

/// <summary>One value after the other.</summary>
internal sealed unsafe class ReferencePairRound : PairRoundKernel
{
    protected override void Round(float* values, int count, ushort* target)
    {
        for (var i = 0; i < count; i++)
        {
            target[i] = BrainConversion.Narrow(float.IsSubnormal(values[i]) ? MathF.CopySign(0, values[i]) : values[i]);
        }
    }
}

/// <summary>As many values side by side as vectors hold.</summary>
internal sealed unsafe class PortablePairRound : PairRoundKernel
{
    private const int Most = 256;

    protected override void Round(float* values, int count, ushort* target)
    {
        var normal = stackalloc float[Most];
        for (var done = 0; done < count; done += Most)
        {
            var taken = Math.Min(Most, count - done);
            new ReadOnlySpan<float>(values + done, taken).CopyTo(new Span<float>(normal, Most));
            for (var i = 0; i < taken; i += Vector<float>.Count)
            {
                var bits = Vector.Load((uint*)normal + i);
                var subnormal = Vector.Equals(bits & Vector.Create(0x7f800000u), Vector<uint>.Zero);
                Vector.ConditionalSelect(subnormal, bits & Vector.Create(0x80000000u), bits).Store((uint*)normal + i);
            }

            BrainConversion.Narrow(new ReadOnlySpan<float>(normal, taken), new Span<ushort>(target + done, taken));
        }
    }
}
