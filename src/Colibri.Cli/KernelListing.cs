using System.Globalization;
using System.Text.Json;
using Colibri.Kernels;
using Colibri.Kernels.Assembly;

namespace Colibri.Cli;

/// <summary>Shows the machine code of assembled kernels, as text and as JSON.</summary>
internal static class KernelListing
{
    /// <summary>The functions that an operation's chosen kernel runs; none where it is not assembled.</summary>
    public static IReadOnlyList<AssembledFunction> Functions(IKernelList list, KernelSelection selection) =>
        list.Make(selection) is IAssembled assembled ? [.. assembled.Functions.DistinctBy(f => f.Name)] : [];

    /// <summary>A heading, then offset, bytes and instruction a line.</summary>
    public static void Print(TextWriter output, AssembledFunction function)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{function.Name} ({function.Length} bytes)"));
        foreach (var line in function.Listing())
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Offset:x5}  {line.Bytes,-22}  {line.Text}"));
        }

        output.WriteLine();
    }

    /// <summary>The member <c>functions</c>.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<AssembledFunction> functions) =>
        json.WriteList("functions", functions, function => json.WriteItem(() =>
        {
            json.WriteString("name", function.Name);
            json.WriteNumber("bytes", function.Length);
            json.WriteList("instructions", function.Listing(), line => json.WriteItem(() =>
            {
                json.WriteNumber("offset", line.Offset);
                json.WriteString("bytes", line.Bytes);
                json.WriteString("text", line.Text);
            }));
        }));
}
