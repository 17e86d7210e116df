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
