using System.Globalization;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.Assembly;

/// <summary>Alone in the process while it runs: a test counts what is reachable.</summary>
[CollectionDefinition(nameof(ExecutableMemoryTests), DisableParallelization = true)]
[Collection(nameof(ExecutableMemoryTests))]
public sealed unsafe class ExecutableMemoryTests
{
    private const int Bytes = 1 << 20;

    [SkippableFact]
    public void Kernels_AssembledRunAndFreedByTheThousand_LeaveNothingBehind()
    {
        using var memory = Create(Bytes);
        for (var i = 0; i < 200; i++)
        {
            RunOne(memory, i);
        }

        // What a leak would show in: pages handed out, pages of the reservation that hold memory, objects that are reachable.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 3000; i++)
        {
            RunOne(memory, i);
        }

        Assert.Equal(0, memory.UsedBytes);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1L << 20);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, Resident(memory));
        }
    }

    [SkippableFact]
    public void Place_MemoryFull_SaysSoAndGoesOnOnceSomethingIsFreed()
    {
        using var memory = Create(4 * Environment.SystemPageSize);
        var placed = Enumerable.Range(0, 4).Select(i => AssembledFunction.Place($"f{i}", Returning(i), memory)).ToList();
        Assert.Equal(4 * Environment.SystemPageSize, memory.UsedBytes);
        var error = Assert.Throws<InvalidOperationException>(() => AssembledFunction.Place("one more", Returning(9), memory));
        Assert.Contains("one more", error.Message, StringComparison.Ordinal);
        placed[1].Dispose();
        placed[2].Dispose();
        Assert.False(memory.TryAdd(new byte[2 * Environment.SystemPageSize + 1], out _));
        using var two = AssembledFunction.Place("two pages", [.. Returning(7), .. new byte[Environment.SystemPageSize]], memory);
        Assert.Equal(7, Run(two));
        Assert.Equal(0, Run(placed[0]));
        Assert.Equal(3, Run(placed[3]));
    }

    [SkippableFact]
    public void Place_ManyThreads_EachRunsItsOwnCode()
    {
        using var memory = Create(Bytes);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var function = AssembledFunction.Place("f", Returning(thread * 1000 + i), memory);
                Assert.Equal(thread * 1000 + i, Run(function));
            }
        });
        Assert.Equal(0, memory.UsedBytes);
    }

    [SkippableFact]
    public void Function_AskedForByManyThreads_IsAssembledOnce()
    {
        Skip.IfNot(AssemblySupport.Vectors256, AssemblySupport.WhyNot ?? $"needs {AssemblySupport.Vectors256Need}");
        var assembled = 0;
        var name = $"test {Guid.NewGuid()}";
        var functions = new AssembledFunction[16];
        Parallel.For(0, functions.Length, i => functions[i] = AssemblySupport.Function(name, () =>
        {
            Interlocked.Increment(ref assembled);
            return Returning(5);
        }));
        Assert.Equal(1, assembled);
        Assert.All(functions, f => Assert.Same(functions[0], f));
        Assert.Equal(5, Run(functions[0]));
    }

    [SkippableFact]
    public void Pages_AreNeverWritableAndExecutable()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the system's list of pages is read from /proc/self/maps");
        using var memory = Create(Bytes);
        using var one = AssembledFunction.Place("one", Returning(1), memory);
        using var two = AssembledFunction.Place("two", Returning(2), memory);
        memory.TryAdd(Returning(3), out var address);
        memory.Free(address, Returning(3).Length);
        var seen = 0;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var parts = line.Split(' ');
            var (first, last) = Range(parts[0]);
            if (last <= memory.Start || first >= memory.Start + Bytes)
            {
                continue;
            }

            seen++;
            Assert.False(parts[1].Contains('w', StringComparison.Ordinal), line);
            Assert.Equal(memory.Start == first, parts[1].StartsWith("r-x", StringComparison.Ordinal));
        }

        Assert.True(seen >= 2, "the pages were not found");
    }

    [Theory]
    [InlineData("Reserve")]
    [InlineData("Write")]
    [InlineData("Execute")]
    public void TryCreate_SystemRefuses_IsNullAndGivesEverythingBack(string what)
    {
        var system = new RefusingPages { Refused = what };
        Assert.Null(ExecutableMemory.TryCreate(Bytes, system));
        Assert.Equal(what == "Reserve" ? 0 : 1, system.Released);
    }

    [SkippableTheory]
    [InlineData("Write")]
    [InlineData("Execute")]
    public void TryAdd_SystemRefusesLater_IsFalseAndKeepsNothing(string what)
    {
        var system = new RefusingPages();
        using var memory = ExecutableMemory.TryCreate(Bytes, system);
        Skip.If(memory is null, ExecutableMemory.WhyNone);
        using var before = AssembledFunction.Place("before", Returning(4), memory);
        system.Refused = what;
        Assert.False(memory.TryAdd(Returning(5), out var address));
        Assert.Equal(0, address);
        Assert.Equal(Environment.SystemPageSize, memory.UsedBytes);
        Assert.Equal(4, Run(before));
        system.Refused = "";
        using var behind = AssembledFunction.Place("behind", Returning(6), memory);
        Assert.Equal(6, Run(behind));
    }

    private static ExecutableMemory Create(int bytes)
    {
        Skip.IfNot(AssemblySupport.Vectors256, AssemblySupport.WhyNot ?? $"needs {AssemblySupport.Vectors256Need}");
        return ExecutableMemory.TryCreate(bytes)!;
    }

    // Whole kernels with known numbers: a panel, and chains where the processor has their instructions.
    private static void RunOne(ExecutableMemory memory, int seed)
    {
        RunPanel(memory, seed);
        if (AssemblySupport.Avx512)
        {
            RunChain(memory, seed);
        }
    }

    // A whole kernel (sixteen chains) with known numbers: each chain adds up what a group holds.
    private static void RunChain(ExecutableMemory memory, int seed)
    {
        const int Groups = 16;
        using var function = AssembledFunction.Place("chain", RowChain.Assemble(1 + seed % Groups, Groups * sizeof(float), false, 0), memory);
        var products = stackalloc float[2 * 16 * Groups];
        var sums = stackalloc float[16];
        for (var row = 0; row < 16; row++)
        {
            new Span<float>(products + row * Groups, Groups).Fill(row + seed);
            new Span<float>(products + (16 + row) * Groups, Groups).Fill(2);
        }

        new Span<float>(sums, 16).Clear();
        var arguments = new ChainArguments { Products = products, Y = sums, Steps = 1 };
        function.Call(&arguments);
        Assert.Equal((3 + seed) * 2 * (1 + seed % Groups), sums[3]);
    }

    // Sixteen rows of floats are laid into a panel.
    private static void RunPanel(ExecutableMemory memory, int seed)
    {
        var columns = 8 * (1 + seed % 4);
        using var function = AssembledFunction.Place("panel", LaidRows.Assemble(StoredFloat.Single), memory);
        var rows = stackalloc float[16 * columns];
        var panel = stackalloc float[16 * columns];
        for (var i = 0; i < 16 * columns; i++)
        {
            rows[i] = seed + i;
        }

        LaidRows.Take(function, (byte*)rows, columns * sizeof(float), columns, panel, (byte*)rows);

        // Row 6 is the second quarter of the third sixteen of four columns.
        for (var column = 0; column < columns; column++)
        {
            Assert.Equal(rows[6 * columns + column], panel[column / 4 * 64 + 2 * 16 + 4 + column % 4]);
        }
    }

    private static byte[] Returning(int value)
    {
        var function = new FunctionAssembler();
        function.Code.mov(Iced.Intel.AssemblerRegisters.__dword_ptr[FunctionAssembler.Arguments], value);
        return function.Finish();
    }

    private static int Run(AssembledFunction function)
    {
        var value = -1;
        function.Call(&value);
        return value;
    }

    // Kilobytes of the reservation that lie in memory.
    private static long Resident(ExecutableMemory memory)
    {
        var (sum, inside) = (0L, false);
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var head = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (head[0].Contains('-', StringComparison.Ordinal))
            {
                inside = Range(head[0]) is var (first, last) && first < memory.Start + Bytes && last > memory.Start;
            }
            else if (inside && head[0] == "Rss:")
            {
                sum += long.Parse(head[1], CultureInfo.InvariantCulture);
            }
        }

        return sum;
    }

    private static (long First, long Last) Range(string text)
    {
        var parts = text.Split('-').Select(part => long.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
        return (parts[0], parts[1]);
    }

    private sealed class RefusingPages : ExecutablePages
    {
        public string Refused { get; set; } = "";

        public int Released { get; private set; }

        public override nint Reserve(nint bytes) => Refused == "Reserve" ? 0 : base.Reserve(bytes);

        public override bool TryMakeWritable(nint address, nint bytes) => Refused != "Write" && base.TryMakeWritable(address, bytes);

        public override bool TryMakeExecutable(nint address, nint bytes) => Refused != "Execute" && base.TryMakeExecutable(address, bytes);

        public override void Release(nint address, nint bytes)
        {
            Released++;
            base.Release(address, bytes);
        }
    }
}
