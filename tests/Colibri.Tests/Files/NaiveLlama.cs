using System.Runtime.InteropServices;
using Colibri.Files;

namespace Colibri.Tests.Files;

/// <summary>
/// The llama forward pass in its plainest form over a float32 GGUF file, one token at a time: an independent check of
/// what a converter wrote. Pairs (2i, 2i+1) are rotated, as GGUF's llama family has it.
/// </summary>
internal sealed class NaiveLlama(ModelSource model)
{
    private readonly int _hidden = model.Settings.Required("llama.embedding_length");
    private readonly int _blocks = model.Settings.Required("llama.block_count");
    private readonly int _heads = model.Settings.Required("llama.attention.head_count");
    private readonly int _kvHeads = model.Settings.Required("llama.attention.head_count_kv");
    private readonly double _theta = model.Settings.Number("llama.rope.freq_base")!.Value;
    private readonly double _epsilon = model.Settings.Number("llama.attention.layer_norm_rms_epsilon")!.Value;
    private readonly List<(double[] K, double[] V)>[] _cache =
        [.. Enumerable.Range(0, model.Settings.Required("llama.block_count")).Select(_ => new List<(double[], double[])>())];

    public double[] Step(int token)
    {
        var position = _cache[0].Count;
        var size = _hidden / _heads;
        var h = Row("token_embd.weight", token);
        for (var b = 0; b < _blocks; b++)
        {
            var x = Norm(h, $"blk.{b}.attn_norm.weight");
            var q = Rotate(Multiply($"blk.{b}.attn_q.weight", x), size, position);
            _cache[b].Add((Rotate(Multiply($"blk.{b}.attn_k.weight", x), size, position), Multiply($"blk.{b}.attn_v.weight", x)));
            var mixed = new double[_hidden];
            for (var head = 0; head < _heads; head++)
            {
                var kv = head / (_heads / _kvHeads) * size;
                var scores = _cache[b].Select(c => Enumerable.Range(0, size).Sum(i => q[head * size + i] * c.K[kv + i]) / Math.Sqrt(size)).ToArray();
                var top = scores.Max();
                var weights = scores.Select(s => Math.Exp(s - top)).ToArray();
                var sum = weights.Sum();
                for (var i = 0; i < size; i++)
                {
                    mixed[head * size + i] = weights.Select((w, t) => w / sum * _cache[b][t].V[kv + i]).Sum();
                }
            }

            h = Add(h, Multiply($"blk.{b}.attn_output.weight", mixed));
            x = Norm(h, $"blk.{b}.ffn_norm.weight");
            var up = Multiply($"blk.{b}.ffn_up.weight", x);
            var gate = Multiply($"blk.{b}.ffn_gate.weight", x).Select((g, i) => g / (1 + Math.Exp(-g)) * up[i]).ToArray();
            h = Add(h, Multiply($"blk.{b}.ffn_down.weight", gate));
        }

        return Multiply(model.Tensors.ContainsKey("output.weight") ? "output.weight" : "token_embd.weight", Norm(h, "output_norm.weight"));
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private ReadOnlySpan<float> Values(string name) => MemoryMarshal.Cast<byte, float>(model.Tensors[name].Span);

    private double[] Row(string name, int row)
    {
        var values = Values(name).Slice(row * _hidden, _hidden);
        return [.. values.ToArray().Select(v => (double)v)];
    }

    private double[] Norm(double[] x, string name)
    {
        var w = Values(name).ToArray();
        var scale = 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + _epsilon);
        return [.. x.Select((v, i) => v * scale * w[i])];
    }

    private double[] Multiply(string name, double[] x)
    {
        var w = Values(name);
        var result = new double[w.Length / x.Length];
        for (var r = 0; r < result.Length; r++)
        {
            for (var c = 0; c < x.Length; c++)
            {
                result[r] += w[r * x.Length + c] * x[c];
            }
        }

        return result;
    }

    private double[] Rotate(double[] x, int size, int position)
    {
        for (var i = 0; i < x.Length; i += 2)
        {
            var (sin, cos) = Math.SinCos(position * Math.Pow(_theta, -(i % size) / (double)size));
            (x[i], x[i + 1]) = (x[i] * cos - x[i + 1] * sin, x[i] * sin + x[i + 1] * cos);
        }

        return x;
    }
}
