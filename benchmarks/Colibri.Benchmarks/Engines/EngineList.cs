namespace Colibri.Benchmarks.Engines;

/// <summary>The engines that can be compared, by name.</summary>
internal static class EngineList
{
    private static readonly (string Name, Func<EngineOptions, IEngine> Load)[] Entries =
    [
        ("colibri", options => new ColibriEngine(options)),
        ("llama.cpp", options => new LlamaCppEngine(options)),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Entries.Select(e => e.Name);

    /// <summary>Loads an engine with a model.</summary>
    /// <exception cref="InputException">No engine has the name, or it refuses the model.</exception>
    public static IEngine Load(string name, EngineOptions options) => Entries[Index(name)].Load(options);

    /// <summary>Throws where no engine has the name.</summary>
    /// <exception cref="InputException">None has.</exception>
    public static string Known(string name) => Entries[Index(name)].Name;

    private static int Index(string name)
    {
        var index = Array.FindIndex(Entries, e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index : throw new InputException($"Unknown engine '{name}'. Known: {string.Join(", ", Names)}.");
    }
}
