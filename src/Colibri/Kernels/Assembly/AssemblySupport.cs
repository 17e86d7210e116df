using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Colibri.Hardware;

namespace Colibri.Kernels.Assembly;

/// <summary>What assembled kernels may count on here, and the functions that were assembled so far.</summary>
internal static class AssemblySupport
{
    private static readonly ConcurrentDictionary<string, Lazy<AssembledFunction>> Functions = new();
    private static long s_ticks;

    /// <summary>
    /// AVX-512 (F, BW, DQ, VL) in processor, operating system and .NET, on x86-64, and memory to run code from. Where .NET was
    /// told to do without AVX-512 the assembled kernels do too.
    /// </summary>
    public static bool Avx512 { get; } = HasInstructions && ExecutableMemory.Shared is not null;

    /// <summary>Why nothing is assembled for AVX-512 here, or null where it is.</summary>
    public static string? WhyNot { get; } = Avx512 ? null
        : RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "code is assembled for x86-64 only"
        : !HasInstructions ? "the processor, the system or .NET lacks AVX-512 (F, BW, DQ, VL)"
        : ExecutableMemory.WhyNone;

    /// <summary>A sentence that says how much is not assembled here, and why; null where everything is that is worth it.</summary>
    public static string? Notice => WhyNot is null ? null : $"{(Vectors256 ? "Only what AVX2 is enough for is" : "Nothing is")} assembled here: {WhyNot}.";

    /// <summary>What <see cref="Avx512"/> asks for, as a person would say it.</summary>
    public const string Avx512Needs = "AVX-512 on x86-64, and memory that code may run from";

    /// <summary>AVX-512 with <c>vpdpbusd</c>.</summary>
    public static bool Vnni { get; } = Avx512 && Has(cpuid => cpuid.Leaf7.Ecx.Bit(11));

    /// <summary>AVX-512 with <c>vdpbf16ps</c>.</summary>
    public static bool BrainFloat { get; } = Avx512 && Has(cpuid => cpuid.Leaf7Sub1.Eax.Bit(5));

    /// <summary>What <see cref="Vectors256"/> asks for, as a person would say it.</summary>
    public const string Vectors256Need = "AVX2, FMA and F16C on x86-64, and memory that code may run from";

    /// <summary>AVX2 and FMA with <c>vcvtph2ps</c>, and memory to run code from.</summary>
    public static bool Vectors256 { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64
        && Avx2.IsSupported && Fma.IsSupported && Has(cpuid => cpuid.SavesVectors256 && cpuid.Leaf1.Ecx.Bit(29)) && ExecutableMemory.Shared is not null;

    /// <summary>Functions assembled so far in this process, by name.</summary>
    public static IEnumerable<AssembledFunction> Assembled =>
        Functions.Values.Where(f => f.IsValueCreated).Select(f => f.Value).OrderBy(f => f.Name, StringComparer.Ordinal);

    /// <summary>What assembling took so far, summed over threads.</summary>
    public static TimeSpan Time => new(Interlocked.Read(ref s_ticks));

    /// <summary>A function of this process: assembled when it is first asked for, and kept.</summary>
    /// <param name="name">Names the recipe and everything it depends on.</param>
    /// <param name="assemble">Gives the machine code.</param>
    public static AssembledFunction Function(string name, Func<byte[]> assemble) =>
        Functions.GetOrAdd(name, n => new(() => Timed(n, assemble))).Value;

    private static bool HasInstructions => RuntimeInformation.ProcessArchitecture == Architecture.X64
        && Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported
        && Has(cpuid => cpuid.SavesVectors512);

    private static AssembledFunction Timed(string name, Func<byte[]> assemble)
    {
        var start = Stopwatch.GetTimestamp();
        var function = AssembledFunction.Place(name, assemble(), ExecutableMemory.Shared!);
        Interlocked.Add(ref s_ticks, Stopwatch.GetElapsedTime(start).Ticks);
        return function;
    }

    private static bool Has(Func<Cpuid, bool> feature) => Cpuid.Real is { } cpuid && feature(cpuid);
}
