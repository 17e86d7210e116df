using System.Collections.Concurrent;
using System.Globalization;

namespace Colibri.Kernels.Assembly;

/// <summary>
/// Names for assembled code in the profiler <c>perf</c>, which reads /tmp/perf-PID.map (Linux,
/// tools/perf/Documentation/jit-interface.txt). Written where .NET is asked for the same file (DOTNET_PerfMapEnabled), and
/// at the end of the process: .NET writes at a place of its own in that file and would write over lines added before.
/// </summary>
internal static class PerfMap
{
    private static readonly ConcurrentQueue<string> Lines = new();

    private static readonly bool IsWanted = OperatingSystem.IsLinux()
        && Environment.GetEnvironmentVariable("DOTNET_PerfMapEnabled") is { Length: > 0 } value && value != "0";

    static PerfMap()
    {
        if (IsWanted)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => File.AppendAllLines($"/tmp/perf-{Environment.ProcessId}.map", Lines);
        }
    }

    /// <summary>Tells a function's place and name.</summary>
    public static void Add(nint address, int length, string name)
    {
        if (IsWanted)
        {
            Lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{address:x} {length:x} colibri {name}"));
        }
    }
}
