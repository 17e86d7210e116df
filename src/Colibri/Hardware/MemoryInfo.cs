namespace Colibri.Hardware;

/// <summary>Main memory, in bytes.</summary>
/// <param name="Total">What the machine has, or the limit of the container where that is less.</param>
/// <param name="Available">What could be taken now without pushing others out (file cache counts as free); null where the system does not say.</param>
/// <param name="Limit">The container's limit, or null.</param>
internal sealed record MemoryInfo(long Total, long? Available, long? Limit)
{
    /// <summary>Asks the system.</summary>
    public static MemoryInfo Detect(SystemFiles files, ControlGroup group)
    {
        if (Kilobytes(files, "MemTotal") is { } total)
        {
            var available = Kilobytes(files, "MemAvailable") ?? Kilobytes(files, "MemFree");
            var limit = group.MemoryLimit < total ? group.MemoryLimit : null;
            var free = limit is null ? null : group.MemoryFree;
            return new MemoryInfo(limit ?? total, available < free || free is null ? available : free, limit);
        }

        if (OperatingSystem.IsWindows() && WindowsSystem.Memory() is { } windows)
        {
            return Limited(windows.Total, windows.Available);
        }

        if (OperatingSystem.IsMacOS() && MacSystem.Number("hw.memsize") is { } mac)
        {
            return Limited(mac, null);
        }

        return new MemoryInfo(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, null, null);
    }

    /// <summary>.NET knows the limits of Windows job objects.</summary>
    private static MemoryInfo Limited(long total, long? available)
    {
        var allowed = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return allowed > 0 && allowed < total
            ? new MemoryInfo(allowed, available is null ? null : Math.Min(available.Value, allowed), allowed)
            : new MemoryInfo(total, available, null);
    }

    private static long? Kilobytes(SystemFiles files, string key)
    {
        var text = files.Field("/proc/meminfo", key)?.Split(' ')[0];
        return long.TryParse(text, out var value) && value is >= 0 and < long.MaxValue / 1024 ? value * 1024 : null;
    }
}
