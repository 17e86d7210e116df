using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Colibri.Kernels;
using Colibri.Kernels.Assembly;
using Xunit;

namespace Colibri.Tests.Kernels.Assembly;

/// <summary>What was assembled, as a decoder reads it that shares nothing with the assembler: objdump of the GNU binutils.</summary>
public sealed class EncodingTests
{
    /// <summary>Every function of every kernel that can be assembled here, and of the loops that measure ceilings.</summary>
    internal static IReadOnlyList<AssembledFunction> All()
    {
        var kernels = from list in KernelSet.Lists
                      from variant in list.Variants
                      where variant.IsSupported && variant.Name.StartsWith(KernelSelection.Assembled, StringComparison.Ordinal)
                      select (IAssembled)list.Make(new KernelSelection(variant.Name));
        return [.. kernels.SelectMany(kernel => kernel.Functions).Concat(AssemblySupport.Avx512 ? PeakLoops.Functions : []).DistinctBy(f => f.Name)];
    }

    [SkippableFact]
    public void Functions_OfEveryAssembledKernel_ReadTheSameInAnIndependentDecoder()
    {
        Skip.IfNot(AssemblySupport.Vnni || AssemblySupport.Vectors256, AssemblySupport.WhyNot ?? "this processor lacks VNNI");
        Skip.IfNot(HasObjdump(), "objdump is not installed");
        var functions = All();
        Assert.NotEmpty(functions);
        foreach (var function in functions)
        {
            var theirs = Disassemble(function.Code.ToArray());
            var ours = function.Listing().Select(line => (line.Offset, Mnemonic: Mnemonic(line.Text), line.Text)).ToList();
            for (var i = 0; i < Math.Min(ours.Count, theirs.Count); i++)
            {
                Assert.True(
                    ours[i].Offset == theirs[i].Offset && ours[i].Mnemonic == Mnemonic(theirs[i].Text),
                    $"{function.Name}: {ours[i].Offset:x} {ours[i].Text}, but objdump reads {theirs[i].Offset:x} {theirs[i].Text}");
            }

            Assert.Equal(ours.Count, theirs.Count);
        }
    }

    [SkippableFact]
    public void Functions_OfAModel_AreAssembledFast()
    {
        Skip.IfNot(AssemblySupport.Vnni || AssemblySupport.Vectors256, AssemblySupport.WhyNot ?? "this processor lacks VNNI");
        _ = All();
        Assert.True(AssemblySupport.Time < TimeSpan.FromSeconds(2), $"{AssemblySupport.Time.TotalMilliseconds} ms for all kernels of all formats");
        Assert.InRange(ExecutableMemory.Shared!.UsedBytes, 1, ExecutableMemory.DefaultBytes / 4);
    }

    private static bool HasObjdump()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("objdump", "--version") { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static List<(int Offset, string Text)> Disassemble(byte[] code)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, code);
            using var process = Process.Start(new ProcessStartInfo("objdump", ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", file]) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.DoesNotContain("(bad)", output, StringComparison.Ordinal);
            return
            [
                .. from Match line in Regex.Matches(output, @"^ *([0-9a-f]+):\t(.+)$", RegexOptions.Multiline)
                   select (int.Parse(line.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), line.Groups[2].Value),
            ];
        }
        finally
        {
            File.Delete(file);
        }
    }

    // objdump calls a move of 64 bits into a register movabs.
    private static string Mnemonic(string text) => text.Split(' ', '\t')[0] switch
    {
        "movabs" => "mov",
        var mnemonic => mnemonic,
    };
}
