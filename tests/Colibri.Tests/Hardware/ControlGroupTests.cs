using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class ControlGroupTests
{
    private const string MountTwo = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

    private const string MountOne =
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n" +
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:4 - cgroup cgroup rw,memory\n";

    [Fact]
    public void Detect_NoGroups_HasNoLimits()
    {
        using var system = new FakeSystem();
        Assert.Equal(ControlGroup.None, ControlGroup.Detect(system.Files));
    }

    [Fact]
    public void Detect_VersionTwoInAContainer_ReadsTheMountItself()
    {
        using var system = new FakeSystem(
            ("/proc/self/cgroup", "0::/\n"),
            ("/proc/self/mountinfo", MountTwo),
            ("/sys/fs/cgroup/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/memory.max", "1073741824\n"),
            ("/sys/fs/cgroup/memory.current", "600000000\n"),
            ("/sys/fs/cgroup/memory.stat", "anon 1\nactive_file 100000000\ninactive_file 200000000\n"));
        var group = ControlGroup.Detect(system.Files);
        Assert.Equal(1.5, group.CpuQuota);
        Assert.Equal(1L << 30, group.MemoryLimit);
        Assert.Equal((1L << 30) - 600_000_000 + 300_000_000, group.MemoryFree);
        Assert.Equal(2, group.Version);
    }

    [Fact]
    public void Detect_VersionTwoNested_TakesTheSmallestLimitOnTheWayUp()
    {
        using var system = new FakeSystem(
            ("/proc/self/cgroup", "0::/user.slice/app.service\n"),
            ("/proc/self/mountinfo", MountTwo),
            ("/sys/fs/cgroup/user.slice/cpu.max", "200000 100000\n"),
            ("/sys/fs/cgroup/user.slice/memory.max", "500\n"),
            ("/sys/fs/cgroup/user.slice/app.service/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/user.slice/app.service/memory.max", "max\n"));
        var group = ControlGroup.Detect(system.Files);
        Assert.Equal(2, group.CpuQuota);
        Assert.Equal(500, group.MemoryLimit);
        Assert.Null(group.MemoryFree);
    }

    [Fact]
    public void Detect_VersionOne_ReadsQuotaAndLimit()
    {
        using var system = new FakeSystem(
            ("/proc/self/cgroup", "5:memory:/job\n3:cpu,cpuacct:/job\n0::/\n"),
            ("/proc/self/mountinfo", MountOne),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "50000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "2147483648\n"),
            ("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1147483648\n"),
            ("/sys/fs/cgroup/memory/job/memory.stat", "active_file 9\ntotal_active_file 1000\ntotal_inactive_file 2000\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"));
        var group = ControlGroup.Detect(system.Files);
        Assert.Equal(0.5, group.CpuQuota);
        Assert.Equal(1L << 31, group.MemoryLimit);
        Assert.Equal(1_000_003_000, group.MemoryFree);
        Assert.Equal(1, group.Version);
    }

    [Fact]
    public void Detect_GroupOfTheHostSeenFromAContainer_FallsBackToTheMount()
    {
        // The path is the host's; the mount shows only the container's part of the tree.
        using var system = new FakeSystem(
            ("/proc/self/cgroup", "3:cpu,cpuacct:/docker/0123\n5:memory:/docker/0123\n"),
            ("/proc/self/mountinfo", MountOne.Replace("0:29 / ", "0:29 /docker/0123 ", StringComparison.Ordinal)),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000\n"));
        var group = ControlGroup.Detect(system.Files);
        Assert.Equal(3, group.CpuQuota);
        Assert.Equal(1_000_000, group.MemoryLimit);
    }

    [Theory]
    [InlineData("max")]
    [InlineData("100000")]
    [InlineData("x y")]
    [InlineData("100000 0")]
    [InlineData("-5 100000")]
    public void Detect_UnreadableQuota_IsNoQuota(string max)
    {
        using var system = new FakeSystem(
            ("/proc/self/cgroup", "0::/\n"), ("/proc/self/mountinfo", MountTwo), ("/sys/fs/cgroup/cpu.max", max));
        Assert.Null(ControlGroup.Detect(system.Files).CpuQuota);
    }
}
