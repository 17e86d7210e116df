namespace Colibri.Files.Quantized;

/// <summary>
/// Layers of AWQ in four bits (Lin et al. 2023, AutoAWQ's version "gemm"): <c>qweight</c> [inputs, outputs / 8] and <c>qzeros</c>
/// [groups, outputs / 8], eight outputs a word in the order 0 2 4 6 1 3 5 7, and <c>scales</c> [groups, outputs].
/// Weight = scale * (q - zero).
/// </summary>
internal sealed class AwqLayers : NibbleLayers
{
    /// <summary>Reads the configuration.</summary>
    /// <exception cref="InputException">It asks for what cannot be computed.</exception>
    public AwqLayers(Settings config, IReadOnlyDictionary<string, StoredTensor> tensors)
        : base(config, tensors, config.Has("w_bit") ? "w_bit" : "bits", config.Has("q_group_size") ? "q_group_size" : "group_size")
    {
        var version = config.Text("version") ?? "gemm";
        if (!version.Equals("gemm", StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal(config, $"'version' is {Printable.Quote(version)}", "'gemm'");
        }

        if (!(config.Flag("zero_point") ?? true))
        {
            throw Refusal(config, "'zero_point' is false", "layers with zero points");
        }
    }

    /// <inheritdoc/>
    protected override NibbleLayer? Layer(string layer, int rows, int columns, int group, Action<string> fault)
    {
        var q = Words($"{layer}.qweight", fault, columns, rows / PerWord);
        var zeros = Words($"{layer}.qzeros", fault, columns / group, rows / PerWord);
        var scales = Values(Find($"{layer}.scales", fault, [columns / group, rows]), fault);
        return q is null || zeros is null || scales is null ? null : new Stored(q, zeros, scales, rows, columns, group);
    }

    private sealed class Stored(StoredTensor q, StoredTensor zeros, float[] scales, int rows, int columns, int group)
        : NibbleLayer(rows, columns, group)
    {
        public override IReadOnlyList<StoredTensor> Tensors => [q, zeros];

        public override void Integers(int firstRow, int count, Span<byte> target)
        {
            for (var column = 0; column < Columns; column++)
            {
                for (var r = 0; r < count; r++)
                {
                    target[r * Columns + column] = (byte)At(q, column, firstRow + r);
                }
            }
        }

        public override float Scale(int row, int group) => scales[(long)group * Rows + row];

        public override int Zero(int row, int group) => At(zeros, group, row);

        // Where each of eight outputs lies in its word: even ones in the lower half, odd ones in the upper.
        private int At(StoredTensor tensor, long line, int row) =>
            Nibble(Word(tensor, line * (Rows / PerWord) + row / PerWord), row % PerWord / 2 + row % 2 * 4);
    }
}
