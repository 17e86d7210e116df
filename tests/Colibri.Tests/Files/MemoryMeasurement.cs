using Xunit;

namespace Colibri.Tests.Files;

/// <summary>Tests that measure this process's memory run alone.</summary>
[CollectionDefinition(nameof(MemoryMeasurement), DisableParallelization = true)]
public sealed class MemoryMeasurement
{
    /// <summary>Bytes of a file's pages in this process.</summary>
    public static long ResidentBytes(string path)
    {
        var bytes = 0L;
        var inside = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains('-', StringComparison.Ordinal) && !line.Contains("kB", StringComparison.Ordinal))
            {
                inside = line.EndsWith(path, StringComparison.Ordinal);
            }
            else if (inside && line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                bytes += Kilobytes(line);
            }
        }

        return bytes;
    }

    /// <summary>The process's high-water mark in bytes.</summary>
    public static long HighWaterMark() => Status("VmHWM:");

    /// <summary>The process's memory in bytes.</summary>
    public static long Resident() => Status("VmRSS:");

    /// <summary>Sets the high-water mark back to what is in memory now.</summary>
    public static void ResetHighWaterMark() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static long Status(string name) => Kilobytes(File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal)));

    private static long Kilobytes(string line) => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
}
