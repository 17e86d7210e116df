using Colibri.Hardware;

namespace Colibri.Benchmarks.Comparison;

/// <summary>One pair: what either side took for the same work, one right after the other.</summary>
/// <param name="Engine">Tokens per second of the engine that is judged.</param>
/// <param name="Peer">Tokens per second of the other.</param>
/// <param name="ReadBefore">Bytes per second that memory gave just before, or zero where it was not measured.</param>
/// <param name="ReadBetween">The same between the two.</param>
/// <param name="ReadAfter">The same just behind.</param>
internal readonly record struct Pair(double Engine, double Peer, double ReadBefore = 0, double ReadBetween = 0, double ReadAfter = 0)
{
    /// <summary>How many times as fast the judged engine is.</summary>
    public double Ratio => Engine / Peer;

    /// <summary>What memory gave the judged engine, as far as can be told: the better of before and behind it.</summary>
    public double EngineRead => Math.Max(ReadBefore, ReadBetween);

    /// <summary>What memory gave the other.</summary>
    public double PeerRead => Math.Max(ReadBetween, ReadAfter);
}

/// <summary>What is measured once per process start.</summary>
/// <param name="LoadSeconds">Inside the engine's own loading.</param>
/// <param name="FirstTokenSeconds">From the start of the process to the first token after a prompt of a few tokens.</param>
internal readonly record struct StartSample(double LoadSeconds, double FirstTokenSeconds);

/// <summary>One side.</summary>
internal sealed record SideResult
{
    /// <summary>The engine's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its release and variant.</summary>
    public required string Variant { get; init; }

    /// <summary>Fresh processes.</summary>
    public required IReadOnlyList<StartSample> Starts { get; init; }

    /// <summary>High-water mark of the process that ran all pairs, mapped pages included.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>The high-water mark before the model was loaded.</summary>
    public required long BaseBytes { get; init; }
}

/// <summary>A whole comparison.</summary>
internal sealed record ComparisonResult
{
    public required ComparisonOptions Options { get; init; }

    public required SideResult Engine { get; init; }

    public required SideResult Peer { get; init; }

    public required IReadOnlyList<Pair> Prompt { get; init; }

    public required IReadOnlyList<Pair> Generate { get; init; }

    public required ModelCost Cost { get; init; }

    public required MachineInfo Machine { get; init; }

    public required MachineCeilings Ceilings { get; init; }

    /// <summary>Processes that wanted to run in the minute before (Linux' load average); null where the system does not say.</summary>
    public required double? LoadBefore { get; init; }

    /// <summary>The commit that was measured, with a mark where the tree had changes; null outside a checkout.</summary>
    public required string? Commit { get; init; }

    /// <summary>When it began, in universal time.</summary>
    public required DateTime Started { get; init; }
}

/// <summary>Figures of small samples.</summary>
internal static class Sample
{
    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length);
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
