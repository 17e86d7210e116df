namespace Colibri.Hardware;

/// <summary>
/// The text files below /proc and /sys through which Linux describes the machine. What is missing or may not be read
/// is null: such a file is a question the system does not answer, not a fault. Tests hand in a folder of fixtures as the
/// root.
/// </summary>
/// <param name="root">The folder that stands for <c>/</c>.</param>
internal sealed class SystemFiles(string root)
{
    /// <summary>The files of the machine the process runs on.</summary>
    public static SystemFiles Real { get; } = new("/");

    /// <summary>The whole file without surrounding white space, or null.</summary>
    /// <param name="path">An absolute path, as on the machine described.</param>
    public string? Text(string path)
    {
        try
        {
            // Some of these files answer a read with an error (a sensor that sleeps, a battery that is out).
            return File.ReadAllText(Locate(path)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The file's lines, none where it cannot be read.</summary>
    /// <param name="path">An absolute path.</param>
    public string[] Lines(string path) => Text(path)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>The file as one whole number, or null.</summary>
    /// <param name="path">An absolute path.</param>
    public long? Number(string path) => long.TryParse(Text(path), out var value) ? value : null;

    /// <summary>
    /// Absolute paths of the entries of a folder whose names begin so, in the order of the numbers in their names; none
    /// where the folder cannot be read.
    /// </summary>
    /// <param name="folder">An absolute path.</param>
    /// <param name="prefix">How a name begins.</param>
    public string[] Entries(string folder, string prefix)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Locate(folder), prefix + "*")
                .Select(path => Path.GetFileName(path)!)
                .OrderBy(FirstNumber).ThenBy(name => name, StringComparer.Ordinal)
                .Select(name => folder + "/" + name)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether the folder is there.</summary>
    /// <param name="path">An absolute path.</param>
    public bool HasFolder(string path) => Directory.Exists(Locate(path));

    /// <summary>The value after <c>key:</c> in a file of such lines, or null.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="key">The key, without the colon.</param>
    public string? Field(string path, string key) => Lines(path).Select(line => FieldOf(line, key)).FirstOrDefault(value => value is not null);

    /// <summary>The value where the line reads <c>key : value</c>, or null.</summary>
    public static string? FieldOf(string line, string key)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && line.AsSpan(0, colon).Trim().SequenceEqual(key) ? line[(colon + 1)..].Trim() : null;
    }

    /// <summary>A list of processor numbers such as <c>0-3,8</c>; null where it is not one.</summary>
    public static IReadOnlySet<int>? ParseCpuList(string? text)
    {
        const int Most = 1 << 16; // far above any kernel's limit; a mangled file must not become a huge set
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var cpus = new HashSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var low = dash < 0 ? part : part[..dash];
            var high = dash < 0 ? part : part[(dash + 1)..];
            if (!int.TryParse(low, out var first) || !int.TryParse(high, out var last) || first < 0 || last >= Most)
            {
                return null;
            }

            for (var cpu = first; cpu <= last; cpu++)
            {
                cpus.Add(cpu);
            }
        }

        return cpus;
    }

    private static int FirstNumber(string name)
    {
        var digits = name.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit).ToArray();
        return int.TryParse(digits, out var number) ? number : int.MaxValue;
    }

    private string Locate(string path) => Path.Combine(root, path.TrimStart('/'));
}
