namespace Colibri.Files;

/// <summary>Where a path leads behind all symbolic links.</summary>
internal static class FinalPath
{
    /// <summary>
    /// The full path of the file itself. The path is made full first: from a bare name, .NET resolves a relative link against the root
    /// folder and not against the current one.
    /// </summary>
    /// <param name="path">A path; what it names need not exist.</param>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }
}
