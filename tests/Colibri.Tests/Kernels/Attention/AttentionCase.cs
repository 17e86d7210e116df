using Colibri.Formats;
using Colibri.Kernels.Attention;

namespace Colibri.Tests.Kernels.Attention;

/// <summary>What a case of attention is about.</summary>
/// <param name="HeadSize">Values per head.</param>
/// <param name="Group">Query heads of the key/value head.</param>
/// <param name="Format">Format of the cache; null: keys and values are rows of a batch.</param>
/// <param name="Length">Tokens.</param>
internal sealed record AttentionShape(int HeadSize, int Group, string? Format, int Length)
{
    /// <summary>Whether tokens see only what came before.</summary>
    public bool Causal { get; init; } = true;

    /// <summary>A token sees positions less than this far away; 0: any.</summary>
    public int Window { get; init; }

    /// <summary>The soft cap; 0: none.</summary>
    public float SoftCap { get; init; }

    /// <summary>Size of the queries.</summary>
    public float Queries { get; init; } = 2;
}

/// <summary>Queries of one key/value head, and keys and values of two layers and two heads of which one is read.</summary>
internal sealed unsafe class AttentionCase : IDisposable
{
    private const int Layer = 1;
    private const int Head = 1;
    private const int Heads = 2;

    private readonly AttentionShape _shape;
    private readonly KvLayout _layout;
    private readonly float[] _queries;
    private readonly float[] _keys;
    private readonly float[] _values;
    private readonly Guarded<byte>[] _pages;

    /// <param name="shape">What it is about.</param>
    /// <param name="change">Changes keys and values, each [length, headSize] of the head that is read, before they are stored.</param>
    public AttentionCase(AttentionShape shape, Action<float[], float[]>? change = null)
    {
        _shape = shape;
        var format = TensorFormat.Parse(shape.Format ?? "F32");
        var (length, size) = (shape.Length, shape.HeadSize);
        _layout = new KvLayout(2, Heads, size, format);
        _queries = KernelTesting.Values(length * shape.Group * size, 1, shape.Queries);
        _keys = KernelTesting.Values(length * size, 2, 2);
        _values = KernelTesting.Values(length * size, 3, 1);
        change?.Invoke(_keys, _values);
        _pages = [.. Enumerable.Range(0, shape.Format is null ? 0 : (length + KvLayout.PagePositions - 1) / KvLayout.PagePositions).Select(_ => new Guarded<byte>((int)_layout.PageBytes, aligned: true))];
        foreach (var page in _pages)
        {
            page.Span.Clear();
        }

        using var keys = new Guarded<float>(BothHeads(_keys));
        using var values = new Guarded<float>(BothHeads(_values));
        for (var i = 0; i < (shape.Format is null ? 0 : length); i++)
        {
            _layout.Store(_pages[i / KvLayout.PagePositions].Pointer, Layer, i % KvLayout.PagePositions, keys.Pointer + i * Heads * size, values.Pointer + i * Heads * size);
        }

        foreach (var page in _pages)
        {
            page.AssertGuards("page");
        }

        Round(_keys, format);
        Round(_values, format);
    }

    private float Scale => 1 / MathF.Sqrt(_shape.HeadSize);

    private AttentionReach Reach => new(_shape.Causal ? 0 : _shape.Length, _shape.Window);

