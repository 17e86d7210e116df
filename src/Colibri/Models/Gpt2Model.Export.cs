using Colibri.Files;

namespace Colibri.Models;

/// <content>How a Hugging Face model of the family stands in a GGUF file.</content>
internal sealed partial class Gpt2Model
{
    private static GgufExport Export(ModelSource source)
    {
        var (shape, from, epsilon) = Configuration.Read(source);
        var to = Names.Gguf;
        var export = new GgufExportBuilder(source, shape.Family);
        export.Set("block_count", (uint)shape.Layers);
        export.Set("context_length", (uint)shape.Context);
        export.Set("embedding_length", (uint)shape.Hidden);
        export.Set("feed_forward_length", (uint)shape.FeedForward);
        export.Set("attention.head_count", (uint)shape.Heads);
        export.Set("attention.layer_norm_epsilon", epsilon);
        export.Set("vocab_size", (uint)shape.Vocabulary);
        export.Add(to.Tokens, from.Tokens, [shape.Vocabulary, shape.Hidden]);
        export.Add(to.Positions, from.Positions, [shape.Context, shape.Hidden]);
        for (var i = 0; i < shape.Layers; i++)
        {
            Norm(to.In(i, to.AttentionNorm), from.In(i, from.AttentionNorm));
            Linear(i, to.QueryKeyValue, from.QueryKeyValue, 3 * shape.Hidden, shape.Hidden);
            Linear(i, to.AttentionOutput, from.AttentionOutput, shape.Hidden, shape.Hidden);
            Norm(to.In(i, to.FeedForwardNorm), from.In(i, from.FeedForwardNorm));
            Linear(i, to.Up, from.Up, shape.FeedForward, shape.Hidden);
            Linear(i, to.Down, from.Down, shape.Hidden, shape.FeedForward);
        }

        Norm(to.Norm, from.Norm);
        if (export.Has(from.Output))
        {
            export.Add(to.Output, from.Output, [shape.Vocabulary, shape.Hidden]);
        }

        // Masks that older files carry.
        return export.Finish(shape.Vocabulary, name => name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal));

        void Norm(string name, string stored)
        {
            export.Add(name + ".weight", stored + ".weight", [shape.Hidden]);
            export.Add(name + ".bias", stored + ".bias", [shape.Hidden]);
        }

        void Linear(int block, string name, string stored, int outputs, int inputs)
        {
            export.AddTurned(to.In(block, name) + ".weight", from.In(block, stored) + ".weight", outputs, inputs);
            export.Add(to.In(block, name) + ".bias", from.In(block, stored) + ".bias", [outputs]);
        }
    }
}
