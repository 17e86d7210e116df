using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels;

/// <summary>Makes the portable variants of an operation written over <see cref="ILanes{T}"/>: one for each width.</summary>
internal static class PortableVariants
{
    /// <summary>A list with the reference first, then the portable widths, narrow to wide, then what is faster than those.</summary>
    public static KernelList<T> List<T>(string operation, Func<T> reference, ILaneFactory<T> portable, params ReadOnlySpan<KernelVariant<T>> faster) => new(
        operation,
        [
            new KernelVariant<T>("reference", "nothing", true, reference),
            new KernelVariant<T>("portable-128", "nothing", true, portable.Create<Lanes128>),
            new KernelVariant<T>("portable-256", "256-bit vectors (AVX2)", Vector256.IsHardwareAccelerated && Fma.IsSupported, portable.Create<Lanes256>),
            new KernelVariant<T>("portable-512", "512-bit vectors (AVX-512)", Vector512.IsHardwareAccelerated, portable.Create<Lanes512>),
            .. faster,
        ]);
}

/// <summary>Makes a kernel for a lane width.</summary>
internal interface ILaneFactory<out T>
{
    /// <summary>The kernel over these lanes.</summary>
    T Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes>;
}
