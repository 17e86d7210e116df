using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class ProcessorInfoTests
{
    private const string Cpus = "/sys/devices/system/cpu";

    [Fact]
    public void CountCores_TwoThreadsACore_CountsCoresOnce()
    {
        using var system = FourThreadsOnTwoCores("0-3");
        Assert.Equal((2, 4), ProcessorInfo.CountCores(system.Files));
    }

    [Fact]
    public void CountCores_ProcessBoundToOneThreadOfEachCore_CountsThoseAlone()
    {
        using var system = FourThreadsOnTwoCores("0,1");
        Assert.Equal((2, 2), ProcessorInfo.CountCores(system.Files));
        system.Write("/proc/self/status", "Cpus_allowed_list:\t0,2\n");
        Assert.Equal((1, 2), ProcessorInfo.CountCores(system.Files));
    }

    [Fact]
    public void CountCores_OlderKernelNames_AreRead()
    {
        using var system = new FakeSystem(
            ("/proc/self/status", "Cpus_allowed_list:\t0-1\n"),
            ($"{Cpus}/cpu0/topology/thread_siblings_list", "0-1\n"),
            ($"{Cpus}/cpu1/topology/thread_siblings_list", "0-1\n"));
        Assert.Equal((1, 2), ProcessorInfo.CountCores(system.Files));
    }

    [Fact]
    public void CountCores_NoTopology_TakesEveryProcessorForACore()
    {
        using var system = new FakeSystem((Cpus + "/online", "0-5\n"));
        Assert.Equal((6, 6), ProcessorInfo.CountCores(system.Files));
    }

    [Fact]
    public void Detect_Caches_AreCountedOncePerGroupOfSharers()
    {
        using var system = new FakeSystem();
        for (var cpu = 0; cpu < 4; cpu++)
        {
            var pair = cpu / 2 * 2;
            Cache(cpu, 0, 1, "Data", "48K", $"{cpu}");
            Cache(cpu, 1, 1, "Instruction", "32K", $"{cpu}");
            Cache(cpu, 2, 2, "Unified", "1024K", $"{pair}-{pair + 1}");
            Cache(cpu, 3, 3, "Unified", "32M", "0-3");
        }

        system.Write($"{Cpus}/cpufreq/", "");
        var caches = ProcessorInfo.Detect(system.Files, null).Caches;
        Assert.Equal(
            [new CacheInfo(1, "data", 48 << 10, 4), new CacheInfo(1, "instruction", 32 << 10, 4), new CacheInfo(2, "unified", 1 << 20, 2), new CacheInfo(3, "unified", 32 << 20, 1)],
            caches);

        void Cache(int cpu, int index, int level, string type, string size, string sharers)
        {
            var folder = $"{Cpus}/cpu{cpu}/cache/index{index}";
            system.Write(folder + "/level", $"{level}\n");
            system.Write(folder + "/type", type + "\n");
            system.Write(folder + "/size", size + "\n");
            system.Write(folder + "/shared_cpu_list", sharers + "\n");
        }
    }

    [Fact]
    public void Detect_NameInCpuinfo_IsTaken()
    {
        using var system = new FakeSystem(("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Imaginary 9000 @ 1.0GHz\n\nprocessor\t: 1\nmodel name\t: Other\n"));
        Assert.Equal("Imaginary 9000 @ 1.0GHz", ProcessorInfo.Detect(system.Files, null).Name);
    }

    [Theory]
    [InlineData("0x41", "0xd0c", "Arm Neoverse N1")]
    [InlineData("0x99", "0x123", "Arm processor (implementer 0x99, part 0x123)")]
    public void Detect_ArmNumbers_BecomeAName(string implementer, string part, string expected)
    {
        using var system = new FakeSystem(("/proc/cpuinfo", $"CPU implementer\t: {implementer}\nCPU part\t: {part}\n"));
        Assert.Equal(expected, ProcessorInfo.Detect(system.Files, null).Name);
    }

    private static FakeSystem FourThreadsOnTwoCores(string allowed)
    {
        var system = new FakeSystem((Cpus + "/online", "0-3\n"), ("/proc/self/status", $"Name:\tx\nCpus_allowed_list:\t{allowed}\n"));
        for (var cpu = 0; cpu < 4; cpu++)
        {
            system.Write($"{Cpus}/cpu{cpu}/topology/core_cpus_list", $"{cpu % 2},{cpu % 2 + 2}\n");
        }

        return system;
    }
}
