namespace Colibri.Files;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in the folder it belongs to, flushed to the
/// disk, then renamed over whatever has its name. Disposing before <see cref="Publish"/> leaves no trace.
/// </summary>
internal sealed class ReplacingFile : IDisposable
{
    private const int LongestName = 255;

    // So much is written at a time, from a multiple of it on: file systems that can (ext4, XFS) then keep the file in pieces of 2 MiB,
    // and products read their weights from such a twentieth faster.
    private const int WrittenTogether = 2 << 20;

    private readonly string _target;
    private readonly string _temporary;
    private bool _published;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Where it shall appear; links are followed.</param>
    /// <exception cref="InputException">The folder does not exist or cannot be written to, or a folder or device has the name.</exception>
    public ReplacingFile(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InputException("The path of the output is empty or no path.");
        }

        if (Directory.Exists(path))
        {
            throw new InputException($"{path}: is a folder; the name of a file to write is expected.");
        }

        try
        {
            _target = FinalPath.Of(path);
            if (File.Exists(_target) && PosixMemory.Status(_target) is { IsRegular: false })
            {
                throw new InputException($"{path}: is a pipe, socket or device; the output is written under another name first and cannot replace one.");
            }

            // Told before the work and not behind it: no common file system allows more.
            if (System.Text.Encoding.UTF8.GetByteCount(Path.GetFileName(_target)) > LongestName)
            {
                throw new InputException($"{Printable.Quote(path)}: cannot be written: a file's name has at most {LongestName} bytes.");
            }

            var folder = Path.GetDirectoryName(_target)!;
            if (!Directory.Exists(folder))
            {
                throw new InputException($"{path}: the folder {folder} does not exist. Create it first.");
            }

            _temporary = Path.Combine(folder, $".colibri-{Path.GetRandomFileName()}.partial");
            Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, WrittenTogether);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // The temporary name is no name the caller knows.
            var reason = _temporary is null ? e.Message : e.Message.Replace(_temporary, path, StringComparison.Ordinal);
            throw new InputException($"{path}: cannot be written: {reason.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>What the content is written to.</summary>
    public FileStream Stream { get; }

    /// <summary>Brings the content to the disk and closes it; it is not visible yet.</summary>
    public void Finish()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
    }

    /// <summary>Makes the finished file visible, replacing what has its name.</summary>
    /// <exception cref="InputException">What has its name cannot be replaced.</exception>
    public void Publish()
    {
        try
        {
            File.Move(_temporary, _target, overwrite: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InputException($"{_target}: cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }

        _published = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // Closing writes what is buffered, and fails on a full disk.
            Stream.Dispose();
        }
        finally
        {
            if (!_published)
            {
                File.Delete(_temporary);
            }
        }
    }
}
