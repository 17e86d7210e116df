using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Hardware;

/// <summary>How .NET stands to an instruction set.</summary>
internal enum DotNetSupport
{
    /// <summary>.NET has no methods for it: only code assembled at run time reaches it.</summary>
    NoMethods,

    /// <summary>.NET has methods for it and reports them unsupported in this process.</summary>
    Off,

    /// <summary>.NET has methods for it and they work in this process.</summary>
    On,
}

/// <summary>One instruction set: whether the processor (and the operating system) offer it, and whether .NET exposes it.</summary>
/// <param name="Name">The name Linux lists it under.</param>
/// <param name="Present">Whether processor and operating system offer it.</param>
/// <param name="DotNet">Whether C# reaches it here.</param>
internal sealed record InstructionSet(string Name, bool Present, DotNetSupport DotNet)
{
    /// <summary>The sets that matter for kernels, in the order they came, for the processor here.</summary>
    /// <param name="files">Where Linux lists an Arm processor's features.</param>
    /// <param name="cpuid">An x86 processor's answers, or null.</param>
    public static IReadOnlyList<InstructionSet> Detect(SystemFiles files, Cpuid? cpuid) =>
        cpuid is not null ? X86(cpuid) : ArmBase.IsSupported || AdvSimd.IsSupported ? Arm(files) : [];

    internal static IReadOnlyList<InstructionSet> X86(Cpuid cpuid)
    {
        var one = cpuid.Leaf1;
        var seven = cpuid.Leaf7;
        var sevenOne = cpuid.Leaf7Sub1;
        var v256 = cpuid.SavesVectors256;
        var v512 = cpuid.SavesVectors512;
        var tiles = cpuid.SavesTiles;
        return
        [
            new("sse4_2", one.Ecx.Bit(20), State(Sse42.IsSupported)),
            new("avx", one.Ecx.Bit(28) && v256, State(Avx.IsSupported)),
            new("f16c", one.Ecx.Bit(29) && v256, DotNetSupport.NoMethods),
            new("fma", one.Ecx.Bit(12) && v256, State(Fma.IsSupported)),
            new("avx2", seven.Ebx.Bit(5) && v256, State(Avx2.IsSupported)),
            new("avx_vnni", sevenOne.Eax.Bit(4) && v256, State(AvxVnni.IsSupported)),
            new("avx_vnni_int8", sevenOne.Edx.Bit(4) && v256, State(AvxVnniInt8.IsSupported)),
            new("avx512f", seven.Ebx.Bit(16) && v512, State(Avx512F.IsSupported)),
            new("avx512bw", seven.Ebx.Bit(30) && v512, State(Avx512BW.IsSupported)),
            new("avx512dq", seven.Ebx.Bit(17) && v512, State(Avx512DQ.IsSupported)),
            new("avx512vl", seven.Ebx.Bit(31) && v512, State(Avx512F.VL.IsSupported)),
            new("avx512vbmi", seven.Ecx.Bit(1) && v512, State(Avx512Vbmi.IsSupported)),
            new("avx512_vbmi2", seven.Ecx.Bit(6) && v512, State(Avx512Vbmi2.IsSupported)),
            new("avx512_vnni", seven.Ecx.Bit(11) && v512, DotNetSupport.NoMethods),
            new("avx512_bf16", sevenOne.Eax.Bit(5) && v512, DotNetSupport.NoMethods),
            new("avx512_fp16", seven.Edx.Bit(23) && v512, DotNetSupport.NoMethods),
            new("avx10_1", sevenOne.Edx.Bit(19) && v256, State(Avx10v1.IsSupported)),
            new("amx_tile", seven.Edx.Bit(24) && tiles, DotNetSupport.NoMethods),
            new("amx_int8", seven.Edx.Bit(25) && tiles, DotNetSupport.NoMethods),
            new("amx_bf16", seven.Edx.Bit(22) && tiles, DotNetSupport.NoMethods),
        ];
    }

    internal static IReadOnlyList<InstructionSet> Arm(SystemFiles files)
    {
        // Linux lists features under its own names; elsewhere what .NET reports is all that is known.
        var features = files.Field("/proc/cpuinfo", "Features")?.Split(' ') ?? [];
        return
        [
            new("neon", AdvSimd.IsSupported || features.Contains("asimd"), State(AdvSimd.IsSupported)),
            new("dotprod", Dp.IsSupported || features.Contains("asimddp"), State(Dp.IsSupported)),
            new("i8mm", features.Contains("i8mm"), DotNetSupport.NoMethods),
            new("bf16", features.Contains("bf16"), DotNetSupport.NoMethods),
            new("fp16", features.Contains("asimdhp"), DotNetSupport.NoMethods),
#pragma warning disable SYSLIB5003 // Sve is for evaluation: only asked whether it is there.
            new("sve", Sve.IsSupported || features.Contains("sve"), State(Sve.IsSupported)),
            new("sve2", Sve2.IsSupported || features.Contains("sve2"), State(Sve2.IsSupported)),
#pragma warning restore SYSLIB5003
        ];
    }

    private static DotNetSupport State(bool supported) => supported ? DotNetSupport.On : DotNetSupport.Off;
}
