using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Assembly;

/// <summary>Sixteen registers become one: lane i of zmm0 is what the sixteen lanes of register i come to.</summary>
internal static class LaneTreeAssembly
{
    /// <summary>The registers that are read, zmm0 to zmm15.</summary>
    public static readonly AssemblerRegisterZMM[] Registers = VectorRegisters.Zmm[..16];

    /// <summary>Emits the tree; changes zmm0 to zmm17.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="combine">Emits target = first op second, an operation whose order does not matter.</param>
    public static void Emit(Assembler c, Action<AssemblerRegisterZMM, AssemblerRegisterZMM, AssemblerRegisterZMM> combine)
    {
        // Within quarters: four registers become one with a lane for each of them in every quarter.
        for (var i = 0; i < 16; i += 4)
        {
            Pair(i, i + 1, c.vpunpckldq, c.vpunpckhdq);
            Pair(i + 2, i + 3, c.vpunpckldq, c.vpunpckhdq);
            Pair(i, i + 2, c.vpunpcklqdq, c.vpunpckhqdq);
        }

        // Across quarters.
        const byte even = 0b10_00_10_00;
        const byte odd = 0b11_01_11_01;
        Pair(0, 4, (t, a, b) => c.vshufi32x4(t, a, b, even), (t, a, b) => c.vshufi32x4(t, a, b, odd));
        Pair(8, 12, (t, a, b) => c.vshufi32x4(t, a, b, even), (t, a, b) => c.vshufi32x4(t, a, b, odd));
        Pair(0, 8, (t, a, b) => c.vshufi32x4(t, a, b, even), (t, a, b) => c.vshufi32x4(t, a, b, odd));

        void Pair(int first, int second, Shuffle low, Shuffle high)
        {
            low(zmm16, Registers[first], Registers[second]);
            high(zmm17, Registers[first], Registers[second]);
            combine(Registers[first], zmm16, zmm17);
        }
    }

    private delegate void Shuffle(AssemblerRegisterZMM target, AssemblerRegisterZMM a, AssemblerRegisterZMM b);
}
