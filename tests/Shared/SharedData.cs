using Xunit;

namespace Colibri.TestData;

/// <summary>The large test sets that lie beside the repository in CI; a user does not have them, and the tests skip.</summary>
internal static class SharedData
{
    private static readonly string? Root = Find("shared");

    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindUp(d => File.Exists(Path.Combine(d, "Colibri.slnx")))
        ?? throw new InvalidOperationException("The tests run inside the repository.");

    /// <summary>The model in <c>models/</c>.</summary>
    public static string Starter => Path.Combine(Repository, "models", "starter");

    /// <summary>The path of something below shared/; skips the calling [SkippableFact] where it is not at hand.</summary>
    public static string Require(string relative)
    {
        var path = Root is null ? null : Path.Combine(Root, relative);
        var there = path is not null && (File.Exists(path) || Directory.Exists(path));
        Skip.IfNot(there, $"shared/{relative} is not beside the repository");
        return path!;
    }

    private static string? Find(string name)
    {
        var repository = FindUp(d => File.Exists(Path.Combine(d, "Colibri.slnx")));
        var folder = repository is null ? null : Path.Combine(Path.GetDirectoryName(repository)!, name);
        return folder is not null && Directory.Exists(Path.Combine(folder, "data")) ? folder : null;
    }

    private static string? FindUp(Func<string, bool> holds)
    {
        for (var d = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar); d is not null; d = Path.GetDirectoryName(d))
        {
            if (holds(d))
            {
                return d;
            }
        }

        return null;
    }
}
