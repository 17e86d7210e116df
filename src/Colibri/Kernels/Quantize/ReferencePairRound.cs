using Colibri.Formats.Packing;

namespace Colibri.Kernels.Quantize;

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
