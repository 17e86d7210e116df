using Colibri.Generation;

namespace Colibri.Cli.Benchmarking;

/// <summary>A model and the settings it is measured with.</summary>
/// <param name="Path">The model.</param>
/// <param name="Options">How it is loaded.</param>
/// <param name="Setting">What differs from the first subject, for example <c>kernels=reference</c>; null where it is the model.</param>
internal sealed record BenchmarkSubject(string Path, LoadOptions Options, string? Setting)
{
    /// <summary>What <c>--compare</c> takes, for its help and errors.</summary>
    public const string Expected = "another model, or one of kernels=NAME, kv=f32|f16, activations=int8|float, threads=N";

    /// <summary>Another subject to compare this one with.</summary>
    /// <param name="what">A model's path, or a setting and its value.</param>
    /// <exception cref="InputException">The setting or its value is unknown.</exception>
    public BenchmarkSubject With(string what)
    {
        // A path may hold an equals sign too, so what exists is a model.
        var (name, value) = what.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && !System.IO.Path.Exists(what) ? (what[..at], what[(at + 1)..]) : ("", "");
        return (name, value) switch
        {
            ("", _) => this with { Path = what },
            ("kernels", { Length: > 0 }) => this with { Options = Options with { Kernels = value }, Setting = what },
            ("kv", "f32" or "f16") => this with { Options = Options with { KeyValueFormat = value.ToUpperInvariant() }, Setting = what },
            ("activations", "int8" or "float") => this with { Options = Options with { FloatActivations = value == "float" }, Setting = what },
            ("threads", _) when int.TryParse(value, out var threads) && threads is >= 1 and <= 256 => this with { Options = Options with { Threads = threads }, Setting = what },
            _ => throw new InputException($"--compare: '{what}' is neither a model nor a setting; {Expected} is expected."),
        };
    }
}

/// <summary>What was found of a subject.</summary>
/// <param name="Facts">What the model is.</param>
/// <param name="Setting">What differs from the first subject, or null.</param>
/// <param name="Result">Its speed.</param>
internal sealed record BenchmarkOutcome(ModelFacts Facts, string? Setting, ModelBenchmarkResult Result)
{
    /// <summary>What tables and charts call it.</summary>
    public string Title => Setting ?? $"{Path.GetFileName(Facts.Path.TrimEnd('/', '\\'))} ({Facts.Format}, {Figures.Bytes(Facts.WeightBytes)})";
}
