using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Colibri.Hardware;

/// <summary>The questions only Windows' own functions answer.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class WindowsSystem
{
    private const int RelationProcessorCore = 0;
    private const int RelationCache = 2;

    /// <summary>Memory in bytes, or null where the call fails.</summary>
    public static (long Total, long Available)? Memory()
    {
        var status = new MemoryStatus { Length = (uint)sizeof(MemoryStatus) };
        return GlobalMemoryStatusEx(&status) ? ((long)status.TotalPhysical, (long)status.AvailablePhysical) : null;
    }

    /// <summary>Physical cores of this process's processor group, or null.</summary>
    public static long? Cores() => Processors().Count(p => p.Relationship == RelationProcessorCore) is var cores and > 0 ? cores : null;

    /// <summary>The caches, by level.</summary>
    public static IReadOnlyList<CacheInfo> Caches() =>
        [.. Processors()
            .Where(p => p.Relationship == RelationCache)
            .GroupBy(p => (p.CacheLevel, p.CacheType, p.CacheBytes))
            .OrderBy(g => g.Key.CacheLevel).ThenBy(g => g.Key.CacheType)
            .Select(g => new CacheInfo(g.Key.CacheLevel, g.Key.CacheType switch { 1 => "instruction", 2 => "data", _ => "unified" }, g.Key.CacheBytes, g.Count()))];

    /// <summary>The battery: whether one is there, its charge in percent and whether power comes from it; null where the call fails.</summary>
    public static (bool Present, int? Percent, bool OnBattery)? Power()
    {
        PowerStatus status;
        return GetSystemPowerStatus(&status)
            ? ((status.BatteryFlag & 128) == 0 && status.BatteryFlag != 255, status.BatteryPercent <= 100 ? status.BatteryPercent : null, status.LineStatus == 0)
            : null;
    }

    private static ProcessorRelation[] Processors()
    {
        uint bytes = 0;
        GetLogicalProcessorInformation(null, &bytes);
        var relations = new ProcessorRelation[bytes / sizeof(ProcessorRelation)];
        fixed (ProcessorRelation* first = relations)
        {
            return relations.Length > 0 && GetLogicalProcessorInformation(first, &bytes) ? relations : [];
        }
    }

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GlobalMemoryStatusEx(MemoryStatus* status);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetLogicalProcessorInformation(ProcessorRelation* buffer, uint* bytes);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetSystemPowerStatus(PowerStatus* status);

    /// <summary>MEMORYSTATUSEX.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryStatus
    {
        public uint Length;
        public uint Load;
        public ulong TotalPhysical;
        public ulong AvailablePhysical;
        public ulong TotalPageFile;
        public ulong AvailablePageFile;
        public ulong TotalVirtual;
        public ulong AvailableVirtual;
        public ulong AvailableExtendedVirtual;
    }

    /// <summary>SYSTEM_LOGICAL_PROCESSOR_INFORMATION: a mask, a relation, and a union of 16 bytes (here its cache half).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct ProcessorRelation
    {
        [FieldOffset(8)]
        public int Relationship;

        [FieldOffset(16)]
        public byte CacheLevel;

        [FieldOffset(20)]
        public uint CacheBytes;

        [FieldOffset(24)]
        public int CacheType;
    }

    /// <summary>SYSTEM_POWER_STATUS.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PowerStatus
    {
        public byte LineStatus;
        public byte BatteryFlag;
        public byte BatteryPercent;
        public byte SystemFlag;
        public uint LifeSeconds;
        public uint FullLifeSeconds;
    }
}
