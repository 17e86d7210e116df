namespace Colibri.Files;

/// <summary>
/// A file mapped read-only into memory: nothing is read until it is touched. Opening the same file again shares the
/// mapping. Disposing ends this use; when the last use ends the memory is unmapped, and addresses into it must not be
/// used any more.
/// </summary>
/// <remarks>
/// The length is taken when the file is opened. If another process then truncates the file, touching pages behind the
/// new end kills this process (SIGBUS; an in-page error on Windows): replace model files by renaming a new one over them,
/// as Colibri's writers do, and never write into them in place.
/// </remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly SharedMapping _mapping;
    private int _disposed;

    private MappedFile(string path, SharedMapping mapping)
    {
        Path = path;
        _mapping = mapping;
    }

    /// <summary>Ends the use that was never disposed.</summary>
    ~MappedFile() => End();

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes, at least 1.</summary>
    public long Length => _mapping.Length;

    /// <summary>The first byte; page-aligned.</summary>
    public byte* Address => _mapping.Address;

    /// <summary>Whether this use has ended.</summary>
    public bool IsDisposed => _disposed != 0;

    /// <summary>Maps a file.</summary>
    /// <param name="path">A plain file of at least one byte.</param>
    /// <exception cref="InputException">Nothing is there, it is no plain file, empty, or cannot be read.</exception>
    public static MappedFile Open(string path) => new(path, SharedMapping.Join(path));

    /// <summary>Some of the bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie inside the file.</exception>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        Check(offset, length);
        return new ReadOnlySpan<byte>(Address + offset, length);
    }

    /// <summary>Says that a range will be read in order, so that the system reads further ahead of it. A hint.</summary>
    public void AdviseSequential(long offset, long length)
    {
        var (address, bytes) = Outward(offset, length, 1);
        if (bytes > 0 && !OperatingSystem.IsWindows())
        {
            PosixMemory.Sequential(address, bytes);
        }
    }

    /// <summary>
    /// Asks that touching one page of a range never maps a piece larger than <paramref name="largest"/> bytes, which
    /// systems with pages above 4 KB would do. A hint.
    /// </summary>
    public void AdvisePieces(long offset, long length, int largest)
    {
        // The largest piece is what one page of page-table entries, 8 bytes each, covers.
        var page = (long)Environment.SystemPageSize;
        var (address, bytes) = Outward(offset, length, 1);
        if (bytes > 0 && page / 8 * page > largest && OperatingSystem.IsLinux())
        {
            PosixMemory.NoHugePages(address, bytes);
        }
    }

    /// <summary>Starts reading a range from the disk into the system's page cache, without waiting and without mapping it. A hint.</summary>
    public void ReadAhead(long offset, long length)
    {
        var (address, bytes) = Outward(offset, length, 1);
        if (bytes == 0)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            WindowsMemory.WillNeed(address, bytes);
        }
        else
        {
            PosixMemory.WillNeed(address, bytes);
        }
    }

    /// <summary>
    /// Takes a range out of this process's memory; touching it again brings it back, from the page cache or the disk. The
    /// range is widened to multiples of <paramref name="granularity"/>, which is harmless to its neighbours.
    /// </summary>
    public void Release(long offset, long length, int granularity = 1)
    {
        var (address, bytes) = Outward(offset, length, granularity);
        if (bytes == 0)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            WindowsMemory.DontNeed(address, bytes);
        }
        else
        {
            PosixMemory.DontNeed(address, bytes);
        }
    }

    /// <summary>Reads and maps a range now, on the calling thread; a few MB at a time keep it responsive.</summary>
    public void Populate(long offset, long length)
    {
        var (address, bytes) = Outward(offset, length, 1);
        if (bytes == 0 || PosixMemory.TryPopulate(address, bytes))
        {
            return;
        }

        var first = (byte*)address;
        var sum = 0;
        for (nuint i = 0; i < bytes; i += (nuint)Environment.SystemPageSize)
        {
            sum += Volatile.Read(ref first[i]);
        }

        GC.KeepAlive(sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        GC.SuppressFinalize(this);
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _mapping.Leave();
        }
    }

    private void Check(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
    }

    private (nint Address, nuint Bytes) Outward(long offset, long length, int granularity)
    {
        Check(offset, length);
        if (length == 0)
        {
            return (0, 0);
        }

        long unit = Math.Max(granularity, Environment.SystemPageSize);
        var start = offset / unit * unit;
        var end = Math.Min((offset + length + unit - 1) / unit * unit, Length);
        return ((nint)(Address + start), (nuint)(end - start));
    }
}
