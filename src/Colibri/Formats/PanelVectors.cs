using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

/// <summary>
/// What the vectorised unpacking of panels is made of: sixteen rows, one per 32-bit lane. Four bytes of a row lie in its
/// lane, so a register holds four columns of the panel as the integer kernels read them.
/// </summary>
internal static unsafe class PanelVectors
{
    /// <summary>Sixteen bytes of each of sixteen rows, turned: result j holds bytes 4j to 4j + 3 of every row.</summary>
    /// <param name="source">The bytes of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> T0, Vector512<byte> T1, Vector512<byte> T2, Vector512<byte> T3) Turn(byte* source, nint rowBytes)
    {
        // a holds rows 0, 4, 8, 12 in its quarters, b the rows behind them, and so on: unpacking within quarters turns them.
        var a = Gather(source, 4 * rowBytes);
        var b = Gather(source + rowBytes, 4 * rowBytes);
        var c = Gather(source + 2 * rowBytes, 4 * rowBytes);
        var d = Gather(source + 3 * rowBytes, 4 * rowBytes);
        var ab0 = QuarterLanes.UnpackLow(a, b);
        var ab1 = QuarterLanes.UnpackHigh(a, b);
        var cd0 = QuarterLanes.UnpackLow(c, d);
        var cd1 = QuarterLanes.UnpackHigh(c, d);
        return (
            QuarterLanes.UnpackLow(ab0.AsInt64(), cd0.AsInt64()).AsByte(), QuarterLanes.UnpackHigh(ab0.AsInt64(), cd0.AsInt64()).AsByte(),
            QuarterLanes.UnpackLow(ab1.AsInt64(), cd1.AsInt64()).AsByte(), QuarterLanes.UnpackHigh(ab1.AsInt64(), cd1.AsInt64()).AsByte());
    }

    /// <summary>Four bytes of each of sixteen rows.</summary>
    /// <param name="source">The bytes of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Fours(byte* source, nint rowBytes)
    {
        var (second, third) = (FourFours(source + 4 * rowBytes, rowBytes), FourFours(source + 8 * rowBytes, rowBytes));
        return Join(
            Vector256.Create(FourFours(source, rowBytes), second), Vector256.Create(third, FourFours(source + 12 * rowBytes, rowBytes)));
    }

    /// <summary>A half of each of sixteen rows, as float32.</summary>
    /// <param name="source">The half of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Halves(byte* source, nint rowBytes)
    {
        return Widen(EightHalves(source, rowBytes), EightHalves(source + 8 * rowBytes, rowBytes));
    }

    /// <summary>The halves that blocks of sixteen rows begin with, as float32.</summary>
    /// <param name="rows">The first block of row 0; at least sixteen bytes.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="blocks">Blocks of each row.</param>
    /// <param name="blockBytes">Bytes of a block.</param>
    /// <param name="scales">Receives sixteen values a block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LeadingHalves(byte* rows, nint rowBytes, int blocks, int blockBytes, float* scales)
    {
        // Twice a half has lost its sign: what is no number, or infinite, is then the largest there is. Such are rare, so they are
        // looked for once.
        var largest = Vector256<ushort>.Zero;
        var source = rows;
        var target = scales;
        for (var b = 0; b < blocks && Avx2.IsSupported; b++, source += blockBytes, target += Panels.Rows)
        {
            var (low, high) = (EightLeading(source, rowBytes), EightLeading(source + 8 * rowBytes, rowBytes));
            var both = Vector256.Create(low, high).AsUInt16();
            largest = Avx2.Max(largest, both + both);
            Finite(Avx2.ConvertToVector256Int32(low)).Store(target);
            Finite(Avx2.ConvertToVector256Int32(high)).Store(target + 8);
        }

        if (!Avx2.IsSupported || Vector256.GreaterThanOrEqualAny(largest, Vector256.Create((ushort)0xf800)))
        {
            for (var b = 0; b < blocks; b++, rows += blockBytes, scales += Panels.Rows)
            {
                Halves(rows, rowBytes).Store(scales);
            }
        }
    }

