using Colibri.Formats;
using Colibri.Kernels.Attention;

namespace Colibri.Tests.Kernels.Attention;

/// <summary>Queries of one key/value head and a cache with two layers and two heads of which one is read.</summary>
internal sealed unsafe class AttentionCase : IDisposable
{
    private const int Layer = 1;
    private const int Head = 1;
    private const int Heads = 2;

    private readonly int _headSize;
    private readonly int _group;
    private readonly int _length;
    private readonly KvLayout _layout;
    private readonly float[] _queries;
    private readonly float[] _keys;
    private readonly float[] _values;
    private readonly Guarded<byte>[] _pages;

    public AttentionCase(int headSize, int group, TensorFormat format, int length, float scale = 2)
    {
        _headSize = headSize;
        _group = group;
        _length = length;
        _layout = new KvLayout(2, Heads, headSize, format);
        _queries = KernelTesting.Values(length * group * headSize, 1, scale);
        _keys = Rounded(KernelTesting.Values(length * Heads * headSize, 2, 2), format);
        _values = Rounded(KernelTesting.Values(length * Heads * headSize, 3, 1), format);
        _pages = [.. Enumerable.Range(0, (length + KvLayout.PagePositions - 1) / KvLayout.PagePositions).Select(_ => new Guarded<byte>((int)_layout.PageBytes, aligned: true))];
        foreach (var page in _pages)
        {
            page.Span.Clear();
        }

        fixed (float* k = _keys, v = _values)
        {
            for (var i = 0; i < length; i++)
            {
                _layout.Store(_pages[i / KvLayout.PagePositions].Pointer, Layer, i % KvLayout.PagePositions, k + i * Heads * headSize, v + i * Heads * headSize);
            }
        }
    }

    private float Scale => 1 / MathF.Sqrt(_headSize);

    /// <summary>The outputs of all tokens, [tokens, group, headSize], in tasks of some tokens; the first one is shorter.</summary>
    public float[] Run(string variant, int tokensPerTask)
    {
        var kernel = AttentionKernel.List.Select(new(variant));
        var width = _group * _headSize;
        var pages = stackalloc byte*[_pages.Length];
        for (var i = 0; i < _pages.Length; i++)
        {
            pages[i] = _pages[i].Pointer;
        }

        using var queries = new Guarded<float>(_queries);
        using var output = new Guarded<float>(_queries.Length);
        using var scratch = new Guarded<byte>(AttentionKernel.ScratchBytes(_group, _headSize), aligned: true);
        for (int start = 0, tokens = Math.Min(tokensPerTask, 3); start < _length; start += tokens, tokens = Math.Min(tokensPerTask, _length - start))
        {
            kernel.Attend(new AttentionTask
            {
                Queries = queries.Pointer + start * width,
                QueryStride = width,
                Tokens = tokens,
                FirstPosition = start,
                Group = _group,
                Scale = Scale,
                Layout = _layout,
                Pages = pages,
                Layer = Layer,
                Head = Head,
                Output = output.Pointer + start * width,
                OutputStride = width,
                Scratch = scratch.Pointer,
            });
        }

        output.AssertGuards(variant);
        scratch.AssertGuards(variant + " scratch");
        return output.ToArray();
    }

    /// <summary>The same in float64, as the equation reads.</summary>
    public double[] Exact()
    {
        var result = new double[_queries.Length];
        var weights = new double[_length];
        for (var vector = 0; vector < _length * _group; vector++)
        {
            var visible = vector / _group + 1;
            var query = _queries.AsSpan(vector * _headSize, _headSize);
            var largest = double.NegativeInfinity;
            for (var p = 0; p < visible; p++)
            {
                var key = _keys.AsSpan((p * Heads + Head) * _headSize, _headSize);
                weights[p] = 0;
                for (var d = 0; d < key.Length; d++)
                {
                    weights[p] += (double)query[d] * key[d];
                }

                weights[p] *= 1 / Math.Sqrt(_headSize);
                largest = Math.Max(largest, weights[p]);
            }

            var total = 0.0;
            for (var p = 0; p < visible; p++)
            {
                total += weights[p] = Math.Exp(weights[p] - largest);
            }

            for (var p = 0; p < visible; p++)
            {
                var value = _values.AsSpan((p * Heads + Head) * _headSize, _headSize);
                for (var d = 0; d < value.Length; d++)
                {
                    result[vector * _headSize + d] += weights[p] / total * value[d];
                }
            }
        }

        return result;
    }

    public void Dispose()
    {
        foreach (var page in _pages)
        {
            page.Dispose();
        }
    }

    // What the cache will hold, so that the comparison is about attention and not about halves.
    private static float[] Rounded(float[] values, TensorFormat format)
    {
        var bytes = new byte[format.BytesFor(values.Length)];
        format.Encode(values, bytes);
        format.Decode(bytes, values);
        return values;
    }
}
