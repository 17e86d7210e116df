using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class ProcessMemoryTests
{
    [Fact]
    public void PeakBytes_HighWaterMarkOfTheKernel_IsRead()
    {
        using var system = new FakeSystem(("/proc/self/status", "Name:\tx\nVmPeak:\t 999 kB\nVmHWM:\t  123 kB\nVmRSS:\t 45 kB\n"));
        Assert.Equal(123 * 1024, ProcessMemory.PeakBytes(system.Files));
    }

    [Fact]
    public void PeakBytes_MemoryTakenAndGivenBack_StaysInThePeak()
    {
        const int Bytes = 64 << 20;
        var before = ProcessMemory.PeakBytes();
        unsafe
        {
            var memory = System.Runtime.InteropServices.NativeMemory.Alloc(Bytes);
            new Span<byte>(memory, Bytes).Fill(1);
            System.Runtime.InteropServices.NativeMemory.Free(memory);
        }

        Assert.InRange(ProcessMemory.PeakBytes(), Math.Max(before, Bytes), long.MaxValue);
    }
}
