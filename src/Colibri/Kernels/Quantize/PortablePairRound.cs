using System.Numerics;
using System.Runtime.CompilerServices;
using Colibri.Formats.Packing;

namespace Colibri.Kernels.Quantize;

/// <summary>As many values side by side as vectors hold.</summary>
internal sealed unsafe class PortablePairRound : PairRoundKernel
{
    private const int Most = 256;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
