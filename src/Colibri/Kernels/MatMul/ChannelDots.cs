using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What <see cref="ChannelDots"/> read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChannelDotsArguments
{
    /// <summary>The first row of activations.</summary>
    public byte* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>The first output's weights.</summary>
    public byte* Weights;

    /// <summary>Bytes from one row of weights to the next.</summary>
    public nint RowBytes;

    /// <summary>Outputs, 1 to 16.</summary>
    public long Outputs;

    /// <summary>Whole steps of 64 columns; may be none.</summary>
    public long Steps;

    /// <summary>Which of 64 columns exist behind the last whole step; may be none.</summary>
    public ulong Rest;

    /// <summary>Sums of the outputs' weights; sixteen may be read.</summary>
    public int* Sums;

    /// <summary>Scales of the outputs; sixteen may be read.</summary>
    public float* Scales;

    /// <summary>Scale and zero point of each row.</summary>
    public TokenScale* Tokens;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Room for 64 bytes for each row and output.</summary>
    public byte* Room;

    /// <summary>Which of sixteen outputs exist.</summary>
    public ushort Mask;
}

/// <summary>
/// Up to sixteen outputs for a few rows of activations, along the columns: weights are read as they lie in memory, 64 columns
/// a <c>vpdpbusd</c>. The sixteen lanes of each sum go to scratch; when all outputs are there, a tree of additions leaves an
/// output in each lane, and zero points and scales are applied. Sums are exact, so no order is kept.
/// </summary>
/// <remarks>
/// One output after the other, in the order of memory, which is what a few rows wait for: 64 columns of R rows cost R + 1 loads for R
/// products, two of each a cycle. Two outputs side by side would need fewer loads, but read memory a fifth slower.
/// </remarks>
/// <param name="Rows">Rows, 1 to 6.</param>
internal sealed record ChannelDots(int Rows)
{
    /// <summary>Most rows.</summary>
    public const int MostRows = 6;

    /// <summary>Columns of a step.</summary>
    public const int Step = 64;

    /// <summary>Bytes of scratch.</summary>
    public const int RoomBytes = MostRows * MatMulKernel.Panel * 64;

    // How far ahead of use weights are asked for.
    private const int Ahead = 8192;

