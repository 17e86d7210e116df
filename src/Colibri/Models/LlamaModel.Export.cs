using Colibri.Files;

namespace Colibri.Models;

/// <content>How a Hugging Face model of the family stands in a GGUF file.</content>
internal sealed partial class LlamaModel
{
    private static GgufExport Export(ModelSource source)
    {
        var config = Configuration.Read(source);
        var shape = config.Shape;
        var export = new GgufExportBuilder(source, shape.Family);
        export.Set("block_count", (uint)shape.Layers);
        export.Set("embedding_length", (uint)shape.Hidden);
        export.Set("feed_forward_length", (uint)shape.FeedForward);
        export.Set("attention.head_count", (uint)shape.Heads);
        export.Set("attention.head_count_kv", (uint)shape.KeyValueHeads);
        export.Set("attention.key_length", (uint)shape.HeadSize);
        export.Set("attention.value_length", (uint)shape.HeadSize);
        export.Set("attention.layer_norm_rms_epsilon", config.Epsilon);
        export.Set("vocab_size", (uint)shape.Vocabulary);
        var divisors = ExportRotary(source.Settings, config, export);
        var (from, to) = (Names.HuggingFace, Names.Gguf);
        export.Add(to.Embedding, from.Embedding, [shape.Vocabulary, shape.Hidden]);
        if (divisors is not null)
        {
            export.Add(RotaryDivisors, divisors);
        }

        for (var i = 0; i < shape.Layers; i++)
        {
            ExportBlock(export, config, i);
        }

        export.Add(to.Norm, from.Norm, [shape.Hidden]);
        if (!config.Tied)
        {
            export.Add(to.Output, from.Output, [shape.Vocabulary, shape.Hidden]);
        }

        return export.Finish(shape.Vocabulary, name => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (config.Tied && name == from.Output));
    }

    private static void ExportBlock(GgufExportBuilder export, Configuration config, int block)
    {
        var shape = config.Shape;
        var (from, to) = (Names.HuggingFace, Names.Gguf);
        var queries = shape.Heads * shape.HeadSize;
        var keys = shape.KeyValueHeads * shape.HeadSize;
        export.Add(to.In(block, to.AttentionNorm), from.In(block, from.AttentionNorm), [shape.Hidden]);
        Linear(to.Query, from.Query, queries, shape.Hidden, config.Biases.Attention, PairsBesideEachOther);
        Linear(to.Key, from.Key, keys, shape.Hidden, config.Biases.Attention, PairsBesideEachOther);
        Linear(to.Value, from.Value, keys, shape.Hidden, config.Biases.Attention);
        Linear(to.AttentionOutput, from.AttentionOutput, shape.Hidden, queries, config.Biases.Attention);
        export.Add(to.In(block, to.FeedForwardNorm), from.In(block, from.FeedForwardNorm), [shape.Hidden]);
        Linear(to.Gate, from.Gate, shape.FeedForward, shape.Hidden, config.Biases.FeedForward);
        Linear(to.Up, from.Up, shape.FeedForward, shape.Hidden, config.Biases.FeedForward);
        Linear(to.Down, from.Down, shape.Hidden, shape.FeedForward, config.Biases.FeedForward);

        // Pairs that are turned together lie half a head apart in the source, side by side in GGUF.
        long PairsBesideEachOther(long row)
        {
            var within = row % shape.HeadSize;
            return row - within + (within % 2 * (shape.HeadSize / 2)) + (within / 2);
        }

        void Linear(string name, string stored, int outputs, int inputs, bool? biased, Func<long, long>? order = null)
        {
            export.Add(to.In(block, name), from.In(block, stored), [outputs, inputs], order);
            if (biased == true)
            {
                export.Add(Bias(to.In(block, name)), Bias(from.In(block, stored)), [outputs], order);
            }
        }
    }

    // Returns what each frequency is divided by, where the file is to carry that as a tensor.
    private static float[]? ExportRotary(Settings settings, Configuration config, GgufExportBuilder export)
    {
        var (rope, context) = (config.Rope, config.Shape.Context);
        float[]? divisors = null;
        switch (rope.Kind)
        {
            case "linear":
                export.Set("rope.scaling.type", rope.Kind);
                export.Set("rope.scaling.factor", (float)rope.Factor!.Value);
                break;
            case "llama3":
                var plain = RotaryScaling.Frequencies(rope, config.Shape.HeadSize);
                divisors = [.. plain.Zip(config.Rotary.Frequencies, (p, scaled) => (float)(p / scaled))];
                break;
            case "yarn":
                ExportYarn(settings, config, export);
                break;
            case "dynamic":
                // Frequencies that depend on the length cannot be said in GGUF; up to this length they are the plain ones.
                context = config.TrainedContext;
                export.Note($"'dynamic' rope scaling has no counterpart in GGUF: the context ends at {context} tokens, up to which nothing is scaled");
                break;
        }

        export.Set("context_length", (uint)context);
        export.Set("rope.dimension_count", (uint)config.Shape.HeadSize);
        export.Set("rope.freq_base", (float)(rope.Theta ?? RotaryScaling.DefaultBase));
        return divisors;
    }

    private static void ExportYarn(Settings settings, Configuration config, GgufExportBuilder export)
    {
        var rope = config.Rope;
        var original = rope.OriginalContext ?? config.TrainedContext;
        var factor = rope.Factor ?? (double)config.TrainedContext / original;
        if (rope.Truncate == false)
        {
            throw new InputException($"{settings.Source}: rope scaling 'yarn' with 'truncate' = false has no counterpart in GGUF, which always rounds the ramp's ends.");
        }

        export.Set("rope.scaling.type", rope.Kind);
        export.Set("rope.scaling.factor", (float)factor);
        export.Set("rope.scaling.original_context_length", (uint)original);
        if (rope.BetaFast is { } fast)
        {
            export.Set("rope.scaling.yarn_beta_fast", (float)fast);
        }

        if (rope.BetaSlow is { } slow)
        {
            export.Set("rope.scaling.yarn_beta_slow", (float)slow);
        }

        // GGUF says how far the scale of scores is from what follows from the factor.
        var multiplier = config.Rotary.Magnitude / RotaryScaling.YarnMagnitude(factor, 1);
        if (Math.Abs(multiplier - 1) > 1e-7)
        {
            export.Set("rope.scaling.attn_factor", (float)multiplier);
        }
    }
}
