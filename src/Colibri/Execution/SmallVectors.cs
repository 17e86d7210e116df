using System.Runtime.InteropServices;
using Colibri.Formats;

namespace Colibri.Execution;

/// <summary>
/// Decoded copies of norm weights and biases: a few kilobytes a layer, read for every token and kept as float32.
/// </summary>
internal sealed unsafe class SmallVectors : IDisposable
{
    private readonly Dictionary<(string Name, nint Address), nint> _vectors = [];

    /// <summary>Bytes of all copies.</summary>
    public long Bytes { get; private set; }

    /// <summary>The decoded values of a vector.</summary>
    public float* Of(Weight vector)
    {
        var key = (vector.Name, (nint)vector.Address);
        if (_vectors.TryGetValue(key, out var known))
        {
            return (float*)known;
        }

        var count = vector.Rows * vector.Columns;
        var bytes = (nuint)(count * sizeof(float) + 63) & ~(nuint)63;
        var copy = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        for (var row = 0; row < vector.Rows; row++)
        {
            vector.DecodeRow(row, new Span<float>(copy + row * vector.Columns, vector.Columns));
        }

        Bytes += (long)bytes;
        _vectors.Add(key, (nint)copy);
        return copy;
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        foreach (var copy in _vectors.Values)
        {
            NativeMemory.AlignedFree((void*)copy);
        }

        _vectors.Clear();
    }
}
