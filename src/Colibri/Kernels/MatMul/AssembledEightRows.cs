using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product for one row of activations, or a few of large integers, assembled with AVX2 by the format's <see cref="EightRowsRecipe"/>:
/// eight rows of weights side by side, a row in each lane from the first product to the chain of fused multiply-adds. More rows, and rows
/// that make no full panel, are another kernel's (<see cref="AssembledManyRows{TBlock}"/>).
/// </summary>
internal sealed unsafe class AssembledEightRows<TBlock> : MatMulKernel, IAssembled where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    /// <summary>Rows of weights that are computed side by side.</summary>
    private const int Eight = 8;

    /// <summary>Most columns whose activations are made ready at a time, so that scratch has a size.</summary>
    private const int Most = 16384;

    // By how many parts chains stay behind sums: what they read has arrived then, and they do not fill the processor's queues with waiting.
    private const int Behind = 2;

    // How far ahead of use memory is asked for, beside seven rows: so far behind the first of eight rows the last of them lies. A model of Q4_K
    // and Q6_K decodes 50, 53, 55 and 52 tokens/s with 4, 8, 16 and 32 KiB, 48 with 16 KiB behind the first row (Zen 4).
    private const int Ahead = 16384;

    private static readonly EightRowsRecipe Recipe = TBlock.EightRows;
    private static readonly byte* Constants = Placed(Recipe.Constants);

    private static AssembledFunction? s_function;

    private readonly AssembledManyRows<TBlock> _many = new();

    public override ActivationKind Activations => ActivationKind.Int8;

    public IEnumerable<AssembledFunction> Functions => [Function, .. _many.Functions];

    public override int ScratchBytes => OwnBytes + _many.ScratchBytes;

    private static AssembledFunction Function => s_function ??= AssemblySupport.Function($"matmul int8 {TBlock.Name} eight rows", Assemble);

    private static int StepBytes => Recipe.Values / TBlock.ValuesPerBlock * sizeof(TBlock);

    private static int MostGroups => Most / TBlock.GroupSize;

    private static int SpreadBytes => Recipe.ReadsSpread ? 4 * Most : 0;

    /// <summary>Bytes of what is made of a row of activations.</summary>
    private static int RowBytes => SpreadBytes + 2 * MostGroups * sizeof(float);

    private static int OwnBytes => EightRowsRecipe.RoomBytes + MostRows * RowBytes;

    /// <summary>
    /// Up to so many rows of activations each passes by the weights alone: unpacking a panel takes longer than a second row of integers above 15,
    /// and a third of weights of eight bits. Beside AVX-VNNI that was not measured.
    /// </summary>
    private static int MostRows => AvxVnni.IsSupported || TBlock.LargestInteger <= 15 ? 1 : sizeof(TBlock) < TBlock.ValuesPerBlock ? 2 : 3;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        if (rows > MostRows)
        {
            _many.Run(weight, firstPanel, lastPanel, x, rows, destination, scratch, kept);
            return;
        }

        if (!kept)
        {
            // They come from the core that made them.
            Prefetch.Integers(x, rows, weight.Columns);
        }

        kept &= weight.Columns <= Most;
        var full = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
        for (var column = 0; column < weight.Columns; column += Most)
        {
            var depth = Math.Min(Most, weight.Columns - column);
            for (var r = 0; r < rows && !kept; r++)
            {
                new Room(scratch, r).Take(x.From(r), column, depth);
            }

            // Rows of activations pass one after the other by what is still near: a panel, or everything where there is only one.
            var together = rows == 1 ? full - firstPanel : 1;
            for (var panel = firstPanel; panel < full; panel += together)
            {
                for (var r = 0; r < rows; r++)
                {
                    Panels(weight, panel, panel + together, x.From(r), column, depth, destination.From(r).Y, scratch, new Room(scratch, r));
                }
            }
        }

        Finish(destination, firstPanel * Panel, (full - firstPanel) * Panel, rows);
        if (full < lastPanel)
        {
            _many.Run(weight, full, lastPanel, x, rows, destination, scratch + OwnBytes, kept: false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels(Weight weight, int firstPanel, int lastPanel, in Activations x, int column, int depth, float* y, byte* scratch, in Room room)
    {
        y += firstPanel * Panel;
        if (column == 0)
        {
            new Span<float>(y, (lastPanel - firstPanel) * Panel).Clear();
        }

        var first = weight.Address + firstPanel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock);
        var arguments = new Arguments
        {
            Rows = first,
            RowBytes = (nint)weight.RowBytes,
            Eights = (lastPanel - firstPanel) * (Panel / Eight),
            Steps = depth / Recipe.Values,
            Activations = Recipe.ReadsSpread ? room.Spread : x.Integers + column,
            Scales = x.Scales + column / QuantizeKernel.Block,
            Factors = room.Factors,
            Corrections = room.Corrections,
            Room = scratch,
            Constants = Constants,
            Y = y,
        };
        Function.Call(&arguments);
    }

    /// <summary>Where what is made of a row of activations lies in scratch.</summary>
    private readonly struct Room
    {
        public readonly sbyte* Spread;
        public readonly float* Factors;
        public readonly int* Corrections;

        public Room(byte* scratch, int row)
        {
            Spread = (sbyte*)scratch + EightRowsRecipe.RoomBytes + row * RowBytes;
            Factors = (float*)(Spread + SpreadBytes);
            Corrections = (int*)(Factors + MostGroups);
        }

        /// <summary>Takes some columns of a row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Take(in Activations x, int column, int depth)
        {
            GroupTerms<TBlock>.Of(
                x.Sums + column / QuantizeKernel.SumGroup, x.Scales + column / QuantizeKernel.Block, depth / TBlock.GroupSize, Corrections, Factors);
            if (Recipe.ReadsSpread)
            {
                SpreadOut(x.Integers + column, depth, Spread);
            }
        }
    }

    // Of each 32 values: four of both halves, four times each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadOut(sbyte* source, int count, sbyte* target)
    {
        for (var i = 0; i < count; i += 32, target += 128)
        {
            var values = Vector256.Load(source + i).AsInt32();
            Avx2.Shuffle(values, 0b00_00_00_00).AsSByte().Store(target);
            Avx2.Shuffle(values, 0b01_01_01_01).AsSByte().Store(target + 32);
            Avx2.Shuffle(values, 0b10_10_10_10).AsSByte().Store(target + 64);
            Avx2.Shuffle(values, 0b11_11_11_11).AsSByte().Store(target + 96);
        }
    }

    private static byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();

        // As recipes know them, and then the walk's own.
        var (near, far, rowBytes, threeRows, activations, room, constants) = (rsi, r8, rcx, rdx, rax, r11, rbp);
        var (steps, ahead, scales, factors, corrections, eights, y) = (r10, r9, rbx, r12, r13, r14, r15);
        c.mov(rowBytes, arguments[nameof(Arguments.RowBytes)]);
        c.lea(threeRows, __[rowBytes + rowBytes * 2]);
        c.mov(room, arguments[nameof(Arguments.Room)]);
        c.mov(constants, arguments[nameof(Arguments.Constants)]);
        c.mov(eights, arguments[nameof(Arguments.Eights)]);
        c.mov(y, arguments[nameof(Arguments.Y)]);
        c.vmovdqu(ymm15, __ymmword_ptr[constants]);
        function.Loop(eights, () =>
        {
            c.mov(near, arguments[nameof(Arguments.Rows)]);
            c.lea(far, __[near + rowBytes * 4]);
            c.lea(ahead, __[near + rowBytes * 8]);
            c.mov(arguments[nameof(Arguments.Rows)], ahead);
            c.sub(ahead, rowBytes);
            c.add(ahead, Ahead);
            c.mov(activations, arguments[nameof(Arguments.Activations)]);
            c.mov(scales, arguments[nameof(Arguments.Scales)]);
            c.mov(factors, arguments[nameof(Arguments.Factors)]);
            c.mov(corrections, arguments[nameof(Arguments.Corrections)]);
            c.vmovups(ymm14, __ymmword_ptr[y]);
            function.Unrolled(steps, arguments[nameof(Arguments.Steps)], Recipe.Together, count =>
            {
                FunctionAssembler.WeaveAhead(c, body => Steps(body, count, factors, corrections), ahead, (count * Eight * StepBytes + 63) / 64, near: false);
                c.add(near, count * StepBytes);
                c.add(far, count * StepBytes);
                c.add(activations, count * Recipe.Values * (Recipe.ReadsSpread ? 4 : 1));
                c.add(scales, count * Recipe.Values / QuantizeKernel.Block * sizeof(float));
                c.add(factors, count * Recipe.Values / TBlock.GroupSize * sizeof(float));
                c.add(corrections, count * Recipe.Values / TBlock.GroupSize * sizeof(int));
                c.add(ahead, count * Eight * StepBytes);
            });
            c.vmovups(__ymmword_ptr[y], ymm14);
            c.add(y, Eight * sizeof(float));
        });
        return function.Finish();
    }

    private static void Steps(Assembler c, int count, AssemblerRegister64 factors, AssemblerRegister64 corrections)
    {
        EightRowsStep[] steps = [.. Enumerable.Range(0, count).Select(i => new EightRowsStep(i * StepBytes, i * Recipe.Values, i * Recipe.Values / TBlock.GroupSize))];
        Recipe.Scales(c, steps);
        var waiting = new Queue<Action>();
        foreach (var step in steps)
        {
            var group = step.Group;
            for (var part = 0; part < Recipe.GroupsOfParts.Length; part++)
            {
                Recipe.Sums(c, step, part);
                var (first, groups) = (group, Recipe.GroupsOfParts[part]);
                waiting.Enqueue(() => Chain(c, first, groups, factors, corrections));
                group += groups;
                if (waiting.Count > Behind)
                {
                    waiting.Dequeue()();
                }
            }
        }

        while (waiting.Count > 0)
        {
            waiting.Dequeue()();
        }
    }

    // A group after the other: its exact sums without what the offset has added, times both scales, and its minimums.
    private static void Chain(Assembler c, int first, int groups, AssemblerRegister64 factors, AssemblerRegister64 corrections)
    {
        for (var group = first; group < first + groups; group++)
        {
            if (TBlock.Offset == 0 || Recipe.TakesOffset)
            {
                c.vcvtdq2ps(ymm11, EightRowsRecipe.Sum(group));
                c.vfmadd231ps(ymm14, ymm11, EightRowsRecipe.Scale(group));
            }
            else
            {
                // The negative of the sum is subtracted: what is in memory can only be the second operand.
                c.vpbroadcastd(ymm11, __dword_ptr[corrections + group * sizeof(int)]);
                c.vpsubd(ymm11, ymm11, EightRowsRecipe.Sum(group));
                c.vcvtdq2ps(ymm11, ymm11);
                c.vfnmadd231ps(ymm14, ymm11, EightRowsRecipe.Scale(group));
            }

            if (TBlock.HasMinimums)
            {
                c.vbroadcastss(ymm12, __dword_ptr[factors + group * sizeof(float)]);
                c.vfmadd231ps(ymm14, ymm12, EightRowsRecipe.Minimum(group));
            }
        }
    }

    // Where loads do not touch two lines; it stays there as long as the process runs, as the code that reads it does.
    private static byte* Placed(byte[] bytes)
    {
        var placed = (byte*)NativeMemory.AlignedAlloc((nuint)bytes.Length, 64);
        bytes.CopyTo(new Span<byte>(placed, bytes.Length));
        return placed;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Eights;
        public long Steps;
        public sbyte* Activations;
        public float* Scales;
        public float* Factors;
        public int* Corrections;
        public byte* Room;
        public byte* Constants;
        public float* Y;
    }
}
