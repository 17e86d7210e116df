using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Colibri.Hardware;

/// <summary>The four registers that the CPUID instruction answers with.</summary>
internal readonly record struct CpuidRegisters(uint Eax, uint Ebx, uint Ecx, uint Edx);

/// <summary>Asks the processor about a leaf and a sub-leaf; tests hand in tables.</summary>
internal delegate CpuidRegisters CpuidReader(uint leaf, uint subleaf);

/// <summary>
/// What an x86 processor says of itself through CPUID, for the instructions .NET has no <c>IsSupported</c> for. Bit
/// numbers are those of Intel's manual, volume 2A, CPUID.
/// </summary>
internal sealed class Cpuid
{
    private readonly CpuidReader _read;
    private readonly uint _leaves;

    /// <summary>Wraps a way of asking.</summary>
    public Cpuid(CpuidReader read)
    {
        _read = read;
        _leaves = read(0, 0).Eax;
    }

    /// <summary>The processor this process runs on, or null where it has no CPUID.</summary>
    public static Cpuid? Real { get; } = X86Base.IsSupported
        ? new Cpuid((leaf, subleaf) =>
        {
            var (eax, ebx, ecx, edx) = X86Base.CpuId((int)leaf, (int)subleaf);
            return new CpuidRegisters((uint)eax, (uint)ebx, (uint)ecx, (uint)edx);
        })
        : null;

    /// <summary>The processor's name as it spells it, for example <c>AMD EPYC 9575F</c>; null where it has none.</summary>
    public string? Brand
    {
        get
        {
            const uint First = 0x8000_0002;
            const uint Last = 0x8000_0004;
            if (_read(0x8000_0000, 0).Eax < Last)
            {
                return null;
            }

            var bytes = new List<byte>(48);
            for (var leaf = First; leaf <= Last; leaf++)
            {
                var r = _read(leaf, 0);
                foreach (var register in new[] { r.Eax, r.Ebx, r.Ecx, r.Edx })
                {
                    bytes.AddRange(BitConverter.GetBytes(register));
                }
            }

            var name = Encoding.ASCII.GetString([.. bytes.TakeWhile(b => b != 0)]);
            name = string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            return name.Length == 0 ? null : name;
        }
    }

    /// <summary>Whether the operating system keeps the 256-bit registers over a switch of threads.</summary>
    public bool SavesVectors256 => Leaf1.Ecx.Bit(27) && Saved(2);

    /// <summary>Whether the operating system keeps the 512-bit registers and masks over a switch of threads.</summary>
    public bool SavesVectors512 => Leaf1.Ecx.Bit(27) && Saved(5) && Saved(6) && Saved(7);

    /// <summary>Whether the operating system keeps matrix tiles over a switch of threads (a process may still have to ask for them).</summary>
    public bool SavesTiles => Leaf1.Ecx.Bit(27) && Saved(17) && Saved(18);

    /// <summary>Leaf 1: the features of the early years.</summary>
    public CpuidRegisters Leaf1 => Leaf(1, 0);

    /// <summary>Leaf 7, sub-leaf 0: AVX2, AVX-512, AMX.</summary>
    public CpuidRegisters Leaf7 => Leaf(7, 0);

    /// <summary>Leaf 7, sub-leaf 1: AVX-VNNI, bf16 and later ones.</summary>
    public CpuidRegisters Leaf7Sub1 => Leaf(7, 0).Eax >= 1 ? Leaf(7, 1) : default;

    private CpuidRegisters Leaf(uint leaf, uint subleaf) => leaf <= _leaves ? _read(leaf, subleaf) : default;

    /// <summary>
    /// Whether a register file has a place in the area the operating system enabled for saving: leaf 0xD tells each one's
    /// offset and size, and how long the enabled area is. (XGETBV would say it directly; .NET does not reach it.)
    /// </summary>
    private bool Saved(uint component)
    {
        var area = Leaf(0xD, 0);
        var place = Leaf(0xD, component);
        return (component >= 32 || area.Eax.Bit((int)component)) && place.Eax != 0 && place.Ebx + place.Eax <= area.Ebx;
    }
}

/// <summary>Reading bits of registers.</summary>
internal static class RegisterBits
{
    /// <summary>Whether bit <paramref name="bit"/> (0 to 31) is set.</summary>
    public static bool Bit(this uint register, int bit) => (register >> bit & 1) != 0;
}
