using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class MemoryInfoTests
{
    private const string MemInfo = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    9000000 kB\n";

    [Fact]
    public void Detect_NoLimit_GivesTheMachine()
    {
        using var system = new FakeSystem(("/proc/meminfo", MemInfo));
        Assert.Equal(new MemoryInfo(16_000_000L * 1024, 9_000_000L * 1024, null), MemoryInfo.Detect(system.Files, ControlGroup.None));
    }

    [Fact]
    public void Detect_LimitBelowTheMachine_IsTheTotal()
    {
        using var system = new FakeSystem(("/proc/meminfo", MemInfo));
        var group = new ControlGroup(null, 1L << 30, 300_000_000, 2);
        Assert.Equal(new MemoryInfo(1L << 30, 300_000_000, 1L << 30), MemoryInfo.Detect(system.Files, group));
    }

    [Fact]
    public void Detect_LimitAboveTheMachine_DoesNotCount()
    {
        using var system = new FakeSystem(("/proc/meminfo", MemInfo));
        var group = new ControlGroup(null, 1L << 60, 1L << 59, 1);
        Assert.Equal(new MemoryInfo(16_000_000L * 1024, 9_000_000L * 1024, null), MemoryInfo.Detect(system.Files, group));
    }

    [Fact]
    public void Detect_LimitWithMuchFreeOnABusyMachine_GivesWhatTheMachineHas()
    {
        using var system = new FakeSystem(("/proc/meminfo", MemInfo.Replace("9000000", "1000", StringComparison.Ordinal)));
        var group = new ControlGroup(null, 1L << 30, 1L << 29, 2);
        Assert.Equal(1000 * 1024, MemoryInfo.Detect(system.Files, group).Available);
    }

    [Fact]
    public void Detect_NothingReadable_StillGivesATotal()
    {
        using var system = new FakeSystem(("/proc/meminfo", "MemTotal: many kB\n"));
        Assert.True(MemoryInfo.Detect(system.Files, ControlGroup.None).Total > 0);
    }
}
