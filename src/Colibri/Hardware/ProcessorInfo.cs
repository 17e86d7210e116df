using System.Runtime.InteropServices;

namespace Colibri.Hardware;

/// <summary>One kind of cache.</summary>
/// <param name="Level">1 to 4.</param>
/// <param name="Kind"><c>data</c>, <c>instruction</c> or <c>unified</c>.</param>
/// <param name="Bytes">Size of one of them.</param>
/// <param name="Count">How many there are.</param>
internal sealed record CacheInfo(int Level, string Kind, long Bytes, int Count);

/// <summary>The processor this process may use.</summary>
/// <param name="Name">As the maker calls it.</param>
/// <param name="Architecture"><c>x64</c>, <c>arm64</c> ...</param>
/// <param name="PhysicalCores">Cores this process may run on.</param>
/// <param name="LogicalProcessors">Hardware threads this process may run on.</param>
/// <param name="Caches">By level; empty where the system does not tell.</param>
/// <param name="InstructionSets">Those that matter for kernels, present or not.</param>
internal sealed record ProcessorInfo(
    string Name,
    string Architecture,
    int PhysicalCores,
    int LogicalProcessors,
    IReadOnlyList<CacheInfo> Caches,
    IReadOnlyList<InstructionSet> InstructionSets)
{
    private const string Cpus = "/sys/devices/system/cpu";

    /// <summary>Asks the system.</summary>
    public static ProcessorInfo Detect(SystemFiles files, Cpuid? cpuid)
    {
        var (physical, logical) = CountCores(files);
        return new ProcessorInfo(
            FindName(files, cpuid),
            RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            physical,
            logical,
            FindCaches(files),
            InstructionSet.Detect(files, cpuid));
    }

    /// <summary>Cores and hardware threads this process may run on; both at least 1.</summary>
    public static (int Physical, int Logical) CountCores(SystemFiles files)
    {
        if (Allowed(files) is { Count: > 0 } cpus)
        {
            // Threads of one core list the same siblings.
            var siblings = cpus
                .Select(cpu => files.Text($"{Cpus}/cpu{cpu}/topology/core_cpus_list") ?? files.Text($"{Cpus}/cpu{cpu}/topology/thread_siblings_list"))
                .ToList();
            return (siblings.Contains(null) ? cpus.Count : siblings.Distinct().Count(), cpus.Count);
        }

        var logical = Environment.ProcessorCount;
        long? physical = OperatingSystem.IsWindows() ? WindowsSystem.Cores()
            : OperatingSystem.IsMacOS() ? MacSystem.Number("hw.physicalcpu")
            : null;
        return (physical is > 0 ? (int)Math.Min(physical.Value, logical) : logical, logical);
    }

    private static IReadOnlyCollection<int>? Allowed(SystemFiles files)
    {
        var online = SystemFiles.ParseCpuList(files.Text(Cpus + "/online"));
        var allowed = SystemFiles.ParseCpuList(files.Field("/proc/self/status", "Cpus_allowed_list"));
        return online is null ? allowed : allowed is null ? online : [.. online.Intersect(allowed)];
    }

    private static string FindName(SystemFiles files, Cpuid? cpuid)
    {
        const string CpuInfo = "/proc/cpuinfo";
        if (files.Field(CpuInfo, "model name") is { Length: > 0 } model)
        {
            return model;
        }

        if (cpuid?.Brand is { } brand)
        {
            return brand;
        }

        if (files.Field(CpuInfo, "CPU part") is { } part)
        {
            return ArmName(files.Field(CpuInfo, "CPU implementer"), part);
        }

        return (OperatingSystem.IsMacOS() ? MacSystem.Text("machdep.cpu.brand_string") : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER"))
            ?? "unknown " + RuntimeInformation.ProcessArchitecture;
    }

    /// <summary>Arm processors give numbers; these are the names of the ones met in servers and small boards.</summary>
    private static string ArmName(string? implementer, string part) => (implementer, part) switch
    {
        ("0x41", "0xd03") => "Arm Cortex-A53",
        ("0x41", "0xd08") => "Arm Cortex-A72",
        ("0x41", "0xd0b") => "Arm Cortex-A76",
        ("0x41", "0xd0c") => "Arm Neoverse N1",
        ("0x41", "0xd40") => "Arm Neoverse V1",
        ("0x41", "0xd49") => "Arm Neoverse N2",
        ("0x41", "0xd4f") => "Arm Neoverse V2",
        ("0xc0", "0xac3") => "Ampere-1",
        _ => $"Arm processor (implementer {implementer ?? "unknown"}, part {part})",
    };

    private static IReadOnlyList<CacheInfo> FindCaches(SystemFiles files)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsSystem.Caches();
        }

        if (OperatingSystem.IsMacOS())
        {
            return MacSystem.Caches();
        }

        // One entry per cache: processors that share one list the same sharers.
        var found = new HashSet<(int Level, string Kind, long Bytes, string Sharers)>();
        foreach (var cpu in files.Entries(Cpus, "cpu").Where(path => path.Length > Cpus.Length + 4 && char.IsAsciiDigit(path[^1])))
        {
            foreach (var index in files.Entries(cpu + "/cache", "index"))
            {
                if (files.Number(index + "/level") is { } level and > 0 and < 10 && SizeOf(files.Text(index + "/size")) is { } bytes)
                {
                    var kind = files.Text(index + "/type")?.ToLowerInvariant() ?? "unified";
                    found.Add(((int)level, kind, bytes, files.Text(index + "/shared_cpu_list") ?? cpu));
                }
            }
        }

        return [.. found
            .GroupBy(c => (c.Level, c.Kind, c.Bytes))
            .OrderBy(g => g.Key.Level).ThenBy(g => g.Key.Kind, StringComparer.Ordinal)
            .Select(g => new CacheInfo(g.Key.Level, g.Key.Kind, g.Key.Bytes, g.Count()))];
    }

    private static long? SizeOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var unit = text[^1] switch { 'K' => 1L << 10, 'M' => 1L << 20, 'G' => 1L << 30, _ => 1L };
        return long.TryParse(unit == 1 ? text : text[..^1], out var value) && value is > 0 and < 1L << 32 ? value * unit : null;
    }
}
