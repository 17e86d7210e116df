using Colibri.Hardware;

namespace Colibri.Tests.Hardware;

/// <summary>A folder that looks like the root of a Linux machine, made from a list of files.</summary>
internal sealed class FakeSystem : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("colibri-system-").FullName;

    /// <summary>Writes the files; a path that ends in a slash makes an empty folder.</summary>
    public FakeSystem(params (string Path, string Text)[] files)
    {
        foreach (var (path, text) in files)
        {
            Write(path, text);
        }

        Files = new SystemFiles(_root);
    }

    /// <summary>The readers' view of it.</summary>
    public SystemFiles Files { get; }

    /// <summary>Writes or replaces one file.</summary>
    public void Write(string path, string text)
    {
        var target = Path.Combine(_root, path.TrimStart('/'));
        if (path.EndsWith('/'))
        {
            Directory.CreateDirectory(target);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target, text);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
