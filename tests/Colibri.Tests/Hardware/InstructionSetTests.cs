using System.Runtime.Intrinsics.X86;
using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class InstructionSetTests
{
    /// <summary>The answers of a processor with AVX-512, VNNI, bf16 and AMX, whose system keeps all of its registers.</summary>
    private static readonly Dictionary<(uint, uint), CpuidRegisters> Everything = new()
    {
        [(0, 0)] = new(0x1F, 0, 0, 0),
        [(1, 0)] = new(0, 0, 1u << 12 | 1u << 20 | 1u << 27 | 1u << 28 | 1u << 29, 0),
        [(7, 0)] = new(1, 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31, 1u << 1 | 1u << 6 | 1u << 11, 1u << 22 | 1u << 24 | 1u << 25),
        [(7, 1)] = new(1u << 4 | 1u << 5, 0, 0, 0),
        [(0xD, 0)] = new(1u << 2 | 7u << 5 | 3u << 17, 11008, 11008, 0),
        [(0xD, 2)] = new(256, 576, 0, 0),
        [(0xD, 5)] = new(64, 1088, 0, 0),
        [(0xD, 6)] = new(512, 1152, 0, 0),
        [(0xD, 7)] = new(1024, 1664, 0, 0),
        [(0xD, 17)] = new(64, 2752, 0, 0),
        [(0xD, 18)] = new(8192, 2816, 0, 0),
    };

    [Fact]
    public void X86_EverythingThere_IsPresent()
    {
        var sets = Sets(Everything);
        foreach (var name in new[] { "sse4_2", "avx", "fma", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16" })
        {
            Assert.True(sets[name].Present, name);
        }

        Assert.False(sets["avx512_fp16"].Present);
        Assert.False(sets["avx10_1"].Present);
    }

    [Fact]
    public void X86_SystemKeepsOnly256Bits_WiderSetsAreAbsent()
    {
        var answers = new Dictionary<(uint, uint), CpuidRegisters>(Everything) { [(0xD, 0)] = new(1u << 2 | 7u << 5 | 3u << 17, 832, 11008, 0) };
        var sets = Sets(answers);
        Assert.True(sets["avx2"].Present);
        Assert.True(sets["avx_vnni"].Present);
        Assert.False(sets["avx512f"].Present);
        Assert.False(sets["avx512_vnni"].Present);
        Assert.False(sets["amx_int8"].Present);
    }

    [Fact]
    public void X86_ProcessorWithoutLeaf7_HasNoneOfItsSets()
    {
        var answers = new Dictionary<(uint, uint), CpuidRegisters>(Everything) { [(0, 0)] = new(1, 0, 0, 0) };
        var sets = Sets(answers);
        Assert.True(sets["sse4_2"].Present);
        Assert.False(sets["avx2"].Present);
        Assert.False(sets["avx"].Present); // leaf 0xD is missing: nothing says that the registers are kept
    }

    [Fact]
    public void X86_SetsWithoutMethodsInDotNet_AreMarkedSo()
    {
        var sets = Sets(Everything);
        Assert.Equal(DotNetSupport.NoMethods, sets["avx512_vnni"].DotNet);
        Assert.Equal(DotNetSupport.NoMethods, sets["avx512_bf16"].DotNet);
        Assert.Equal(DotNetSupport.NoMethods, sets["amx_int8"].DotNet);
        Assert.Equal(Avx2.IsSupported ? DotNetSupport.On : DotNetSupport.Off, sets["avx2"].DotNet);
    }

    [SkippableFact]
    public void Detect_ThisProcessor_HasWhateverDotNetUses()
    {
        Skip.If(Cpuid.Real is null, "No CPUID here.");
        var used = InstructionSet.Detect(SystemFiles.Real, Cpuid.Real).Where(s => s.DotNet == DotNetSupport.On).ToList();
        Assert.All(used, s => Assert.True(s.Present, $".NET uses {s.Name}, which CPUID does not show"));
    }

    [Fact]
    public void Brand_RegistersSpellAName_SpacesAreTrimmed()
    {
        var text = "  Some   CPU 1.0 GHz".PadRight(48, '\0');
        var answers = new Dictionary<(uint, uint), CpuidRegisters> { [(0x8000_0000, 0)] = new(0x8000_0004, 0, 0, 0) };
        for (var leaf = 0; leaf < 3; leaf++)
        {
            var part = System.Text.Encoding.ASCII.GetBytes(text.Substring(16 * leaf, 16));
            uint At(int i) => BitConverter.ToUInt32(part, 4 * i);
            answers[(0x8000_0002 + (uint)leaf, 0)] = new(At(0), At(1), At(2), At(3));
        }

        Assert.Equal("Some CPU 1.0 GHz", new Cpuid((l, s) => answers.GetValueOrDefault((l, s))).Brand);
        Assert.Null(new Cpuid((_, _) => default).Brand);
    }

    private static Dictionary<string, InstructionSet> Sets(Dictionary<(uint, uint), CpuidRegisters> answers) =>
        InstructionSet.X86(new Cpuid((leaf, subleaf) => answers.GetValueOrDefault((leaf, subleaf)))).ToDictionary(s => s.Name);
}
