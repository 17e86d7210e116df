namespace Colibri.Benchmarks.LlamaCpp;

/// <summary>Where the peers' libraries lie: <c>benchmarks/.peers</c> of the repository, which git ignores.</summary>
internal static class PeerFolder
{
    /// <summary>The repository's root.</summary>
    /// <exception cref="InputException">The program does not run from a checkout.</exception>
    public static string Repository
    {
        get
        {
            for (var d = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar); d is not null; d = Path.GetDirectoryName(d))
            {
                if (File.Exists(Path.Combine(d, "Colibri.slnx")))
                {
                    return d;
                }
            }

            throw new InputException("The benchmarks run from a checkout of the repository; none was found above the program.");
        }
    }

    /// <summary>Folder of llama.cpp's shared libraries, there or not.</summary>
    public static string LlamaCpp => Path.Combine(Repository, "benchmarks", ".peers", $"llama.cpp-{LlamaLibrary.ExpectedVersion}");
}
