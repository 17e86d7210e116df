using System.Diagnostics;

namespace Colibri.Hardware;

/// <summary>What this process holds in memory.</summary>
internal static class ProcessMemory
{
    /// <summary>
    /// The most bytes this process had in memory at any time, mapped files included: the high-water mark the operating
    /// system keeps (VmHWM on Linux, the peak working set elsewhere).
    /// </summary>
    public static long PeakBytes(SystemFiles? files = null)
    {
        var text = (files ?? SystemFiles.Real).Field("/proc/self/status", "VmHWM")?.Split(' ')[0];
        if (long.TryParse(text, out var kilobytes) && kilobytes is > 0 and < long.MaxValue / 1024)
        {
            return kilobytes * 1024;
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
