using Colibri.Formats;

namespace Colibri.Files.Quantized;

/// <summary>Layers of 4-bit integers in groups: what GPTQ, AWQ and compressed-tensors have in common. They are repacked when the model loads.</summary>
internal abstract class NibbleLayers : QuantizedLayers
{
    private readonly int? _group;

    /// <summary>Layers whose group size follows from their scales.</summary>
    protected NibbleLayers(IReadOnlyDictionary<string, StoredTensor> tensors)
        : base(tensors)
    {
    }

    /// <summary>Layers whose bits and group size the configuration gives for all.</summary>
    /// <param name="config">The section quantization_config.</param>
    /// <param name="tensors">All tensors.</param>
    /// <param name="bits">The key of the number of bits.</param>
    /// <param name="group">The key of the group size; -1 stands for all inputs of an output.</param>
    /// <exception cref="InputException">They are not what can be computed.</exception>
    protected NibbleLayers(Settings config, IReadOnlyDictionary<string, StoredTensor> tensors, string bits, string group)
        : this(tensors)
    {
        if (config.Required(bits) is var found && found != 4)
        {
            throw Refusal(config, $"'{bits}' is {found}", "4");
        }

        _group = (int)(config.Integer(group, -1) ?? -1);
    }

    /// <summary>4-bit integers of a 32-bit word.</summary>
    protected static int PerWord => NibbleLayer.PerWord;

    /// <inheritdoc/>
    protected override bool HoldsLayer(string layer) => Tensors.ContainsKey($"{layer}.qweight");

    /// <summary>Inputs of a layer that share a scale.</summary>
    protected virtual int Group(string layer, int columns) => _group is > 0 and var group ? group : columns;

    /// <summary>Finds a layer's tensors; null after a fault.</summary>
    protected abstract NibbleLayer? Layer(string layer, int rows, int columns, int group, Action<string> fault);

    /// <inheritdoc/>
    protected override QuantizedLayer? Load(string name, string layer, int rows, int columns, Action<string> fault)
    {
        var group = Group(layer, columns);
        if (columns % group != 0 || GroupedNibbles.FormatFor(group, columns) is not { } format)
        {
            fault($"{layer} has {columns} inputs in groups of {group}; groups of a multiple of 32 that divides the inputs are expected");
            return null;
        }

        if (rows % PerWord != 0)
        {
            fault($"{layer} has {rows} outputs; a multiple of {PerWord} is expected");
            return null;
        }

        if (Layer(layer, rows, columns, group, fault) is not { } stored)
        {
            return null;
        }

        var repacked = new RepackedLayer(name, stored, format);
        return new QuantizedLayer(repacked.Weight, repacked);
    }

    /// <summary>A tensor of 32-bit words; null after a fault.</summary>
    protected StoredTensor? Words(string name, Action<string> fault, params long[] shape)
    {
        var tensor = Find(name, fault, shape);
        if (tensor is { Format: { IsNumeric: false, BytesPerBlock: sizeof(uint) } })
        {
            return tensor;
        }

        if (tensor is not null)
        {
            fault($"{name} is {tensor.Format}; 32-bit integers are expected");
        }

        return null;
    }

    /// <summary>Refuses layers whose inputs were reordered ("act-order"): their groups do not lie together.</summary>
    protected void CheckOrder(string name, int columns, int group, Action<string> fault)
    {
        if (!Tensors.ContainsKey(name) || Words(name, fault, columns) is not { } order)
        {
            return;
        }

        var groups = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(order.Span);
        for (var k = 0; k < columns; k++)
        {
            // compressed-tensors fills it with -1 where it was not used.
            if (groups[k] != k / group && groups[k] != -1)
            {
                fault($"{name} puts input {k} into group {groups[k]}: inputs in the order of their activations (desc_act, actorder) cannot be computed yet; quantize with the order of the weights");
                return;
            }
        }
    }

    /// <summary>What cannot be computed, and what can.</summary>
    protected static InputException Refusal(Settings part, string found, string expected) =>
        new($"{part.Source}: {found}, which cannot be computed yet; {expected} can.");
}
