using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

/// <summary>
/// What belongs to a matrix of signed bytes beside the bytes themselves: a float32 scale for each row (output channel), and the
/// sum of each row's integers, which a product with asymmetric activations subtracts zero points by. Eight bytes a row, owned by
/// the garbage collector; the bytes stay where they are.
/// </summary>
/// <remarks>
/// Weights are <c>scale * q</c>, as compressed-tensors stores "int-quantized" layers with one scale per channel
/// (vllm-project/compressed-tensors, quantization strategy <c>channel</c>).
/// </remarks>
internal sealed unsafe class ChannelScales
{
    /// <summary>
    /// Most columns of a row: 255 times 128 times so many is below 2^31, so that sums of unsigned times signed bytes are exact in
    /// 32 bits.
    /// </summary>
    public const int MostColumns = int.MaxValue / (byte.MaxValue * 128);

    /// <summary>Values behind the last that may be read, so that vectors need no masks.</summary>
    private const int Slack = 32;

    private readonly Lock _summing = new();
    private readonly float[] _scales;
    private int[]? _sums;

    /// <summary>Takes the scales of all rows.</summary>
    /// <param name="scales">A scale for each row.</param>
    public ChannelScales(ReadOnlySpan<float> scales)
    {
        Rows = scales.Length;
        _scales = GC.AllocateArray<float>(Rows + Slack, pinned: true);
        scales.CopyTo(_scales);
        Scales = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_scales));
    }

    /// <summary>How many rows.</summary>
    public int Rows { get; }

    /// <summary>Bytes of scales and sums.</summary>
    public long Bytes => BytesFor(Rows);

    /// <summary>The scale of row 0; a few values behind the last row's may be read.</summary>
    public float* Scales { get; }

    /// <summary>Bytes of scales and sums of a matrix with so many rows.</summary>
    public static long BytesFor(long rows) => rows * (sizeof(float) + sizeof(int));

    /// <summary>The sum of row 0's integers, and so on. The first call reads all weights.</summary>
    /// <param name="rows">The first byte of row 0.</param>
    /// <param name="columns">Bytes of a row; rows follow each other without gaps.</param>
    public int* Sums(sbyte* rows, int columns)
    {
        var sums = Volatile.Read(ref _sums) ?? Sum(rows, columns);
        return (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(sums));
    }

    /// <summary>value = scale * q, rounded once.</summary>
    /// <param name="q">The integers.</param>
    /// <param name="scale">Their row's scale.</param>
    /// <param name="values">Receives as many values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(ReadOnlySpan<sbyte> q, float scale, Span<float> values)
    {
        ref var source = ref MemoryMarshal.GetReference(q);
        ref var target = ref MemoryMarshal.GetReference(values[..q.Length]);
        var i = 0;
        for (; i + 16 <= q.Length; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
            var (a, b) = Vector128.Widen(low);
            var (c, d) = Vector128.Widen(high);
            (Vector128.ConvertToSingle(a) * scale).StoreUnsafe(ref target, (nuint)i);
            (Vector128.ConvertToSingle(b) * scale).StoreUnsafe(ref target, (nuint)i + 4);
            (Vector128.ConvertToSingle(c) * scale).StoreUnsafe(ref target, (nuint)i + 8);
            (Vector128.ConvertToSingle(d) * scale).StoreUnsafe(ref target, (nuint)i + 12);
        }

        for (; i < q.Length; i++)
        {
            values[i] = q[i] * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] Sum(sbyte* rows, int columns)
    {
        lock (_summing)
        {
            if (_sums is null)
            {
                var sums = GC.AllocateArray<int>(Rows + Slack, pinned: true);
                for (var row = 0; row < Rows; row++)
                {
                    sums[row] = Sum(new ReadOnlySpan<sbyte>(rows + (long)row * columns, columns));
                }

                Volatile.Write(ref _sums, sums);
            }

            return _sums;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Sum(ReadOnlySpan<sbyte> q)
    {
        ref var source = ref MemoryMarshal.GetReference(q);
        var lanes = Vector256<int>.Zero;
        var i = 0;
        for (; i + 64 <= q.Length; i += 64)
        {
            // Two bytes fit 16 bits, and so do the four halves of 64 columns added up.
            var (a, b) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
            var (c, d) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i + 32));
            var (low, high) = Vector256.Widen(a + b + c + d);
            lanes += low + high;
        }

        var sum = Vector256.Sum(lanes);
        for (; i < q.Length; i++)
        {
            sum += q[i];
        }

        return sum;
    }
}
