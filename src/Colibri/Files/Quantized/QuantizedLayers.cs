using Colibri.Formats;

namespace Colibri.Files.Quantized;

/// <summary>
/// Linear layers that a Hugging Face folder stores as integers with scales beside them, in tensors of their own: what
/// <c>quantization_config</c> of its config.json announces.
/// </summary>
internal abstract class QuantizedLayers(IReadOnlyDictionary<string, StoredTensor> tensors)
{
    /// <summary>The ending of the name under which families ask for a layer's weights.</summary>
    private const string Ending = ".weight";

    /// <summary>All tensors of the folder.</summary>
    protected IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    /// <summary>The layers of a folder, or null where its weights are plain.</summary>
    /// <param name="config">The folder's config.json.</param>
    /// <param name="tensors">The folder's tensors.</param>
    /// <exception cref="InputException">The configuration asks for what cannot be computed; the message names it.</exception>
    public static QuantizedLayers? Of(Settings config, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        // compressed-tensors called its section compression_config at first.
        var settings = config.Section("quantization_config") ?? config.Section("compression_config");
        return settings is null ? null : (settings.Text("quant_method") ?? "compressed-tensors") switch
        {
            "compressed-tensors" => CompressedTensorsConfig.Layers(settings, tensors),
            "gptq" => new GptqLayers(settings, tensors),
            "awq" => new AwqLayers(settings, tensors),
            var method => throw new InputException($"{settings.Source}: 'quant_method' is {Printable.Quote(method)}, which cannot be read. 'compressed-tensors', 'gptq' and 'awq' can."),
        };
    }

    /// <summary>How many weights a tensor of a folder holds, by the last part of its name; needs no configuration that can be read.</summary>
    /// <param name="tensor">The tensor.</param>
    public static long ParametersOf(StoredTensor tensor) => tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..] switch
    {
        "qweight" or "weight_packed" => tensor.Count * NibbleLayer.PerWord,
        "qzeros" or "scales" or "g_idx" or "weight_scale" or "weight_zero_point" or "weight_g_idx" or "weight_shape" or "input_scale" => 0,
        _ => tensor.Count,
    };

    /// <summary>Whether weights are stored in the quantized way.</summary>
    /// <param name="name">The name under which plain weights would lie: that of the layer and ".weight".</param>
    public bool Holds(string name) => name.EndsWith(Ending, StringComparison.Ordinal) && HoldsLayer(name[..^Ending.Length]);

    /// <summary>The weights of a layer that <see cref="Holds"/>, or null where there were faults.</summary>
    /// <param name="name">As above.</param>
    /// <param name="rows">Expected outputs.</param>
    /// <param name="columns">Expected inputs.</param>
    /// <param name="faults">Receives what is wrong, a sentence for each fault.</param>
    public QuantizedLayer? Load(string name, int rows, int columns, ICollection<string> faults)
    {
        var before = faults.Count;
        var layer = Load(name, name[..^Ending.Length], rows, columns, faults.Add);
        if (faults.Count == before)
        {
            return layer;
        }

        layer?.Repacked?.Dispose();
        return null;
    }

    /// <summary>Whether a layer is stored in the quantized way.</summary>
    /// <param name="layer">Its name.</param>
    protected abstract bool HoldsLayer(string layer);

    /// <summary>Reads a layer; what it returns after a fault is not used.</summary>
    protected abstract QuantizedLayer? Load(string name, string layer, int rows, int columns, Action<string> fault);

    /// <summary>A tensor that must be there with one of some shapes; null after a fault.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fault">Told what is wrong.</param>
    /// <param name="shapes">Shapes it may have; the first one is what an error asks for.</param>
    protected StoredTensor? Find(string name, Action<string> fault, params ReadOnlySpan<long[]> shapes)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            fault($"{name} {Printable.Shape(shapes[0])} is missing");
            return null;
        }

        foreach (var shape in shapes)
        {
            if (tensor.Shape.SequenceEqual(shape))
            {
                return tensor;
            }
        }

        fault($"{name} is {Printable.Shape(tensor.Shape)}, expected {Printable.Shape(shapes[0])}");
        return null;
    }

    /// <summary>All values of a small tensor as float32; null after a fault.</summary>
    protected static float[]? Values(StoredTensor? tensor, Action<string> fault)
    {
        if (tensor is null)
        {
            return null;
        }

        if (!tensor.Format.IsNumeric || tensor.Count > Array.MaxLength)
        {
            fault($"{tensor.Name} is {tensor.Format}; scales in a float format are expected");
            return null;
        }

        var values = new float[tensor.Count];
        tensor.Format.Decode(tensor.Span, values);
        return values;
    }
}

/// <summary>A layer's weights, and the room they were given where they do not stay as they lie in the file.</summary>
internal sealed record QuantizedLayer(Weight Weight, RepackedLayer? Repacked = null);
