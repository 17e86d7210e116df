namespace Colibri.Files.Quantized;

/// <summary>
/// Layers of compressed-tensors in four bits ("pack-quantized"): <c>weight_packed</c> [outputs, inputs / 8], eight inputs a word, each
/// integer plus eight, <c>weight_scale</c> [outputs, groups] and, where weights are asymmetric, <c>weight_zero_point</c>
/// [outputs / 8, groups], eight outputs a word, plus eight too. Weight = scale * (q - zero); without zero points zero is 8.
/// </summary>
/// <param name="tensors">The folder's tensors.</param>
/// <param name="asymmetric">Whether every layer must have zero points.</param>
internal sealed class PackQuantizedLayers(IReadOnlyDictionary<string, StoredTensor> tensors, bool asymmetric) : NibbleLayers(tensors)
{
    private const int Middle = 8;

    /// <inheritdoc/>
    protected override bool HoldsLayer(string layer) => Tensors.ContainsKey($"{layer}.weight_packed");

    /// <inheritdoc/>
    protected override int Group(string layer, int columns) =>
        Tensors.TryGetValue($"{layer}.weight_scale", out var scales) && scales.Shape.Count == 2 && scales.Shape[1] > 0 && columns % scales.Shape[1] == 0
            ? (int)(columns / scales.Shape[1])
            : columns;

    /// <inheritdoc/>
    protected override NibbleLayer? Layer(string layer, int rows, int columns, int group, Action<string> fault)
    {
        var q = Words($"{layer}.weight_packed", fault, rows, columns / PerWord);
        var scales = Values(Find($"{layer}.weight_scale", fault, [rows, columns / group]), fault);
        var hasZeros = asymmetric || Tensors.ContainsKey($"{layer}.weight_zero_point");
        var zeros = hasZeros ? Words($"{layer}.weight_zero_point", fault, (rows + PerWord - 1) / PerWord, columns / group) : null;
        CheckOrder($"{layer}.weight_g_idx", columns, group, fault);
        return q is null || scales is null || (hasZeros && zeros is null) ? null : new Stored(q, zeros, scales, rows, columns, group);
    }

    private sealed class Stored(StoredTensor q, StoredTensor? zeros, float[] scales, int rows, int columns, int group)
        : NibbleLayer(rows, columns, group)
    {
        public override IReadOnlyList<StoredTensor> Tensors => zeros is null ? [q] : [q, zeros];

        public override void Integers(int firstRow, int count, Span<byte> target)
        {
            var first = (long)firstRow * Columns / PerWord;
            for (var word = 0; word < count * Columns / PerWord; word++)
            {
                var eight = Word(q, first + word);
                for (var i = 0; i < PerWord; i++)
                {
                    target[word * PerWord + i] = (byte)Nibble(eight, i);
                }
            }
        }

        public override float Scale(int row, int group) => scales[(long)row * Groups + group];

        public override int Zero(int row, int group) =>
            zeros is null ? Middle : Nibble(Word(zeros, (long)(row / PerWord) * Groups + group), row % PerWord);
    }
}
