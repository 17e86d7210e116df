namespace Colibri.Benchmarks.Engines;

/// <summary>What every engine is asked for: the same work on the same file, timed inside the engine's own calls.</summary>
internal interface IEngine : IDisposable
{
    /// <summary>The engine's name in reports.</summary>
    string Name { get; }

    /// <summary>Release, and which of its variants runs here.</summary>
    string Variant { get; }

    /// <summary>Number of token ids the model knows.</summary>
    int VocabularySize { get; }

    /// <summary>Seconds from the start of loading until the first token could be computed.</summary>
    double LoadSeconds { get; }

    /// <summary>Runs a prompt from an empty cache until the logits behind its last token are there.</summary>
    /// <param name="ids">Token ids, as many as the context holds at most.</param>
    /// <returns>Seconds.</returns>
    double Prompt(ReadOnlySpan<int> ids);

    /// <summary>
    /// Feeds ids one at a time and waits for the logits behind each, as text is generated; sampling is left out, and the
    /// ids are given, so that every engine does the same work.
    /// </summary>
    /// <param name="ids">The ids in turn; with several sequences every one of them is fed the same.</param>
    /// <param name="depth">Tokens already in the cache of every sequence; running them is not timed.</param>
    /// <param name="sequences">How many sequences advance together, one token each per step.</param>
    /// <returns>Seconds for all steps.</returns>
    double Generate(ReadOnlySpan<int> ids, int depth, int sequences);

    /// <summary>The logits behind every token.</summary>
    /// <param name="ids">Token ids.</param>
    /// <returns>[tokens, vocabulary], row-major.</returns>
    float[] Logits(ReadOnlySpan<int> ids);
}

/// <summary>How an engine is set up.</summary>
internal sealed record EngineOptions
{
    /// <summary>The GGUF file.</summary>
    public required string Model { get; init; }

    /// <summary>Threads that compute.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Tokens each sequence can hold.</summary>
    public int Context { get; init; } = 640;

    /// <summary>Sequences that can run together.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Whether keys and values are kept in float32 instead of the engine's default, to compare results rather than speed.</summary>
    public bool PreciseCache { get; init; }

    /// <summary>Whether activations stay float32 where the engine would round them to 8 bits; llama.cpp has no such choice.</summary>
    public bool FloatActivations { get; init; }

    /// <summary>Folder of llama.cpp's libraries.</summary>
    public string Peers { get; init; } = "";
}
