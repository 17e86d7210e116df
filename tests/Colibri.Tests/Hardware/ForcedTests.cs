using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Kernels.Assembly;
using Xunit;

namespace Colibri.Tests.Hardware;

/// <summary>
/// A pass of the tests that switches instruction sets off proves nothing unless they are off: these look.
/// </summary>
public sealed class ForcedTests
{
    [SkippableFact]
    public void Avx512SwitchedOff_IsOff()
    {
        SkipUnlessOff("DOTNET_EnableAVX512");
        Assert.False(Avx512F.IsSupported);
        Assert.False(Vector512.IsHardwareAccelerated);
        Assert.False(AssemblySupport.Avx512);
        Assert.Contains("AVX-512", AssemblySupport.WhyNot, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Avx2SwitchedOff_IsOffWithAllThatBuildsOnIt()
    {
        SkipUnlessOff("DOTNET_EnableAVX2");
        Assert.False(Avx2.IsSupported);
        Assert.False(AvxVnni.IsSupported);
        Assert.False(Avx512F.IsSupported);
        Assert.False(Vector256.IsHardwareAccelerated);
    }

    [SkippableFact]
    public void IntrinsicsSwitchedOff_AreAllOff()
    {
        SkipUnlessOff("DOTNET_EnableHWIntrinsic");
        Assert.False(X86Base.IsSupported);
        Assert.False(Vector128.IsHardwareAccelerated);
        Assert.False(Vector256.IsHardwareAccelerated);
    }

    private static void SkipUnlessOff(string variable) =>
        Skip.IfNot(Environment.GetEnvironmentVariable(variable) == "0", $"{variable} is not 0 in this pass");
}
