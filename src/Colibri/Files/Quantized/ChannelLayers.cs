using Colibri.Formats;

namespace Colibri.Files.Quantized;

/// <summary>
/// Layers of signed bytes with a scale per output (compressed-tensors, "int-quantized"): <c>weight</c> [outputs, inputs] in eight bits
/// and <c>weight_scale</c> [outputs, 1], or one scale for all. The bytes stay in the map.
/// </summary>
internal sealed class ChannelLayers(IReadOnlyDictionary<string, StoredTensor> tensors) : QuantizedLayers(tensors)
{
    /// <inheritdoc/>
    protected override bool HoldsLayer(string layer) => Tensors.TryGetValue($"{layer}.weight", out var tensor) && tensor.Format.HasChannelScales;

    /// <inheritdoc/>
    protected override unsafe QuantizedLayer? Load(string name, string layer, int rows, int columns, Action<string> fault)
    {
        if (columns > ChannelScales.MostColumns)
        {
            fault($"{name} has {columns} columns; sums of 8-bit products are exact for at most {ChannelScales.MostColumns}");
        }

        foreach (var (part, meaning) in new[] { ("weight_zero_point", "asymmetric weights"), ("input_scale", "activations with stored scales") })
        {
            if (Tensors.ContainsKey($"{layer}.{part}"))
            {
                fault($"{layer}.{part} is there: {meaning} cannot be computed yet");
            }
        }

        var weight = Find(name, fault, [rows, columns]);
        var scales = Values(Find($"{layer}.weight_scale", fault, [rows, 1], [rows], [1], []), fault);
        if (weight is null || scales is null)
        {
            return null;
        }

        if (scales.Length == 1)
        {
            var one = scales[0];
            scales = new float[rows];
            Array.Fill(scales, one);
        }

        return new QuantizedLayer(new Weight(name, weight.Format, rows, columns, weight.Address, weight.Owner, new ChannelScales(scales)));
    }
}
