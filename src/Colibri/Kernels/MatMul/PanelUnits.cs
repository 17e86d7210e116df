using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Emits the unpacking of panels, a block of sixteen rows at a time, for a loop that does something else besides: a
/// <see cref="PanelRecipe"/> with the loads, and the scales, of sixteen rows around it. It uses masks k3 and k5 to k7, vector registers 19
/// to 31, and the general ones named here, which it gives back.
/// </summary>
/// <param name="Name">The format's name.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <param name="Recipe">What the format adds.</param>
internal sealed record PanelUnits(string Name, int BlockBytes, PanelRecipe Recipe)
{
    /// <summary>Blocks of a stretch of columns.</summary>
    public const int Blocks = IntegerTile.Depth / PanelRecipe.Values;

    private const int ColumnBytes = PanelRecipe.Values * MatMulKernel.Panel;
    private const int ScaleBytes = MatMulKernel.Panel * sizeof(float);

    // Sixteen scales and sixteen minimums lie on the stack while they are gathered.
    private const int HalvesBytes = MatMulKernel.Panel * sizeof(ushort);
    private const int StackBytes = 2 * HalvesBytes;

    private static readonly ArgumentsOf<NextPanels> Arguments = new ArgumentsOf<IntegerTileArguments>().Part<NextPanels>(nameof(IntegerTileArguments.Next));

    private static readonly AssemblerRegister64[] Registers = [rbx, rbp, r11, r12, r13, r14];
    private static readonly AssemblerRegister64 Rows = rbx;
    private static readonly AssemblerRegister64 Stride = rbp;
    private static readonly AssemblerRegister64 Stride3 = r14;
    private static readonly AssemblerRegister64 Target = r11;
    private static readonly AssemblerRegister64 Place = r13;

    /// <summary>The units of a format, or null where it has none.</summary>
    public static unsafe PanelUnits? Of<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> =>
        AssemblySupport.Vnni && TBlock.PanelRecipe is { } recipe ? new(TBlock.Name, sizeof(TBlock), recipe) : null;

    /// <summary>Emits what masks hold all the time; changes eax.</summary>
    public static void Masks(Assembler c)
    {
        foreach (var (mask, lanes) in new[] { (k5, 0x00f0), (k6, 0x0f00), (k7, 0xf000) })
        {
            c.mov(eax, lanes);
            c.kmovw(mask, eax);
        }
    }

    /// <summary>Emits what comes before the loop.</summary>
    public static void Begin(Assembler c)
    {
        foreach (var register in Registers)
        {
            c.push(register);
        }

        c.sub(rsp, StackBytes);
        c.mov(Rows, Arguments[nameof(NextPanels.Rows)]);
        c.mov(Stride, Arguments[nameof(NextPanels.RowBytes)]);
        c.mov(Target, Arguments[nameof(NextPanels.Target)]);
        c.lea(Stride3, __[Stride + Stride * 2]);
    }

    /// <summary>Emits what comes behind the loop: the next one goes on, with the next sixteen rows where these are done.</summary>
    public void End(Assembler c)
    {
        var goesOn = c.CreateLabel();
        c.cmp(Target, Arguments[nameof(NextPanels.LastTarget)]);
        c.jne(goesOn);
        c.lea(Rows, __[Rows + Stride * 8]);
        c.lea(Rows, __[Rows + Stride * 8 - Blocks * BlockBytes]);
        c.add(Target, IntegerTile.PanelBytes - Blocks * ColumnBytes);
        c.add(Arguments[nameof(NextPanels.ScaleTarget)], IntegerTile.PanelBytes - Blocks * ScaleBytes);
        c.add(Arguments[nameof(NextPanels.LastTarget)], IntegerTile.PanelBytes);
        c.Label(ref goesOn);
        c.mov(Arguments[nameof(NextPanels.Rows)], Rows);
        c.mov(Arguments[nameof(NextPanels.Target)], Target);
        c.add(rsp, StackBytes);
        foreach (var register in Registers.Reverse())
        {
            c.pop(register);
        }
    }

