using System.Globalization;

namespace Colibri.Kernels.Assembly;

/// <summary>
/// Names for assembled code in the profiler <c>perf</c>, which reads /tmp/perf-PID.map (Linux,
/// tools/perf/Documentation/jit-interface.txt). Written where .NET is asked for the same file: DOTNET_PerfMapEnabled.
/// </summary>
internal static class PerfMap
{
    private static readonly Lock Writing = new();
    private static readonly string? File = Environment.GetEnvironmentVariable("DOTNET_PerfMapEnabled") is { Length: > 0 } value
        && value != "0" && OperatingSystem.IsLinux()
        ? $"/tmp/perf-{Environment.ProcessId}.map"
        : null;

    /// <summary>Tells a function's place and name.</summary>
    public static void Add(nint address, int length, string name)
    {
        if (File is null)
        {
            return;
        }

        lock (Writing)
        {
            System.IO.File.AppendAllText(File, string.Create(CultureInfo.InvariantCulture, $"{address:x} {length:x} colibri {name}\n"));
        }
    }
}
