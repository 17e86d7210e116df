using System.CommandLine;
using Colibri.Generation;

namespace Colibri.Cli.Benchmarking;

/// <summary>A model and the settings it is measured with.</summary>
/// <param name="Path">The model.</param>
/// <param name="Options">How it is loaded.</param>
/// <param name="Setting">What differs from the first subject, for example <c>kernels=reference</c>; null where it is the model.</param>
internal sealed record BenchmarkSubject(string Path, LoadOptions Options, string? Setting)
{
    /// <summary>What <c>--compare</c> takes, for its help and errors.</summary>
    public const string Expected = "another model, or one of threads=N, kv=FORMAT, activations=KIND (values as of these options) and kernels=NAME";

    /// <summary>Another subject to compare this one with.</summary>
    /// <param name="what">A model's path, or a setting and its value.</param>
    /// <exception cref="InputException">The setting or its value is unknown.</exception>
    public BenchmarkSubject With(string what)
    {
        // A path may hold an equals sign too, so what exists is a model.
        var (name, value) = what.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && !System.IO.Path.Exists(what) ? (what[..at], what[(at + 1)..]) : ("", "");
        return name switch
        {
            "" => this with { Path = what },
            "kernels" when value.Length > 0 => this with { Options = Options with { Kernels = value }, Setting = what },
            "threads" => this with { Options = Options with { Threads = Parse(name, value).Threads }, Setting = what },
            "kv" => this with { Options = Options with { KeyValueFormat = Parse(name, value).KeyValueFormat }, Setting = what },
            "activations" => this with { Options = Options with { FloatActivations = Parse(name, value).FloatActivations }, Setting = what },
            _ => throw new InputException($"--compare: '{what}' is neither a model nor a setting; {Expected} is expected."),
        };
    }

    // The verb's own options say which values there are.
    private static LoadOptions Parse(string name, string value)
    {
        var engine = new EngineOptions();
        var verb = new Command("compare");
        engine.AddTo(verb);
        var parsed = verb.Parse([$"--{name}", value]);
        return parsed.Errors.Count == 0 ? engine.Read(parsed) : throw new InputException($"--compare {name}={value}: {parsed.Errors[0].Message}");
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
