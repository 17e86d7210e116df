using Colibri.Files;
using Colibri.Formats;

namespace Colibri.Tests.TestModels;

/// <summary>Writes small llama-shaped GGUF files with random weights, so that tests need no downloads.</summary>
internal static class TinyLlama
{
    public const int Vocabulary = 300;

    /// <summary>Writes a model: 2 layers, 8 heads over 2, head size 32, a context of 512; <paramref name="others"/> replaces numbers of the configuration.</summary>
    public static string Write(string folder, string format, int hidden = 256, int feedForward = 512, int seed = 1, float nanShare = 0, params (string Key, object Value)[] others)
    {
        var random = new Random(seed);
        var writer = new GgufWriter();
        var settings = new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["llama.embedding_length"] = (uint)hidden,
            ["llama.block_count"] = 2u,
            ["llama.feed_forward_length"] = (uint)feedForward,
            ["llama.attention.head_count"] = 8u,
            ["llama.attention.head_count_kv"] = 2u,
            ["llama.attention.key_length"] = 32u,
            ["llama.context_length"] = 512u,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
        };
        foreach (var (key, value) in others)
        {
            settings[key] = value;
        }

        foreach (var (key, value) in settings)
        {
            writer.Add(key, value);
        }

        Matrix("token_embd.weight", Vocabulary, hidden);
        Ones("output_norm.weight");
        Matrix("output.weight", Vocabulary, hidden);
        for (var i = 0; i < 2; i++)
        {
            Ones($"blk.{i}.attn_norm.weight");
            Matrix($"blk.{i}.attn_q.weight", 256, hidden);
            Matrix($"blk.{i}.attn_k.weight", 64, hidden);
            Matrix($"blk.{i}.attn_v.weight", 64, hidden);
            Matrix($"blk.{i}.attn_output.weight", hidden, 256);
            Ones($"blk.{i}.ffn_norm.weight");
            Matrix($"blk.{i}.ffn_gate.weight", feedForward, hidden);
            Matrix($"blk.{i}.ffn_up.weight", feedForward, hidden);
            Matrix($"blk.{i}.ffn_down.weight", hidden, feedForward);
        }

        var path = Path.Combine(folder, $"tiny-{format}-{hidden}-{seed}.gguf");
        writer.Write(path);
        return path;

        void Matrix(string name, int rows, int columns)
        {
            var values = new float[rows * columns];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)(random.NextDouble() - 0.5) * 4 / MathF.Sqrt(columns);
                values[i] = random.NextDouble() < nanShare ? float.NaN : values[i];
            }

            writer.AddTensor(name, TensorFormat.Parse(format), [rows, columns], sink => sink.WriteValues(values));
        }

        void Ones(string name)
        {
            var values = new float[hidden];
            Array.Fill(values, 1);
            writer.AddTensor(name, TensorFormat.Parse("F32"), [hidden], sink => sink.WriteValues(values));
        }
    }
}
