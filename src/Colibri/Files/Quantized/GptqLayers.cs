namespace Colibri.Files.Quantized;

/// <summary>
/// Layers of GPTQ in four bits (Frantar et al. 2022, as AutoGPTQ and GPTQModel store them): <c>qweight</c> [inputs / 8, outputs],
/// eight inputs a word, <c>qzeros</c> [groups, outputs / 8], eight outputs a word, <c>scales</c> [groups, outputs] and, where
/// there is one, <c>g_idx</c> [inputs], the group of each input. Weight = scale * (q - zero); version 1 stores zero - 1.
/// </summary>
internal sealed class GptqLayers : NibbleLayers
{
    private readonly bool _storesOneLess;
    private readonly bool _symmetric;

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="InputException">It asks for what cannot be computed.</exception>
    public GptqLayers(Settings config, IReadOnlyDictionary<string, StoredTensor> tensors)
        : base(config, tensors, "bits", "group_size")
    {
        var version = config.Text("checkpoint_format") ?? "gptq";
        _storesOneLess = version switch
        {
            "gptq" => true,
            "gptq_v2" => false,
            _ => throw Refusal(config, $"'checkpoint_format' is {Printable.Quote(version)}", "'gptq' and 'gptq_v2'"),
        };
        _symmetric = config.Flag("sym") ?? false;
        if (config.Section("dynamic") is { Keys.Count: > 0 })
        {
            throw Refusal(config, "'dynamic' gives layers sizes of their own", "one group size and four bits for all");
        }
    }

    /// <inheritdoc/>
    protected override NibbleLayer? Layer(string layer, int rows, int columns, int group, Action<string> fault)
    {
        var q = Words($"{layer}.qweight", fault, columns / PerWord, rows);
        var zeros = Words($"{layer}.qzeros", fault, columns / group, rows / PerWord);
        var scales = Values(Find($"{layer}.scales", fault, [columns / group, rows]), fault);
        CheckOrder($"{layer}.g_idx", columns, group, fault);
        return q is null || zeros is null || scales is null ? null : new Stored(q, zeros, scales, rows, columns, group, _storesOneLess && !HoldsPlainZeros(zeros));
    }

    // Some files say version 1 and hold version 2: where all zero points are 8, version 1 has 7 everywhere and version 2 has 8.
    private unsafe bool HoldsPlainZeros(StoredTensor zeros) => _symmetric && *(uint*)zeros.Address == 0x88888888;

    private sealed class Stored(StoredTensor q, StoredTensor zeros, float[] scales, int rows, int columns, int group, bool oneLess)
        : NibbleLayer(rows, columns, group)
    {
        public override IReadOnlyList<StoredTensor> Tensors => [q, zeros];

        public override void Integers(int firstRow, int count, Span<byte> target)
        {
            for (var word = 0; word < Columns / PerWord; word++)
            {
                for (var r = 0; r < count; r++)
                {
                    var eight = Word(q, (long)word * Rows + firstRow + r);
                    var values = target.Slice(r * Columns + word * PerWord, PerWord);
                    for (var i = 0; i < PerWord; i++)
                    {
                        values[i] = (byte)Nibble(eight, i);
                    }
                }
            }
        }

        public override float Scale(int row, int group) => scales[(long)group * Rows + row];

        public override int Zero(int row, int group) =>
            Nibble(Word(zeros, (long)group * (Rows / PerWord) + row / PerWord), row % PerWord) + (oneLess ? 1 : 0);
    }
}