    private static readonly ArgumentsOf<ChannelDotsArguments> Arguments = new();
    private static readonly RowAddresses Activations = new([rsi, r8], rax);
    private static readonly AssemblerRegister64 Weights = rcx;
    private static readonly AssemblerRegister64 Steps = r9;
    private static readonly AssemblerRegister64 Outputs = r10;
    private static readonly AssemblerRegister64 RowBytes = r11;
    private static readonly AssemblerRegister64 Room = rbx;
    private static readonly AssemblerRegister64 Row = rbp;
    private static readonly AssemblerRegister64 Y = r12;
    private static readonly AssemblerRegister64 Tokens = r13;
    private static readonly AssemblerRegister64 Place = r14;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"matmul int8 channel {Rows} rows", Assemble);

    // Chains of each sum, so that products need not wait for one another.
    private int Chains => Rows == 1 ? 4 : 2;

    private AssemblerRegisterZMM Sum(int row, int chain) => VectorRegisters.Zmm[row * Chains + chain];

    private static AssemblerRegisterZMM Weight => zmm24;

    private static AssemblerRegisterZMM Activation(int row) => VectorRegisters.Zmm[26 + row % 4];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        c.mov(Activations.Stride, Arguments[nameof(ChannelDotsArguments.ActivationStride)]);
        c.mov(Row, Arguments[nameof(ChannelDotsArguments.Weights)]);
        c.mov(RowBytes, Arguments[nameof(ChannelDotsArguments.RowBytes)]);
        c.mov(Outputs, Arguments[nameof(ChannelDotsArguments.Outputs)]);
        c.mov(Room, Arguments[nameof(ChannelDotsArguments.Room)]);
        c.kmovq(k1, Arguments[nameof(ChannelDotsArguments.Rest)]);
        c.kmovw(k2, Arguments[nameof(ChannelDotsArguments.Mask)]);
        var next = c.CreateLabel();
        c.Label(ref next);
        Output(function);
        c.dec(Outputs);
        c.jnz(next);
        Finish(c);
        return function.Finish();
    }

    // The sums of one output.
    private void Output(FunctionAssembler function)
    {
        var c = function.Code;
        c.mov(Weights, Row);
        c.add(Row, RowBytes);

        c.mov(Activations.First, Arguments[nameof(ChannelDotsArguments.Activations)]);
        if (Rows > 3)
        {
            Activations.ReachFourth(c, Activations.First);
        }

        foreach (var sum in Sums())
        {
            c.vpxord(sum, sum, sum);
        }

        var rest = c.CreateLabel();
        function.Unrolled(Steps, Arguments[nameof(ChannelDotsArguments.Steps)], Chains, steps => Columns(c, steps));
        c.kortestq(k1, k1);
        c.jz(rest);
        Products(c, 0, masked: true);
        c.Label(ref rest);
        Keep(c);
    }

    // A step for each chain, or one for the first.
    private void Columns(Assembler c, int steps)
    {
        for (var chain = 0; chain < steps; chain++)
        {
            c.prefetcht0(__byte_ptr[Weights + (Ahead + chain * Step)]);
            Products(c, chain, masked: false);
        }

        c.add(Weights, steps * Step);
        Activations.Advance(c, Rows, steps * Step);
    }

    private void Products(Assembler c, int chain, bool masked)
    {
        Load(c, Weight, __zmmword_ptr[Weights + chain * Step], masked);
        for (var row = 0; row < Rows; row++)
        {
            Load(c, Activation(row), Activations.At(__zmmword_ptr, row, chain * Step), masked);
            c.vpdpbusd(Sum(row, chain), Activation(row), Weight);
        }
    }

    private static void Load(Assembler c, AssemblerRegisterZMM target, AssemblerMemoryOperand source, bool masked)
    {
        if (masked)
        {
            c.vmovdqu8(target.k1.z, source);
        }
        else
        {
            c.vmovdqu32(target, source);
        }
    }

    // Chains added up, lanes kept for the tree.
    private void Keep(Assembler c)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var distance = Chains / 2; distance > 0; distance /= 2)
            {
                for (var chain = 0; chain < distance; chain++)
                {
                    c.vpaddd(Sum(row, chain), Sum(row, chain), Sum(row, chain + distance));
                }
            }

            c.vmovdqu32(__zmmword_ptr[Room + row * MatMulKernel.Panel * 64], Sum(row, 0));
        }

        c.add(Room, 64);
    }

    // Sixteen outputs of each row; lanes of outputs that do not exist hold whatever scratch held, and are not stored.
    private void Finish(Assembler c)
    {
        c.mov(Room, Arguments[nameof(ChannelDotsArguments.Room)]);
        c.mov(Y, Arguments[nameof(ChannelDotsArguments.Results)]);
        c.mov(Tokens, Arguments[nameof(ChannelDotsArguments.Tokens)]);
        c.mov(Place, Arguments[nameof(ChannelDotsArguments.Sums)]);
        c.vmovdqu32(zmm30, __zmmword_ptr[Place]);
        c.mov(Place, Arguments[nameof(ChannelDotsArguments.Scales)]);
        c.vmovups(zmm31, __zmmword_ptr[Place]);
        for (var row = 0; row < Rows; row++)
        {
            for (var output = 0; output < MatMulKernel.Panel; output++)
            {
                c.vmovdqu32(LaneTreeAssembly.Registers[output], __zmmword_ptr[Room + (row * MatMulKernel.Panel + output) * 64]);
            }

            LaneTreeAssembly.Emit(c, (target, a, b) => c.vpaddd(target, a, b));
            ChannelFinish.Emit(c, zmm0, zmm30, zmm31, Tokens, row, zmm28, zmm29);
            c.vmovups(__zmmword_ptr[Y].k2, zmm0);
            c.add(Y, Arguments[nameof(ChannelDotsArguments.ResultStride)]);
        }
    }

    private IEnumerable<AssemblerRegisterZMM> Sums() =>
        from row in Enumerable.Range(0, Rows)
        from chain in Enumerable.Range(0, Chains)
        select Sum(row, chain);
}
