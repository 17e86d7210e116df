using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// What INT4_G32, INT4_G64 and INT4_G128 share: 4-bit integers in groups with a float32 scale and an integer zero point,
/// value = scale * (q - zero). A block is the scale (4 bytes), the zero point (a byte, 0..16) and sixteen bytes for each 32
/// values: byte j holds value j in its low and value j + 16 in its high half.
/// </summary>
/// <remarks>
/// Layers of GPTQ (Frantar et al. 2022, AutoGPTQ's layout), AWQ (Lin et al. 2023, AutoAWQ's "gemm") and compressed-tensors
/// ("pack-quantized") are repacked to it without loss: whatever float format their scales are in, float32 holds them. Kernels see
/// q + 16 - zero, unsigned, and the offset 16, so that no minimum needs a multiplication of its own.
/// </remarks>
internal static unsafe class GroupedNibbles
{
    /// <summary>What is subtracted from the unsigned integers kernels see.</summary>
    public const int Offset = 16;

    /// <summary>The largest of the unsigned integers kernels see.</summary>
    public const int LargestInteger = 15 + Offset;

    /// <summary>Values that share sixteen bytes.</summary>
    public const int Run = 32;

    /// <summary>Bytes from a block to its zero point.</summary>
    public const int ZeroAt = sizeof(float);

    /// <summary>Bytes from a block to its integers.</summary>
    public const int IntegersAt = ZeroAt + 1;

    /// <summary>Bytes of a block.</summary>
    public static int BlockBytes(int values) => IntegersAt + values / 2;

    /// <summary>The format with the largest blocks that divide both a group and a row, or null where there is none.</summary>
    /// <param name="group">Values that share a scale.</param>
    /// <param name="columns">Values of a row.</param>
    public static TensorFormat? FormatFor(int group, int columns)
    {
        foreach (var name in new[] { "INT4_G128", "INT4_G64", "INT4_G32" })
        {
            var format = TensorFormat.Parse(name);
            if (group % format.ValuesPerBlock == 0 && columns % format.ValuesPerBlock == 0)
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>Writes a block.</summary>
    /// <param name="q">Integers 0..15, a multiple of 32 of them.</param>
    /// <param name="scale">The group's scale.</param>
    /// <param name="zero">The integer that stands for zero, 0..16.</param>
    /// <param name="block">Receives <see cref="BlockBytes"/>.</param>
    public static void Join(ReadOnlySpan<byte> q, float scale, int zero, Span<byte> block)
    {
        MemoryMarshal.Write(block, scale);
        block[ZeroAt] = (byte)zero;
        for (var run = 0; run < q.Length; run += Run)
        {
            FourBits.Join(q.Slice(run, 16), q.Slice(run + 16, 16), block.Slice(IntegersAt + run / 2, 16));
        }
    }

    /// <summary>Splits a block as <see cref="IIntegerBlockFormat{TSelf}.Split"/> says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(ReadOnlySpan<byte> block, Span<byte> q, Span<float> scales)
    {
        var values = (block.Length - IntegersAt) * 2;
        var shift = (byte)(Offset - block[ZeroAt]);
        for (var run = 0; run < values; run += Run)
        {
            FourBits.Split(block.Slice(IntegersAt + run / 2, 16), q.Slice(run, 16), q.Slice(run + 16, 16));
            for (var i = run; i < run + Run; i++)
            {
                q[i] += shift;
            }

            scales[run / Run] = MemoryMarshal.Read<float>(block);
        }
    }

    /// <summary>
    /// Encodes a block by rounding: the range of the values and zero is spread evenly over 0..15, the zero point is rounded to an
    /// integer first, then every value.
    /// </summary>
    public static void Encode(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> q = stackalloc byte[128];
        q = q[..x.Length];
        q.Clear();
        if (!Encodable.Holds(x))
        {
            Join(q, float.NaN, 0, block);
            return;
        }

        var (least, most) = Extremes.Range(x);
        least = Math.Min(least, 0);
        most = Math.Max(most, 0);
        var factor = 15 / (most - least);
        factor = float.IsFinite(factor) ? factor : 0;
        var zero = MathF.Round(-least * factor);
        for (var i = 0; i < x.Length; i++)
        {
            q[i] = (byte)Math.Clamp(MathF.Round(x[i] * factor) + zero, 0, 15);
        }

        Join(q, (most - least) / 15, (int)zero, block);
    }

    /// <summary>The vectorised form of <see cref="IIntegerBlockFormat{TSelf}.UnpackPanel"/> for sixteen rows that exist.</summary>
    /// <param name="rows">The first block of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="blocks">Blocks of each row.</param>
    /// <param name="values">Values of a block.</param>
    /// <param name="q">Receives the integers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UnpackPanel(byte* rows, nint rowBytes, int blocks, int values, byte* q)
    {
        for (var b = 0; b < blocks; b++, rows += BlockBytes(values))
        {
            var shift = Vector512.Create((byte)Offset) - ((PanelVectors.Fours(rows + ZeroAt, rowBytes) & Vector512.Create(0xffu)) * Vector512.Create(0x01010101u)).AsByte();
            for (var run = 0; run < values; run += Run, q += 512)
            {
                var (t0, t1, t2, t3) = PanelVectors.Turn(rows + IntegersAt + run / 2, rowBytes);
                PanelVectors.Store(
                    q, PanelVectors.Low(t0) + shift, PanelVectors.Low(t1) + shift, PanelVectors.Low(t2) + shift, PanelVectors.Low(t3) + shift);
                PanelVectors.Store(
                    q + 256, PanelVectors.High(t0) + shift, PanelVectors.High(t1) + shift, PanelVectors.High(t2) + shift, PanelVectors.High(t3) + shift);
            }
        }
    }

    /// <summary>The scales of sixteen rows that exist, one for each 32 values.</summary>
    /// <param name="rows">The first block of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="blocks">Blocks of each row.</param>
    /// <param name="values">Values of a block.</param>
    /// <param name="scales">Receives the scales.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void UnpackScales(byte* rows, nint rowBytes, int blocks, int values, float* scales)
    {
        for (var b = 0; b < blocks; b++, rows += BlockBytes(values))
        {
            var scale = PanelVectors.Fours(rows, rowBytes).AsSingle();
            for (var run = 0; run < values; run += Run, scales += Panels.Rows)
            {
                scale.Store(scales);
            }
        }
    }

    /// <summary>Thirty-two consecutive integers of a row, as kernels see them.</summary>
    /// <param name="blocks">The first of the blocks that hold 256 values.</param>
    /// <param name="index">Which 32 of the 256 values.</param>
    /// <param name="values">Values of a block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Integers(byte* blocks, int index, int values)
    {
        var runs = values / Run;
        var block = blocks + index / runs * BlockBytes(values);
        return RowVectors.Nibbles(block + IntegersAt + index % runs * 16) + Vector256.Create((byte)(Offset - block[ZeroAt]));
    }
}
