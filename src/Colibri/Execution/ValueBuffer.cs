using Colibri.Kernels.MatMul;
using Colibri.Kernels.Quantize;

namespace Colibri.Execution;

/// <summary>
/// Where a value of the plan lies while a step runs: float32 rows and, where an integer product reads it, the same rows
/// as 8-bit integers.
/// </summary>
internal sealed unsafe class ValueBuffer(Value value, bool quantized)
{
    private float* _data;
    private sbyte* _integers;
    private float* _scales;
    private int* _sums;

    /// <summary>The value.</summary>
    public Value Value => value;

    /// <summary>Values from one row to the next: the width rounded up to 32.</summary>
    public int Stride { get; private set; } = (value.Width + 31) / 32 * 32;

    /// <summary>Whether rows are also kept as 8-bit integers.</summary>
    public bool Quantized => quantized;

    /// <summary>Bytes for a number of rows, a multiple of 64.</summary>
    public long BytesFor(long rows)
    {
        var perRow = (long)Stride * sizeof(float);
        if (quantized)
        {
            perRow += Stride + Stride / QuantizeKernel.Block * sizeof(float) + Stride / QuantizeKernel.SumGroup * sizeof(int);
        }

        return (rows * perRow + 255) / 64 * 64;
    }

    /// <summary>Sets where the value lies.</summary>
    public void Place(byte* memory, long rows)
    {
        _data = (float*)memory;
        if (quantized)
        {
            _scales = _data + rows * Stride;
            _sums = (int*)(_scales + rows * (Stride / QuantizeKernel.Block));
            _integers = (sbyte*)(_sums + rows * (Stride / QuantizeKernel.SumGroup));
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
    public Activations Activations => new(_data, Stride, _integers, _scales, _sums);

    /// <summary>Brings a finished row into its 8-bit form where one is kept.</summary>
    public void Finish(QuantizeKernel kernel, int row)
    {
        if (quantized)
        {
            var a = Activations.From(row);
            kernel.Row(a.Values, value.Width, a.Integers, a.Scales, a.Sums);
        }
    }
}
