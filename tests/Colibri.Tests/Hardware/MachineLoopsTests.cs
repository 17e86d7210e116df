using System.Runtime.InteropServices;
using Colibri.Hardware;
using Colibri.Kernels.Assembly;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed unsafe class MachineLoopsTests
{
    [Fact]
    public void Read_EveryByte_IsRead()
    {
        // A change of any byte must change the result, or the loop skips some of the memory it is timed for.
        const int Bytes = 4096;
        var buffer = (byte*)NativeMemory.AlignedAlloc(Bytes, 64);
        try
        {
            new Span<byte>(buffer, Bytes).Clear();
            Assert.Equal(0, MachineLoops.Read(buffer, Bytes));
            for (var i = 0; i < Bytes; i++)
            {
                buffer[i] = 1;
                Assert.NotEqual(0, MachineLoops.Read(buffer, Bytes));
                buffer[i] = 0;
            }
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    [Fact]
    public void Loops_OfThisMachine_TakeLongerForMoreSteps()
    {
        foreach (var loop in MachineLoops.Float32().Concat(MachineLoops.Int8()).Concat(PeakLoops.Here.Int8).Concat(PeakLoops.Here.BrainFloat))
        {
            Assert.True(loop.OperationsPerStep > 0);
            Assert.NotEmpty(loop.Instruction);
            Assert.True(Seconds(loop, 2_000_000) > 4 * Seconds(loop, 20_000), loop.Instruction);
        }
    }

    private static double Seconds(MachineLoop loop, int steps)
    {
        var best = double.MaxValue;
        for (var repeat = 0; repeat < 5; repeat++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            loop.Run(steps);
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return best;
    }
}
