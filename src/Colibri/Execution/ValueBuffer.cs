using Colibri.Kernels;
using Colibri.Kernels.MatMul;
using Colibri.Kernels.Quantize;

namespace Colibri.Execution;

/// <summary>
/// Where a value of the plan lies while a step runs: float32 rows and, where products read them so, the same rows
/// as 8-bit integers or bfloat16.
/// </summary>
internal sealed unsafe class ValueBuffer(Value value, ActivationForms forms)
{
    private float* _data;
    private sbyte* _integers;
    private float* _scales;
    private int* _sums;
    private byte* _bytes;
    private TokenScale* _tokens;
    private ushort* _pairs;

    /// <summary>The value.</summary>
    public Value Value => value;

    /// <summary>Values from one row to the next: the width rounded up to 32.</summary>
    public int Stride { get; private set; } = (value.Width + 31) / 32 * 32;

    /// <summary>Whether rows are also kept rounded.</summary>
    public bool Quantized => forms != ActivationForms.None;

    /// <summary>Whether a row's forms can be made a part at a time.</summary>
    public bool FinishesInParts => !HasRows;

    private bool HasBlocks => (forms & ActivationForms.Blocks) != 0;

    private bool HasRows => (forms & ActivationForms.Rows) != 0;

    private bool HasPairs => (forms & ActivationForms.Pairs) != 0;

    /// <summary>Bytes for a number of rows, a multiple of 64.</summary>
    public long BytesFor(long rows)
    {
        var perRow = (long)Stride * sizeof(float);
        if (HasBlocks)
        {
            perRow += Stride + Stride / QuantizeKernel.Block * sizeof(float) + Stride / QuantizeKernel.SumGroup * sizeof(int);
        }

        if (HasRows)
        {
            perRow += Stride + sizeof(TokenScale);
        }

        if (HasPairs)
        {
            perRow += Stride * sizeof(ushort);
        }

        return (rows * perRow + 255) / 64 * 64;
    }

    /// <summary>Sets where the value lies.</summary>
    public void Place(byte* memory, long rows)
    {
        _data = (float*)memory;
        var next = (byte*)(_data + rows * Stride);
        if (HasBlocks)
        {
            _scales = (float*)next;
            _sums = (int*)(_scales + rows * (Stride / QuantizeKernel.Block));
            _integers = (sbyte*)(_sums + rows * (Stride / QuantizeKernel.SumGroup));
            next = (byte*)_integers + rows * Stride;
        }

        if (HasRows)
        {
            _tokens = (TokenScale*)next;
            _bytes = (byte*)(_tokens + rows);
            next = _bytes + rows * Stride;
        }

        if (HasPairs)
        {
            _pairs = (ushort*)next;
        }
    }

    /// <summary>Lets the value lie in memory of the caller, without gaps between rows.</summary>
    public void PlaceOutside(float* memory)
    {
        _data = memory;
        Stride = value.Width;
    }

    /// <summary>A row.</summary>
    public float* Row(int row) => _data + (nint)row * Stride;

    /// <summary>The rows as a matrix product reads them.</summary>
    public Activations Activations => new(_data, Stride, _integers, _scales, _sums, _bytes, _tokens, _pairs);

    /// <summary>Brings a finished row into its rounded forms where any are kept.</summary>
    public void Finish(KernelSet kernels, int row)
    {
        if (HasRows)
        {
            var a = Activations.From(row);
            *a.Tokens = kernels.QuantizeTokens.Row(a.Values, value.Width, a.Bytes);
        }

        Finish(kernels, row, 0, value.Width);
    }

    /// <summary>The same for a part of a row, where <see cref="FinishesInParts"/>.</summary>
    /// <param name="kernels">What computes.</param>
    /// <param name="row">The row.</param>
    /// <param name="first">The first value, a multiple of 32.</param>
    /// <param name="count">How many; a multiple of 32 but at the end of the row.</param>
    public void Finish(KernelSet kernels, int row, int first, int count)
    {
        if (HasBlocks)
        {
            var a = Activations.From(row);
            kernels.Quantize.Row(a.Values + first, count, a.Integers + first, a.Scales + first / QuantizeKernel.Block, a.Sums + first / QuantizeKernel.SumGroup);
        }

        if (HasPairs)
        {
            var a = Activations.From(row);
            kernels.RoundPairs.Row(a.Values + first, count, a.Pairs + first);
        }
    }
}
