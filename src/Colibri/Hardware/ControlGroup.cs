namespace Colibri.Hardware;

/// <summary>
/// The limits a container or service manager put on this process, from control groups version 1 and 2. A limit of any
/// group above counts as well, so the smallest one holds.
/// </summary>
/// <param name="CpuQuota">Processors' worth of time per unit of time, for example 1.5; null where there is no limit.</param>
/// <param name="MemoryLimit">Bytes, or null where there is no limit.</param>
/// <param name="MemoryFree">Bytes left below the limit, counting file cache as free; null where there is no limit.</param>
/// <param name="Version">1 or 2 by where the limits were found, 0 where there are no groups.</param>
internal sealed record ControlGroup(double? CpuQuota, long? MemoryLimit, long? MemoryFree, int Version)
{
    /// <summary>A process without limits.</summary>
    public static ControlGroup None { get; } = new(null, null, null, 0);

    /// <summary>Reads the limits of this process.</summary>
    public static ControlGroup Detect(SystemFiles files)
    {
        double? quota = null;
        long? limit = null;
        long? free = null;
        var version = 0;
        foreach (var folder in Folders(files, "cpu", out var cpuVersion))
        {
            version = Math.Max(version, cpuVersion);
            quota = Smaller(quota, cpuVersion == 2 ? QuotaOf(files.Text(folder + "/cpu.max")) : QuotaOf(files, folder));
        }

        foreach (var folder in Folders(files, "memory", out var memoryVersion))
        {
            version = Math.Max(version, memoryVersion);
            var two = memoryVersion == 2;
            var here = files.Number(folder + (two ? "/memory.max" : "/memory.limit_in_bytes"));

            // Version 1 writes "no limit" as the largest multiple of a page below 2^63.
            if (here is null or <= 0 or >= long.MaxValue / 2)
            {
                continue;
            }

            limit = Math.Min(limit ?? long.MaxValue, here.Value);
            if (files.Number(folder + (two ? "/memory.current" : "/memory.usage_in_bytes")) is { } used)
            {
                var cache = CacheBytes(files, folder + "/memory.stat", two ? "" : "total_");
                free = Math.Min(free ?? long.MaxValue, Math.Clamp(here.Value - used + cache, 0, here.Value));
            }
        }

        return new ControlGroup(quota, limit, free, version);
    }

    /// <summary>The group's folder and the ones above it up to the mount, for a controller; none where it is not mounted.</summary>
    private static IEnumerable<string> Folders(SystemFiles files, string controller, out int version)
    {
        version = 0;
        var group = default(string);
        foreach (var line in files.Lines("/proc/self/cgroup"))
        {
            // hierarchy:controllers:path, where version 2 is hierarchy 0 without controllers.
            var parts = line.Split(':', 3);
            if (parts.Length == 3 && parts[1].Split(',').Contains(controller))
            {
                (group, version) = (parts[2], 1);
                break;
            }

            if (parts.Length == 3 && parts[0] == "0" && parts[1].Length == 0)
            {
                (group, version) = (parts[2], 2);
            }
        }

        var (mount, mountedGroup) = group is null ? default : Mount(files, controller, version);
        return mount is null ? [] : Upwards(files, mount, Below(group!, mountedGroup!));
    }

    private static (string? Folder, string? Group) Mount(SystemFiles files, string controller, int version)
    {
        foreach (var line in files.Lines("/proc/self/mountinfo"))
        {
            // id parent device root mount-point options [fields] - type source super-options
            var halves = line.Split(" - ", 2);
            var left = halves[0].Split(' ');
            var right = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (left.Length < 5 || right.Length < 3)
            {
                continue;
            }

            var matches = version == 2
                ? right[0] == "cgroup2"
                : right[0] == "cgroup" && right[2].Split(',').Contains(controller);
            if (matches)
            {
                return (left[4].TrimEnd('/'), left[3].TrimEnd('/'));
            }
        }

        return default;
    }

    /// <summary>The group's path seen from the mount, which may show only a part of the tree.</summary>
    private static string Below(string group, string mountedGroup) =>
        mountedGroup.Length > 0 && (group == mountedGroup || group.StartsWith(mountedGroup + "/", StringComparison.Ordinal))
            ? group[mountedGroup.Length..]
            : group;

    private static IEnumerable<string> Upwards(SystemFiles files, string mount, string group)
    {
        for (var path = group.TrimEnd('/'); path.Length > 0; path = path[..Math.Max(path.LastIndexOf('/'), 0)])
        {
            // Inside a container the path may be the host's and lead nowhere; the mount itself is then the group.
            if (!path.Contains("..", StringComparison.Ordinal) && files.HasFolder(mount + path))
            {
                yield return mount + path;
            }
        }

        yield return mount;
    }

    private static double? QuotaOf(string? max)
    {
        var parts = max?.Split(' ') ?? [];
        return parts.Length == 2 && long.TryParse(parts[0], out var quota) && long.TryParse(parts[1], out var period) && quota > 0 && period > 0
            ? (double)quota / period
            : null;
    }

    private static double? QuotaOf(SystemFiles files, string folder) =>
        files.Number(folder + "/cpu.cfs_quota_us") is { } quota and > 0 && files.Number(folder + "/cpu.cfs_period_us") is { } period and > 0
            ? (double)quota / period
            : null;

    private static long CacheBytes(SystemFiles files, string stat, string prefix)
    {
        var sum = 0L;
        foreach (var line in files.Lines(stat))
        {
            var parts = line.Split(' ');
            if (parts.Length == 2 && (parts[0] == prefix + "active_file" || parts[0] == prefix + "inactive_file") && long.TryParse(parts[1], out var bytes))
            {
                sum += bytes;
            }
        }

        return sum;
    }

    private static double? Smaller(double? a, double? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);
}
