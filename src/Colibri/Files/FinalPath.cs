namespace Colibri.Files;

/// <summary>Where a path leads behind all symbolic links.</summary>
internal static class FinalPath
{
    /// <summary>
    /// The full path of the file itself. The path is made full first: from a bare name, .NET resolves a relative link against the root
    /// folder and not against the current one.
    /// </summary>
    /// <param name="path">A path; what it names need not exist.</param>
    /// <exception cref="InputException">It is no path, or its links lead nowhere.</exception>
    public static string Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InputException("A path is empty or no path; the name of a file is expected.");
        }

        try
        {
            var full = Path.GetFullPath(path);
            return File.Exists(full) || new FileInfo(full).LinkTarget is not null ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be used: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Throws where an output would replace a file that is read.</summary>
    /// <param name="inputs">Files that are read.</param>
    /// <param name="output">Where the output shall appear.</param>
    /// <exception cref="InputException">It is one of the inputs.</exception>
    public static void RequireAnother(IEnumerable<string> inputs, string output)
    {
        var target = Of(output);
        if (inputs.Any(path => Of(path) == target))
        {
            throw new InputException($"{output}: is the input itself; give the output another name.");
        }
    }
}
