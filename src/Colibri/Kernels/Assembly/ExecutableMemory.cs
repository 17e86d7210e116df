namespace Colibri.Kernels.Assembly;

/// <summary>
/// Owns the memory that assembled code runs from: one reservation of address space, handed out in whole pages. Code is
/// written while its pages are writable and run while they are executable; no page is ever both, and no two functions
/// share one, so writing one never touches another that runs. Safe to use from many threads.
/// </summary>
internal sealed unsafe class ExecutableMemory : IDisposable
{
    /// <summary>Address space for code. A kernel takes one to three pages; everything there is fits many times over.</summary>
    public const int DefaultBytes = 16 << 20;

    /// <summary>The environment variable that, set to 1, makes a process behave as where the system refuses.</summary>
    public const string RefusedVariable = "COLIBRI_NO_EXECUTABLE_MEMORY";

    private readonly Lock _lock = new();
    private readonly int _page = Environment.SystemPageSize;
    private readonly ExecutablePages _pages;
    private readonly bool[] _used;
    private readonly nint _start;
    private bool _disposed;

    private ExecutableMemory(nint start, int pages, ExecutablePages system)
    {
        _start = start;
        _pages = system;
        _used = new bool[pages];
    }

    /// <summary>
    /// The memory of this process, or null where the system lets nothing be executed that was not loaded from a file: then
    /// assembled variants step aside.
    /// </summary>
    public static ExecutableMemory? Shared { get; } = IsRefused ? null : TryCreate(DefaultBytes);

    /// <summary>Why <see cref="Shared"/> is null, where it is.</summary>
    public static string WhyNone => IsRefused ? $"{RefusedVariable}=1 forbids memory that code may run from" : "the system refuses memory that code may run from";

    private static bool IsRefused => Environment.GetEnvironmentVariable(RefusedVariable) == "1";

    /// <summary>Where the reservation begins.</summary>
    public nint Start => _start;

    /// <summary>Bytes in use, whole pages.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
            {
                return (long)_used.Count(used => used) * _page;
            }
        }
    }

    /// <summary>Reserves memory and tries once whether code may be run from it.</summary>
    /// <param name="bytes">Address space, rounded up to whole pages.</param>
    /// <param name="system">What to ask for pages; tests hand in systems that refuse.</param>
    public static ExecutableMemory? TryCreate(int bytes, ExecutablePages? system = null)
    {
        var page = Environment.SystemPageSize;
        var pages = (bytes + page - 1) / page;
        system ??= new ExecutablePages();
        var start = system.Reserve((nint)pages * page);
        if (start == 0)
        {
            return null;
        }

        var memory = new ExecutableMemory(start, pages, system);
        if (memory.TryAdd([0xC3], out var probe))
        {
            memory.Free(probe, 1);
            return memory;
        }

        memory.Dispose();
        return null;
    }

    /// <summary>Writes code and makes it executable.</summary>
    /// <param name="code">Position-independent machine code.</param>
    /// <param name="address">Where it lies.</param>
    /// <returns>False where the memory is full or the system refuses; nothing is kept then.</returns>
    public bool TryAdd(ReadOnlySpan<byte> code, out nint address)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var count = Pages(code.Length);
            var first = FindFree(count);
            address = first < 0 ? 0 : _start + (nint)first * _page;
            if (first < 0)
            {
                return false;
            }

            var bytes = (nint)count * _page;
            if (_pages.TryMakeWritable(address, bytes))
            {
                // What lies behind the code is a trap, should anything ever run into it.
                var room = new Span<byte>((void*)address, (int)bytes);
                code.CopyTo(room);
                room[code.Length..].Fill(0xCC);
                if (_pages.TryMakeExecutable(address, bytes))
                {
                    _used.AsSpan(first, count).Fill(true);
                    return true;
                }
            }

            _pages.Empty(address, bytes);
            address = 0;
            return false;
        }
    }

    /// <summary>Takes code back; nothing may be running it.</summary>
    /// <param name="address">What <see cref="TryAdd"/> gave.</param>
    /// <param name="length">The code's length.</param>
    public void Free(nint address, int length)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            var count = Pages(length);
            _pages.Empty(address, (nint)count * _page);
            _used.AsSpan((int)((address - _start) / _page), count).Clear();
        }
    }

    /// <summary>Gives everything back; no code of this memory may be running.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _pages.Release(_start, (nint)_used.Length * _page);
            }
        }
    }

    private int Pages(int bytes) => Math.Max(1, (bytes + _page - 1) / _page);

    private int FindFree(int count)
    {
        var run = 0;
        for (var i = 0; i < _used.Length; i++)
        {
            run = _used[i] ? 0 : run + 1;
            if (run == count)
            {
                return i - count + 1;
            }
        }

        return -1;
    }
}