    /// <summary>Emits a block of sixteen rows.</summary>
    public void Unit(Assembler c)
    {
        var free = new Stack<AssemblerRegisterZMM>(VectorRegisters.Zmm[19..].Reverse());
        var pieces = new AssemblerRegisterZMM[Recipe.Pieces.Count][];
        for (var piece = 0; piece < pieces.Length; piece++)
        {
            AssemblerRegisterZMM[] rows = [free.Pop(), free.Pop(), free.Pop(), free.Pop()];
            Load(c, rows, piece);
            pieces[piece] = TurnAssembly.Quarters(c, rows, free);
        }

        var columns = new PanelColumns(c, pieces, [.. free], Arguments.Place(nameof(NextPanels.Numbers)), new MemoryPlace(Target, 0));
        Recipe.Begin(columns);
        for (var four = 0; four < 4; four++)
        {
            Recipe.Columns(columns, four);
        }

        Scales(c, columns.Free[0]);
        c.add(Rows, BlockBytes);
        c.add(Target, ColumnBytes);
    }

    /// <summary>Emits requests for the memory of a stretch of a row.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="row">Holds the address of its first block.</param>
    public void Ask(Assembler c, AssemblerRegister64 row)
    {
        var bytes = Blocks * BlockBytes;
        for (var at = 0; at < bytes + 63; at += 64)
        {
            c.prefetcht0(__byte_ptr[row + Math.Min(at, bytes - 1)]);
        }
    }

    // Sixteen bytes of sixteen rows: rows 0, 4, 8 and 12 are the quarters of the first register. A masked load takes no port that turning needs.
    private void Load(Assembler c, AssemblerRegisterZMM[] registers, int piece)
    {
        c.mov(Place, Rows);
        for (var quarter = 0; quarter < 4; quarter++)
        {
            for (var row = 0; row < 4; row++)
            {
                var register = registers[row];
                c.vbroadcasti32x4(quarter switch { 0 => register, 1 => register.k5, 2 => register.k6, _ => register.k7 }, At(__xmmword_ptr, row, Recipe.Pieces[piece]));
                for (var half = 0; half < Recipe.Halves.Count && piece == 0; half++)
                {
                    c.movzx(r12d, At(__word_ptr, row, Recipe.Halves[half]));
                    c.mov(__word_ptr[rsp + (half * HalvesBytes + (4 * quarter + row) * sizeof(ushort))], r12w);
                }
            }

            if (quarter < 3)
            {
                c.lea(Place, __[Place + Stride * 4]);
            }
        }
    }

    private static AssemblerMemoryOperand At(AssemblerMemoryOperandFactory type, int row, int offset) => row switch
    {
        0 => type[Place + offset],
        1 => type[Place + Stride + offset],
        2 => type[Place + Stride * 2 + offset],
        _ => type[Place + Stride3 + offset],
    };

    private void Scales(Assembler c, AssemblerRegisterZMM free)
    {
        c.mov(Place, Arguments[nameof(NextPanels.ScaleTarget)]);
        c.add(Arguments[nameof(NextPanels.ScaleTarget)], ScaleBytes);
        for (var half = 0; half < Recipe.Halves.Count; half++)
        {
            c.vcvtph2ps(free, __ymmword_ptr[rsp + half * HalvesBytes]);
            if (half == 1)
            {
                // What is added is the negative of what is subtracted.
                c.vpxord(free, free, Arguments.Place(nameof(NextPanels.Sign)).At(__dword_bcst));
            }

            c.vmovups(__zmmword_ptr[Place + half * (IntegerTile.MinimumsAt - IntegerTile.ScalesAt)], free);
        }
    }
}

/// <summary>What <see cref="PanelUnits"/> reads, and moves on.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NextPanels
{
    /// <summary>The next block of row 0.</summary>
    public byte* Rows;

    /// <summary>Bytes from one row to the next.</summary>
    public nint RowBytes;

    /// <summary>Receives the integers of that block.</summary>
    public byte* Target;

    /// <summary>Where integers behind the last block of these rows would go.</summary>
    public byte* LastTarget;

    /// <summary>Receives the scales of that block.</summary>
    public byte* ScaleTarget;

    /// <summary>A sign in a float's bits.</summary>
    public uint Sign;

    /// <summary><see cref="PanelRecipe.Numbers"/>.</summary>
    public fixed uint Numbers[MostNumbers];

    private const int MostNumbers = 8;

    /// <summary>Sets what is the same for all weights of a format.</summary>
    /// <param name="recipe">The format's recipe.</param>
    public NextPanels(PanelRecipe recipe)
    {
        Sign = 0x80000000;
        for (var i = 0; i < recipe.Numbers.Count; i++)
        {
            Numbers[i] = recipe.Numbers[i];
        }
    }
}
