namespace Colibri.Kernels.Assembly;

/// <summary>Machine code that was assembled for this processor and lies in executable memory.</summary>
internal sealed unsafe class AssembledFunction : IDisposable
{
    private readonly ExecutableMemory _memory;
    private readonly byte[] _code;
    private readonly nint _address;

    private AssembledFunction(string name, byte[] code, ExecutableMemory memory, nint address)
    {
        Name = name;
        _code = code;
        _memory = memory;
        _address = address;
    }

    /// <summary>What it computes, for listings and profilers.</summary>
    public string Name { get; }

    /// <summary>Length of the code in bytes.</summary>
    public int Length => _code.Length;

    /// <summary>The machine code.</summary>
    public ReadOnlySpan<byte> Code => _code;

    /// <summary>Places code in memory.</summary>
    /// <exception cref="InvalidOperationException">The memory is full, or the system refused after having allowed it before.</exception>
    public static AssembledFunction Place(string name, byte[] code, ExecutableMemory memory)
    {
        if (!memory.TryAdd(code, out var address))
        {
            throw new InvalidOperationException($"no executable memory for {name} ({code.Length} bytes; {memory.UsedBytes} bytes are in use)");
        }

        PerfMap.Add(address, code.Length, name);
        return new AssembledFunction(name, code, memory, address);
    }

    /// <summary>Runs the code.</summary>
    /// <param name="arguments">What its generator says.</param>
    public void Call(void* arguments) => ((delegate* unmanaged<void*, void>)_address)(arguments);

    /// <summary>Runs code that takes a microsecond at most: without telling the garbage collector, which would have to wait for it.</summary>
    /// <param name="arguments">What its generator says.</param>
    public void CallBriefly(void* arguments) => ((delegate* unmanaged[SuppressGCTransition]<void*, void>)_address)(arguments);

    /// <summary>The code, instruction by instruction.</summary>
    public IEnumerable<AssembledInstruction> Listing() => AssembledInstruction.Decode(_code);

    /// <summary>Gives the memory back; nothing may be running the code.</summary>
    public void Dispose() => _memory.Free(_address, _code.Length);
}
