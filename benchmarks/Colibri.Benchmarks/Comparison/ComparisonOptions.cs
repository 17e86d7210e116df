namespace Colibri.Benchmarks.Comparison;

/// <summary>What is compared, and how.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>The GGUF file both sides run.</summary>
    public required string Model { get; init; }

    /// <summary>The engine that is judged.</summary>
    public required string Engine { get; init; }

    /// <summary>The engine it is judged against.</summary>
    public required string Peer { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public int Prompt { get; init; } = 512;

    /// <summary>Tokens generated, per sequence.</summary>
    public int Generate { get; init; } = 64;

    /// <summary>Tokens in the cache before generating starts.</summary>
    public int Depth { get; init; }

    /// <summary>Sequences that generate together.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Threads of either side.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Pairs of measurements.</summary>
    public int Pairs { get; init; } = 5;

    /// <summary>Milliseconds between two measurements; engines' threads go on polling for a moment after the work is done.</summary>
    public int PauseMilliseconds { get; init; } = 500;

    /// <summary>Folder of llama.cpp's libraries.</summary>
    public required string Peers { get; init; }

    /// <summary>Tokens a sequence must be able to hold.</summary>
    public int Context => Math.Max(Prompt, Depth + Generate);
}
