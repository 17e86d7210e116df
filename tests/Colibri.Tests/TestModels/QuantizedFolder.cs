using System.Text;
using System.Text.Json.Nodes;
using Colibri.Files;
using Colibri.Formats;
using Colibri.TestData;

namespace Colibri.Tests.TestModels;

/// <summary>A tensor to write: what is behind the layer's name, its format, its shape and its bytes.</summary>
internal sealed record StoredPart(string Suffix, string Format, long[] Shape, byte[] Bytes);

/// <summary>A layer as a test quantized it, and what its weights are by the published formula.</summary>
internal sealed record LayerOfTest(IReadOnlyList<StoredPart> Parts, float[] Decoded);

/// <summary>Writes the first layers of the small model as a Hugging Face folder whose linear layers a test quantizes.</summary>
internal static class QuantizedFolder
{
    public const int Layers = 2;

    /// <summary>Writes two folders: the quantized one, and one with the decoded weights in float32.</summary>
    /// <param name="folder">Where the two go.</param>
    /// <param name="configuration">The section quantization_config.</param>
    /// <param name="quantize">Quantizes a layer [rows, columns]; null leaves it as it is.</param>
    public static (string Quantized, string Decoded) Write(
        string folder, string configuration, Func<string, float[], int, int, LayerOfTest?> quantize)
    {
        using var source = ModelSource.Open(SharedData.Starter);
        var (quantized, decoded) = (new SafetensorsWriter(), new SafetensorsWriter());
        foreach (var tensor in source.Tensors.Values.Where(Wanted))
        {
            var layer = tensor.Name[..^".weight".Length];
            var values = new float[tensor.Count];
            tensor.Format.Decode(tensor.Span, values);
            if (!layer.EndsWith("_proj", StringComparison.Ordinal) || quantize(layer, values, (int)tensor.Shape[0], (int)tensor.Shape[1]) is not { } stored)
            {
                Add(quantized, tensor.Name, "F32", tensor.Shape, Floats("F32", values));
                Add(decoded, tensor.Name, "F32", tensor.Shape, Floats("F32", values));
                continue;
            }

            Add(decoded, tensor.Name, "F32", tensor.Shape, Floats("F32", stored.Decoded));
            foreach (var part in stored.Parts)
            {
                Add(quantized, $"{layer}.{part.Suffix}", part.Format, part.Shape, part.Bytes);
            }
        }

        return (Save(quantized, Path.Combine(folder, "quantized"), configuration), Save(decoded, Path.Combine(folder, "decoded"), null));
    }

    /// <summary>Values in a float format.</summary>
    public static byte[] Floats(string format, ReadOnlySpan<float> values)
    {
        var parsed = TensorFormat.Parse(format);
        var bytes = new byte[parsed.BytesFor(values.Length)];
        parsed.Encode(values, bytes);
        return bytes;
    }

    /// <summary>A value as a float format holds it.</summary>
    public static float Rounded(string format, float value)
    {
        var back = new float[1];
        TensorFormat.Parse(format).Decode(Floats(format, [value]), back);
        return back[0];
    }

    private static bool Wanted(StoredTensor tensor)
    {
        const string prefix = "model.layers.";
        return !tensor.Name.StartsWith(prefix, StringComparison.Ordinal)
            || int.Parse(tensor.Name[prefix.Length..].Split('.')[0], System.Globalization.CultureInfo.InvariantCulture) < Layers;
    }

    private static void Add(SafetensorsWriter writer, string name, string format, IReadOnlyList<long> shape, byte[] bytes) =>
        writer.AddTensor(name, TensorFormat.Parse(format), shape, sink => sink.Write(bytes));

    private static string Save(SafetensorsWriter writer, string folder, string? configuration)
    {
        Directory.CreateDirectory(folder);
        writer.WriteFolder(folder);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(SharedData.Starter, "config.json")))!;
        config["num_hidden_layers"] = Layers;
        if (configuration is not null)
        {
            config["quantization_config"] = JsonNode.Parse(configuration);
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(), Encoding.UTF8);
        return folder;
    }
}
