using System.Runtime.InteropServices;
using Colibri.Kernels.Rotary;

namespace Colibri.Execution;

/// <summary>Cosines and signed sines for the tokens of a step. Angles are computed in float64 and rounded once.</summary>
internal sealed unsafe class RotaryTable : IDisposable
{
    private readonly RotarySpec _spec;
    private readonly double[] _frequencies;
    private float* _cosines;

    public RotaryTable(RotarySpec spec, int maximumTokens)
    {
        _spec = spec;
        _frequencies = [.. spec.Frequencies];
        _cosines = (float*)NativeMemory.AlignedAlloc((nuint)(2L * maximumTokens * spec.Rotated * sizeof(float)), 64);
        Sines = _cosines + (nint)maximumTokens * spec.Rotated;
    }

    /// <summary>[tokens, rotated].</summary>
    public float* Cosines => _cosines;

    /// <summary>[tokens, rotated], each with the sign its value needs.</summary>
    public float* Sines { get; private set; }

    /// <summary>Fills the table for a batch.</summary>
    public void Fill(PackedBatch batch)
    {
        foreach (var piece in batch.Pieces)
        {
            var length = 0;
            for (var row = piece.Start; row < piece.Start + piece.Length; row++)
            {
                var position = batch.Positions[row];
                if (_spec.Dynamic is { } dynamic && Math.Max(piece.Sequence?.PromptLength ?? piece.Length, position + 1) is var reached && reached != length)
                {
                    length = reached;
                    Stretch(dynamic, length);
                }

                FillRow(row, position);
            }
        }
    }

    /// <summary>Frees the table.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_cosines);
        _cosines = null;
        Sines = null;
    }

    private void FillRow(int row, int position)
    {
        var half = _spec.Rotated / 2;
        var cosines = _cosines + (nint)row * _spec.Rotated;
        var sines = Sines + (nint)row * _spec.Rotated;
        for (var i = 0; i < half; i++)
        {
            var (sine, cosine) = Math.SinCos(position * _frequencies[i]);
            var a = _spec.Pairs == RotaryPairs.Neighbours ? 2 * i : i;
            var b = _spec.Pairs == RotaryPairs.Neighbours ? 2 * i + 1 : i + half;
            cosines[a] = cosines[b] = (float)(cosine * _spec.Magnitude);
            sines[b] = (float)(sine * _spec.Magnitude);
            sines[a] = -sines[b];
        }
    }

    private void Stretch(DynamicRotary dynamic, int length)
    {
        var rotated = _spec.Rotated;
        var reach = dynamic.Factor * Math.Max(length, dynamic.OriginalContext) / dynamic.OriginalContext - (dynamic.Factor - 1);
        var stretched = dynamic.Base * Math.Pow(reach, rotated / (rotated - 2.0));
        for (var i = 0; i < _frequencies.Length; i++)
        {
            _frequencies[i] = Math.Pow(stretched, -2.0 * i / rotated);
        }
    }
}
