namespace Colibri.Files;

/// <summary>
/// One mapping of one file in this process, counted. Everybody who opens the same file gets the same mapping, so models
/// that share a file share its pages and count them once.
/// </summary>
internal sealed unsafe class SharedMapping
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Identity, SharedMapping> Open = [];

    private readonly Identity _identity;
    private readonly IDisposable? _owner;
    private int _users;

    private SharedMapping(Identity identity, nint address, IDisposable? owner)
    {
        _identity = identity;
        _owner = owner;
        Address = (byte*)address;
    }

    /// <summary>First byte, page-aligned.</summary>
    public byte* Address { get; }

    /// <summary>Bytes mapped.</summary>
    public long Length => _identity.Length;

    /// <summary>Maps the file, or joins the mapping that is there; <see cref="Leave"/> ends it.</summary>
    /// <exception cref="InputException">It is not a plain file, empty, or cannot be opened or mapped.</exception>
    public static SharedMapping Join(string path)
    {
        // A pipe or device has no length, and opening one could wait for ever: look before opening.
        Refuse(path);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            if (length == 0)
            {
                throw Empty(path);
            }

            var identity = PosixMemory.Status("", file) is { } status
                ? new Identity("", status.Device, status.Inode, length, status.Modified)
                : new Identity(FinalPath.Of(path), 0, 0, length, File.GetLastWriteTimeUtc(path).Ticks);
            lock (Gate)
            {
                if (!Open.TryGetValue(identity, out var mapping))
                {
                    if (OperatingSystem.IsWindows())
                    {
                        var (address, owner) = WindowsMemory.Map(file, length);
                        mapping = new SharedMapping(identity, address, owner);
                    }
                    else
                    {
                        mapping = new SharedMapping(identity, PosixMemory.Map(file, length), null);
                    }

                    Open.Add(identity, mapping);
                }

                mapping._users++;
                return mapping;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be opened: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Ends one use; the last one unmaps.</summary>
    public void Leave()
    {
        lock (Gate)
        {
            if (--_users > 0)
            {
                return;
            }

            Open.Remove(_identity);
            if (_owner is not null)
            {
                _owner.Dispose();
            }
            else
            {
                PosixMemory.Unmap((nint)Address, Length);
            }
        }
    }

    private static void Refuse(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new InputException(Directory.Exists(path)
                ? $"{path}: is a folder where a file is expected."
                : $"{path}: there is no such file. Check the path.");
        }

        if (PosixMemory.Status(path) is { IsRegular: false })
        {
            throw new InputException($"{path}: is a pipe, socket or device; a plain file is expected.");
        }

        if (info.Length == 0 && info.LinkTarget is null)
        {
            throw Empty(path);
        }
    }

    private static InputException Empty(string path) => new($"{path}: the file is empty (0 bytes). Copy or download it again.");

    /// <summary>What makes two opened files the same one: by number where the system tells it, by path elsewhere.</summary>
    private sealed record Identity(string Path, ulong Device, ulong Inode, long Length, long Modified);
}