    /// <summary>The outputs of all tokens, [tokens, group, headSize], in tasks of some tokens; the first one is shorter.</summary>
    public float[] Run(string variant, int tokensPerTask)
    {
        var kernel = AttentionKernel.List.Select(new(variant));
        var width = _shape.Group * _shape.HeadSize;
        var pages = stackalloc byte*[_pages.Length + 1];
        for (var i = 0; i < _pages.Length; i++)
        {
            pages[i] = _pages[i].Pointer;
        }

        using var keys = new Guarded<float>(BothHeads(_keys));
        using var values = new Guarded<float>(BothHeads(_values));
        using var queries = new Guarded<float>(_queries);
        using var output = new Guarded<float>(_queries.Length);
        using var scratch = new Guarded<byte>(AttentionKernel.ScratchBytes(_shape.Group, _shape.HeadSize), aligned: true);

        // What another task has left there: the worst.
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(scratch.Span).Fill(float.NaN);
        var source = _shape.Format is null
            ? new KvSource { Layout = _layout, KeyRows = keys.Pointer + _shape.HeadSize, KeyStride = Heads * _shape.HeadSize, ValueRows = values.Pointer + _shape.HeadSize, ValueStride = Heads * _shape.HeadSize }
            : new KvSource { Layout = _layout, Pages = pages, Layer = Layer, Head = Head };
        for (int start = 0, tokens = Math.Min(Math.Min(tokensPerTask, 3), _shape.Length); start < _shape.Length; start += tokens, tokens = Math.Min(tokensPerTask, _shape.Length - start))
        {
            kernel.Attend(new AttentionTask
            {
                Queries = queries.Pointer + start * width,
                QueryStride = width,
                Tokens = tokens,
                FirstPosition = start,
                Group = _shape.Group,
                Reach = Reach,
                Scale = Scale,
                SoftCap = _shape.SoftCap,
                Source = source,
                Then = start % 2 == 0 ? source : default,
                Output = output.Pointer + start * width,
                OutputStride = width,
                Scratch = scratch.Pointer,
            });
        }

        output.AssertGuards(variant);
        scratch.AssertGuards(variant + " scratch");
        return output.ToArray();
    }

    /// <summary>The same in float64, as the equation reads, from keys and values as they are stored.</summary>
    public double[] Exact()
    {
        var (length, size) = (_shape.Length, _shape.HeadSize);
        var result = new double[_queries.Length];
        var weights = new double[length];
        for (var vector = 0; vector < length * _shape.Group; vector++)
        {
            var position = vector / _shape.Group;
            var query = _queries.AsSpan(vector * size, size);
            for (var p = 0; p < length; p++)
            {
                var near = _shape.Window == 0 || Math.Abs(p - position) < _shape.Window;
                weights[p] = near && (p <= position || !_shape.Causal) ? Score(query, _keys.AsSpan(p * size, size)) : double.NegativeInfinity;
            }

            var largest = weights.Max();
            for (var p = 0; p < length; p++)
            {
                weights[p] = Math.Exp(weights[p] - largest);
            }

            var total = weights.Sum();
            for (var p = 0; p < length; p++)
            {
                for (var d = 0; d < size && weights[p] > 0; d++)
                {
                    result[vector * size + d] += weights[p] / total * _values[p * size + d];
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

    private double Score(ReadOnlySpan<float> query, ReadOnlySpan<float> key)
    {
        var score = 0.0;
        for (var d = 0; d < key.Length; d++)
        {
            score += (double)query[d] * key[d];
        }

        score /= Math.Sqrt(_shape.HeadSize);
        return _shape.SoftCap == 0 ? score : _shape.SoftCap * Math.Tanh(score / _shape.SoftCap);
    }

    private float[] BothHeads(float[] one)
    {
        var size = _shape.HeadSize;
        var both = KernelTesting.Values(Heads * one.Length, 4);
        for (var i = 0; i < one.Length; i++)
        {
            both[i / size * Heads * size + Head * size + i % size] = one[i];
        }

        return both;
    }

    // What the cache will hold, so that the comparison is about attention and not about rounding: heads are rounded by
    // themselves, the last group of each filled up with zeros.
    private void Round(float[] values, TensorFormat format)
    {
        var size = _shape.HeadSize;
        var padded = new float[(size + format.ValuesPerBlock - 1) / format.ValuesPerBlock * format.ValuesPerBlock];
        var bytes = new byte[format.BytesFor(padded.Length)];
        for (var i = 0; i < values.Length; i += size)
        {
            values.AsSpan(i, size).CopyTo(padded);
            format.Encode(padded, bytes);
            format.Decode(bytes, padded);
            padded.AsSpan(0, size).CopyTo(values.AsSpan(i));
            Array.Clear(padded);
        }
    }
}
