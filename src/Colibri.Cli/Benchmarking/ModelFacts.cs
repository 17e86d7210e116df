using Colibri.Generation;

namespace Colibri.Cli.Benchmarking;

/// <summary>What a report says of a model besides its speed; taken while it is loaded.</summary>
internal sealed class ModelFacts
{
    /// <summary>Notes the facts.</summary>
    public ModelFacts(string path, TextModel model)
    {
        Path = path;
        Family = model.Shape.Family;
        Threads = model.Threads;
        Kernels = KernelNames.Of(model);
        Format = KernelNames.MainFormat(model).Name;
        Parameters = model.Engine.Source.Parameters;
        WeightBytes = model.Engine.Source.Tensors.Values.Sum(t => t.Bytes);
    }

    /// <summary>As the user named it.</summary>
    public string Path { get; }

    /// <summary>The family.</summary>
    public string Family { get; }

    /// <summary>Threads that computed.</summary>
    public int Threads { get; }

    /// <summary>The matrix product's variant.</summary>
    public string Kernels { get; }

    /// <summary>The format most bytes are in.</summary>
    public string Format { get; }

    /// <summary>Number of weights.</summary>
    public long Parameters { get; }

    /// <summary>Bytes of weights.</summary>
    public long WeightBytes { get; }
}
