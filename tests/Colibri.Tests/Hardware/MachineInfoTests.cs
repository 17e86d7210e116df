using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class MachineInfoTests
{
    [Theory]
    [InlineData(8, null, 8)]
    [InlineData(8, 8.0, 8)]
    [InlineData(8, 3.9, 3)]
    [InlineData(8, 0.5, 1)]
    [InlineData(2, 100.0, 2)]
    [InlineData(0, null, 1)]
    public void ThreadsWithin_QuotaAndCores_GivesTheSmallerRoundedDown(int cores, double? quota, int expected) =>
        Assert.Equal(expected, MachineInfo.ThreadsWithin(cores, quota));

    [Fact]
    public void Detect_ContainerOnABigMachine_StaysWithinItsLimits()
    {
        using var system = new FakeSystem(
            ("/sys/devices/system/cpu/online", "0-63\n"),
            ("/proc/self/cgroup", "0::/\n"),
            ("/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
            ("/sys/fs/cgroup/cpu.max", "250000 100000\n"),
            ("/sys/fs/cgroup/memory.max", "4294967296\n"),
            ("/proc/meminfo", "MemTotal: 263921508 kB\nMemAvailable: 200000000 kB\n"),
            ("/etc/os-release", "NAME=x\nPRETTY_NAME=\"Imaginary Linux 1\"\n"),
            ("/proc/sys/kernel/osrelease", "6.1.0-test\n"));
        var machine = MachineInfo.Detect(system.Files, null);
        Assert.Equal(64, machine.Processor.PhysicalCores);
        Assert.Equal(2.5, machine.CpuQuota);
        Assert.Equal(2, machine.Threads);
        Assert.Equal(1L << 32, machine.Memory.Total);
        Assert.Equal("Imaginary Linux 1 (Linux 6.1.0-test)", machine.OperatingSystem);
    }

    [Fact]
    public void Detect_ThisMachine_MakesSense()
    {
        var machine = MachineInfo.Detect();
        Assert.NotEmpty(machine.Processor.Name);
        Assert.InRange(machine.Processor.PhysicalCores, 1, machine.Processor.LogicalProcessors);
        Assert.InRange(machine.Threads, 1, machine.Processor.PhysicalCores);
        Assert.Equal(machine.Threads, MachineInfo.DefaultThreads);
        Assert.InRange(machine.Memory.Total, 1L << 26, 1L << 50);
        Assert.InRange(machine.Memory.Available ?? 0, 0, machine.Memory.Total);
        Assert.NotEmpty(machine.OperatingSystem);
        Assert.True(machine.PageSize >= 4096);
    }
}
