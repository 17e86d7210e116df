using System.Runtime.InteropServices;

namespace Colibri.Hardware;

/// <summary>What the machine is, as far as this process may see and use it.</summary>
internal sealed record MachineInfo
{
    private static readonly Lazy<int> LazyDefaultThreads = new(() => ThreadsWithin(ProcessorInfo.CountCores(SystemFiles.Real).Physical, ControlGroup.Detect(SystemFiles.Real).CpuQuota));

    /// <summary>Name, cores, caches, instruction sets.</summary>
    public required ProcessorInfo Processor { get; init; }

    /// <summary>Processors' worth of time this process may use (control groups), or null where there is no limit.</summary>
    public required double? CpuQuota { get; init; }

    /// <summary>Threads that computing uses unless told otherwise.</summary>
    public required int Threads { get; init; }

    /// <summary>Main memory.</summary>
    public required MemoryInfo Memory { get; init; }

    /// <summary>The operating system and its version.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The .NET runtime, for example <c>.NET 10.0.1</c>.</summary>
    public required string Runtime { get; init; }

    /// <summary>Bytes of a page of memory.</summary>
    public required int PageSize { get; init; }

    /// <summary>Batteries; none on most servers.</summary>
    public required IReadOnlyList<BatteryInfo> Batteries { get; init; }

    /// <summary>Temperature sensors that answer; none in most virtual machines.</summary>
    public required IReadOnlyList<TemperatureSensor> Temperatures { get; init; }

    /// <summary>Graphics processors, named only.</summary>
    public required IReadOnlyList<GraphicsDevice> Graphics { get; init; }

    /// <summary>Names of the energy counters that may be read.</summary>
    public required IReadOnlyList<string> EnergyCounters { get; init; }

    /// <summary>
    /// Threads that computing uses by default: the physical cores within the control group's quota, rounded down, at least
    /// 1. Asked once; it never changes while the process runs.
    /// </summary>
    public static int DefaultThreads => LazyDefaultThreads.Value;

    /// <summary>Bytes of memory this process could still take, or null where the system does not say. Asked anew each time.</summary>
    public static long? AvailableMemory => MemoryInfo.Detect(SystemFiles.Real, ControlGroup.Detect(SystemFiles.Real)).Available;

    /// <summary>Looks at the machine this process runs on. Takes a few milliseconds.</summary>
    public static MachineInfo Detect() => Detect(SystemFiles.Real, Cpuid.Real);

    internal static MachineInfo Detect(SystemFiles files, Cpuid? cpuid)
    {
        var processor = ProcessorInfo.Detect(files, cpuid);
        var group = ControlGroup.Detect(files);
        return new MachineInfo
        {
            Processor = processor,
            CpuQuota = group.CpuQuota,
            Threads = ThreadsWithin(processor.PhysicalCores, group.CpuQuota),
            Memory = MemoryInfo.Detect(files, group),
            OperatingSystem = SystemName(files),
            Runtime = RuntimeInformation.FrameworkDescription,
            PageSize = Environment.SystemPageSize,
            Batteries = BatteryInfo.Detect(files),
            Temperatures = TemperatureSensor.Detect(files),
            Graphics = GraphicsDevice.Detect(files),
            EnergyCounters = EnergyMeter.Start(files)?.Names ?? [],
        };
    }

    internal static int ThreadsWithin(int cores, double? quota) =>
        quota is null || quota >= cores ? Math.Max(cores, 1) : Math.Max((int)quota.Value, 1);

    private static string SystemName(SystemFiles files)
    {
        var distribution = files.Lines("/etc/os-release").Select(line => line.Split('=', 2))
            .FirstOrDefault(pair => pair is ["PRETTY_NAME", _])?[1].Trim('"');
        var kernel = files.Text("/proc/sys/kernel/osrelease");
        return kernel is null ? RuntimeInformation.OSDescription : $"{distribution ?? "Linux"} (Linux {kernel})";
    }
}