    // Halves as signed integers, all of them finite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Finite(Vector256<int> halves) =>
        ((halves << 13) & Vector256.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector256.Create(5.192297e33f);

    /// <summary>Halves in the low 16 bits of lanes whose high bits are zero, as float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<uint> halves) => Moved((halves.AsInt32() << 16) >> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector128<short> low, Vector128<short> high) => Avx2.IsSupported
        ? Moved(Join(Avx2.ConvertToVector256Int32(low), Avx2.ConvertToVector256Int32(high)) << 13)
        : Moved(Join(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high))) << 13);

    // Halves as signed integers, moved up by thirteen bits. In two parts: so many operations on 512 bits are more than the compiler takes in
    // where they are two each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Moved(Vector512<int> halves) => Join(Moved(halves.GetLower()), Moved(halves.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Moved(Vector256<int> halves)
    {
        // Bits moved to where float32 has them leave the exponent 112 too small. A subnormal half gets an exponent of one more, and the
        // one that float32 then thinks before its bits is taken off again: multiplying instead, as a subnormal float32, takes a processor
        // some twenty cycles, and scales of Q5_K and Q6_K are subnormal as a rule. Infinity and NaN get the largest exponent.
        var magnitude = halves & Vector256.Create(0x0fffe000);
        var subnormal = Vector256.LessThan(magnitude, Vector256.Create(1 << 23));
        var special = Vector256.GreaterThan(magnitude, Vector256.Create((31 << 23) - 1)) & Vector256.Create(0x7f800000);
        var number = (magnitude + Vector256.Create(112 << 23) - (subnormal << 23)).AsSingle() - (subnormal & Vector256.Create(113 << 23)).AsSingle();
        return (number.AsInt32() | special | (halves & Vector256.Create(int.MinValue))).AsSingle();
    }

    /// <summary>Stores what <see cref="Turn"/> gave, or something made of it, as four times four columns of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* panel, Vector512<byte> t0, Vector512<byte> t1, Vector512<byte> t2, Vector512<byte> t3)
    {
        t0.Store(panel);
        t1.Store(panel + 64);
        t2.Store(panel + 128);
        t3.Store(panel + 192);
    }

    /// <summary>The low four bits of every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Low(Vector512<byte> v) => v & Vector512.Create((byte)15);

    /// <summary>The high four bits of every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> High(Vector512<byte> v) => (v.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)15);

    /// <summary>Some bits of every byte.</summary>
    /// <param name="v">The bytes.</param>
    /// <param name="first">The lowest of the bits.</param>
    /// <param name="mask">As many ones as bits.</param>
    /// <param name="shift">How far up they go in the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Bits(Vector512<byte> v, int first, byte mask, int shift) =>
        ((v.AsUInt16() >> first) << shift).AsByte() & Vector512.Create((byte)(mask << shift));

    /// <summary>Thirty-two 5-bit integers of each row, as Q5_0 and Q5_1 hold them.</summary>
    /// <param name="source">The low four bits of row 0: byte j holds value j below value j + 16.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="fifths">The fifth bits of each row, value 0 lowest.</param>
    /// <param name="panel">Receives 512 bytes.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void FiveBits(byte* source, nint rowBytes, Vector512<uint> fifths, byte* panel)
    {
        var (t0, t1, t2, t3) = Turn(source, rowBytes);
        Store(panel, Low(t0) | Spread(fifths), Low(t1) | Spread(fifths >> 4), Low(t2) | Spread(fifths >> 8), Low(t3) | Spread(fifths >> 12));
        Store(panel + 256, High(t0) | Spread(fifths >> 16), High(t1) | Spread(fifths >> 20), High(t2) | Spread(fifths >> 24), High(t3) | Spread(fifths >> 28));
    }

    /// <summary>A table of sixteen bytes in every quarter of a register.</summary>
    /// <param name="steps">Sixteen signed steps.</param>
    /// <param name="offset">Added to make them unsigned.</param>
    public static Vector512<byte> Table(ReadOnlySpan<sbyte> steps, int offset)
    {
        var quarter = Vector128.Create(steps).AsByte() + Vector128.Create((byte)offset);
        var half = Vector256.Create(quarter, quarter);
        return Vector512.Create(half, half);
    }

    /// <summary>Thirty-two 4-bit numbers of each row, replaced by what a table holds.</summary>
    /// <param name="source">The numbers of row 0: byte j holds value j below value j + 16.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="table">What <see cref="Table"/> gave.</param>
    /// <param name="panel">Receives 512 bytes.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void LookedUp(byte* source, nint rowBytes, Vector512<byte> table, byte* panel)
    {
        var (t0, t1, t2, t3) = Turn(source, rowBytes);
        Store(panel, QuarterLanes.Look(table, Low(t0)), QuarterLanes.Look(table, Low(t1)), QuarterLanes.Look(table, Low(t2)), QuarterLanes.Look(table, Low(t3)));
        Store(panel + 256, QuarterLanes.Look(table, High(t0)), QuarterLanes.Look(table, High(t1)), QuarterLanes.Look(table, High(t2)), QuarterLanes.Look(table, High(t3)));
    }

    /// <summary>An integer of each row times the row's scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scaled(Vector512<int> integers, Vector512<float> scale, float* target) =>
        (Vector512.ConvertToSingle(integers) * scale).Store(target);

    /// <summary>
    /// Sixteen bytes that begin a block of Q4_K or Q5_K: the halves d and dmin, then eight 6-bit pairs. Stores eight scales
    /// and eight minimums for each of sixteen rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SixBitPairs(byte* source, nint rowBytes, float* scales, float* minimums)
    {
        var (halves, first, second, third) = Turn(source, rowBytes);
        var scale = Moved((halves.AsInt32() << 16) >> 3);
        var minimum = Moved((halves.AsInt32() & Vector512.Create(unchecked((int)0xffff0000))) >> 3);

        // Byte j of a lane is half of pair j; those of pairs 4 to 7 are split over three bytes.
        Scaled(Bits(first, 0, 63, 0), scale, scales);
        Scaled(Bits(second, 0, 63, 0), minimum, minimums);
        Scaled(Low(third) | Bits(first, 2, 3 << 4, 0), scale, scales + 4 * Panels.Rows);
        Scaled(High(third) | Bits(second, 2, 3 << 4, 0), minimum, minimums + 4 * Panels.Rows);
    }

    // Four unsigned bytes of each row times the row's scale: four rows of scales.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scaled(Vector512<byte> bytes, Vector512<float> scale, float* scales)
    {
        var lanes = bytes.AsUInt32();
        Scaled((lanes & Vector512.Create(255u)).AsInt32(), scale, scales);
        Scaled(((lanes >> 8) & Vector512.Create(255u)).AsInt32(), scale, scales + Panels.Rows);
        Scaled(((lanes >> 16) & Vector512.Create(255u)).AsInt32(), scale, scales + 2 * Panels.Rows);
        Scaled((lanes >> 24).AsInt32(), scale, scales + 3 * Panels.Rows);
    }

    /// <summary>Four signed bytes of each row times the row's scale: four rows of scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SignedScales(Vector512<byte> bytes, Vector512<float> scale, float* scales)
    {
        var lanes = bytes.AsInt32();
        (Vector512.ConvertToSingle((lanes << 24) >> 24) * scale).Store(scales);
        (Vector512.ConvertToSingle((lanes << 16) >> 24) * scale).Store(scales + 16);
        (Vector512.ConvertToSingle((lanes << 8) >> 24) * scale).Store(scales + 32);
        (Vector512.ConvertToSingle(lanes >> 24) * scale).Store(scales + 48);
    }

    // The lowest four bits of a lane become bit 4 of its four bytes: the product has bit i at 8 i + 4, and no sum carries.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Spread(Vector512<uint> bits) =>
        (((bits & Vector512.Create(15u)) * Vector512.Create(0x02040810u)) & Vector512.Create(0x10101010u)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Gather(byte* source, nint stride) => Join(
        Vector256.Create(Vector128.Load(source), Vector128.Load(source + stride)),
        Vector256.Create(Vector128.Load(source + 2 * stride), Vector128.Load(source + 3 * stride))).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> FourFours(byte* source, nint rowBytes) =>
        Vector128.Create(*(uint*)source, *(uint*)(source + rowBytes), *(uint*)(source + 2 * rowBytes), *(uint*)(source + 3 * rowBytes));

    // Vector512.Create would insert into a register it never clears, and so wait for whatever was in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Join<T>(Vector256<T> lower, Vector256<T> upper) => lower.ToVector512Unsafe().WithUpper(upper);

    // Sixteen bytes of each row are loaded and the first two kept: fewer instructions than loading two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> EightLeading(byte* source, nint rowBytes)
    {
        var far = source + 4 * rowBytes;
        return Sse2.UnpackLow(FourLeading(source, rowBytes), FourLeading(far, rowBytes)).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> FourLeading(byte* source, nint rowBytes) => Sse2.UnpackLow(
        Sse2.UnpackLow(Vector128.Load((ushort*)source), Vector128.Load((ushort*)(source + rowBytes))).AsUInt32(),
        Sse2.UnpackLow(Vector128.Load((ushort*)(source + 2 * rowBytes)), Vector128.Load((ushort*)(source + 3 * rowBytes))).AsUInt32()).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> EightHalves(byte* source, nint rowBytes)
    {
        var far = source + 4 * rowBytes;
        return Vector128.Create(
            *(short*)source, *(short*)(source + rowBytes), *(short*)(source + 2 * rowBytes), *(short*)(source + 3 * rowBytes),
            *(short*)far, *(short*)(far + rowBytes), *(short*)(far + 2 * rowBytes), *(short*)(far + 3 * rowBytes));
    }
}
