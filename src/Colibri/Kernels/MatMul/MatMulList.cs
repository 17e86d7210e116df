using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>The variants of the matrix product for every format and kind of activations.</summary>
internal static class MatMulList
{
    /// <summary>What assembled products of bfloat16 ask for, as a person would say it.</summary>
    public const string PairsNeed = "AVX-512 with BF16 on x86-64, and memory that code may run from";

    private const string Assembled256 = "assembled-256";

    /// <summary>Products with float32 activations; one kernel serves all formats.</summary>
    public static KernelList<MatMulKernel> Float { get; } =
        PortableVariants.List(
            "matmul float",
            () => new ReferenceFloatMatMul(),
            new FloatFactory(),
            new KernelVariant<MatMulKernel>(Assembled256, AssemblySupport.Vectors256Need, AssemblySupport.Vectors256, () => new AssembledFloatMatMul256()),
            new KernelVariant<MatMulKernel>(KernelSelection.Assembled, AssemblySupport.Avx512Needs, AssemblySupport.Avx512, () => new AssembledFloatMatMul()));

    /// <summary>Products with 8-bit activations for a format, or null where its blocks are no integers.</summary>
    public static KernelList<MatMulKernel>? Integer(TensorFormat format) => format.Accept(new IntegerListOf(format.Name));

    /// <summary>
    /// Products of bfloat16 weights with activations rounded to bfloat16, where the processor multiplies such pairs; elsewhere
    /// <see cref="Float"/> is faster.
    /// </summary>
    public static KernelList<MatMulKernel> Pairs { get; } = PortableVariants.List(
        "matmul bfloat16",
        () => new ReferencePairsMatMul(),
        new PairsFactory(),
        new KernelVariant<MatMulKernel>(KernelSelection.Assembled, PairsNeed, AssemblySupport.BrainFloat, () => new AssembledPairsMatMul()));

    /// <summary>
    /// Products of signed bytes that have a scale per output, with activations quantized row by row. .NET 10 multiplies bytes in 256
    /// bits at most, and nothing else is done in lanes, so the variant of 512 bits is that of 256.
    /// </summary>
    public static KernelList<MatMulKernel> Channel { get; } = new(
        "matmul int8 channel",
        new("reference", "nothing", true, () => new ReferenceChannelMatMul()),
        new("portable-128", "nothing", true, () => new PortableChannelMatMul<PlainBytes>()),
        new("portable-256", "AVX2", Avx2.IsSupported, () => new PortableChannelMatMul<Avx2Bytes>()),
        new("portable-256-vnni", "AVX-VNNI", AvxVnni.IsSupported, () => new PortableChannelMatMul<VnniBytes>()),
        new("portable-512-vnni", "AVX-VNNI and AVX-512", AvxVnni.IsSupported && Vector512.IsHardwareAccelerated, () => new PortableChannelMatMul<VnniBytes>()),
        new(KernelSelection.Assembled, "AVX-512 with VNNI on x86-64, and memory that code may run from", AssemblySupport.Vnni, () => new AssembledChannelMatMul()));

    /// <summary>Every list, for the listing of kernels.</summary>
    public static IEnumerable<IKernelList> All =>
        TensorFormat.All.Where(format => format.IsNumeric).Select(Integer).OfType<IKernelList>().Concat(AssemblySupport.BrainFloat ? [Pairs] : []).Append(Channel).Prepend(Float);

    /// <summary>The product that rounds activations for weights of a format, or null where there is none or none that is fast.</summary>
    /// <param name="format">The weights' format.</param>
    public static KernelList<MatMulKernel>? Rounding(TensorFormat format) =>
        format.HasChannelScales ? Channel
        : format.FloatLayout == StoredFloat.Brain && AssemblySupport.BrainFloat ? Pairs : Integer(format);

    private sealed class PairsFactory : ILaneFactory<MatMulKernel>
    {
        public MatMulKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortablePairsMatMul<TLanes>();
    }

    private sealed class FloatFactory : ILaneFactory<MatMulKernel>
    {
        public MatMulKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PanelFloatMatMul<LanePanel<TLanes>>();
    }

    private sealed class IntegerListOf(string format) : IFormatVisitor<KernelList<MatMulKernel>?>
    {
        public KernelList<MatMulKernel>? VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => null;

        public KernelList<MatMulKernel>? VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> => new(
            $"matmul int8 {format}",
            new("reference", "nothing", true, () => new ReferenceIntegerMatMul<TBlock>()),
            new("portable-128", "nothing", true, () => new PortableIntegerMatMul<TBlock, LaneTile<TBlock, PlainLanes, Lanes128>>()),
            new("portable-256", "AVX2 and FMA", Avx2.IsSupported && Fma.IsSupported, Avx2Tiles<TBlock>),
            new("portable-256-vnni", "AVX-VNNI", AvxVnni.IsSupported && Fma.IsSupported, VnniTiles<TBlock>),
            new("portable-512-vnni", "AVX-VNNI and AVX-512", AvxVnni.IsSupported && Vector512.IsHardwareAccelerated, () => new PortableIntegerMatMul<TBlock, LaneTile<TBlock, VnniLanes512, Lanes512>>()),
            new(Assembled256, AssemblySupport.Vectors256Need, AssemblySupport.Vectors256, () => new AssembledEightRows<TBlock>()),
            new(KernelSelection.Assembled, "AVX-512 with VNNI on x86-64, and memory that code may run from", AssemblySupport.Vnni, () => new AssembledIntegerMatMul<TBlock>()));

        private static MatMulKernel VnniTiles<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> =>
            new PortableIntegerMatMul<TBlock, LaneTile<TBlock, VnniLanes256, Lanes256>>();

        private static MatMulKernel Avx2Tiles<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> =>
            TBlock.LargestInteger > sbyte.MaxValue ? new PortableIntegerMatMul<TBlock, ShortTile<TBlock>>() : new PortableIntegerMatMul<TBlock, WordTile<TBlock>>();
    }
}
