using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

/// <summary>
/// What reading a row of blocks is made of (<see cref="IIntegerBlockFormat{TSelf}.Integers"/>): thirty-two bytes of one row in a
/// register, in the order of their values. AVX2.
/// </summary>
internal static unsafe class RowVectors
{
    /// <summary>Sixteen bytes of two 4-bit numbers: the low halves, then the high ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Nibbles(byte* source)
    {
        // What is shifted in from the next byte falls to the mask.
        var both = Avx2.BroadcastVector128ToVector256(source).AsUInt32();
        return Avx2.ShiftRightLogicalVariable(both, Vector256.Create(0u, 0, 0, 0, 4, 4, 4, 4)).AsByte() & Vector256.Create((byte)15);
    }

    /// <summary>The low (0) or high (1) half of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Half(Vector256<byte> bytes, int high) => (bytes.AsUInt16() >> (4 * high)).AsByte() & Vector256.Create((byte)15);

    /// <summary>Some bits of every byte.</summary>
    /// <param name="v">The bytes.</param>
    /// <param name="first">The lowest of the bits.</param>
    /// <param name="mask">As many ones as bits.</param>
    /// <param name="shift">How far up they go in the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Bits(Vector256<byte> v, int first, byte mask, int shift)
    {
        var moved = first >= shift ? v.AsUInt16() >> (first - shift) : v.AsUInt16() << (shift - first);
        return moved.AsByte() & Vector256.Create((byte)(mask << shift));
    }

    /// <summary>Bit i of 32 becomes bit 4 of byte i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> FifthBits(byte* source)
    {
        var each = Vector256.Create(0x8040201008040201ul).AsByte();
        var repeated = Avx2.Shuffle(
            Vector256.Create(*(uint*)source).AsByte(),
            Vector256.Create(0ul, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303).AsByte());
        return Vector256.Equals(repeated & each, each) & Vector256.Create((byte)16);
    }

    /// <summary>Step numbers replaced by the steps plus their offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Looked(Vector256<byte> numbers)
    {
        var table = Vector128.Create(Codebook.Steps).AsByte() + Vector128.Create((byte)Codebook.Offset);
        return Avx2.Shuffle(Vector256.Create(table, table), numbers);
    }

    /// <summary>The order in which <see cref="NibbleSums"/> reads activations: low halves of blocks k and 4 + k, then their high halves.</summary>
    public static int[] NibbleOrder { get; } =
    [
        .. from register in Enumerable.Range(0, 4)
           from half in Enumerable.Range(0, 2)
           from block in new[] { register, 4 + register }
           from value in Enumerable.Range(0, 16)
           select block * 32 + half * 16 + value,
    ];

    /// <summary>
    /// Sums of eight blocks of sixteen bytes of 4-bit integers times activations. Two blocks share a register, four apart, so that
    /// three additions of neighbours leave the blocks in order.
    /// </summary>
    /// <param name="source">The first block's integers.</param>
    /// <param name="blockBytes">Bytes from one block to the next.</param>
    /// <param name="a">256 activations in <see cref="NibbleOrder"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> NibbleSums(byte* source, int blockBytes, sbyte* a)
    {
        // Eight products of integers up to 15 a lane, then sixteen: both fit 16 bits.
        var first = AddNeighbours(TwoBlocks(source, 4 * blockBytes, a), TwoBlocks(source + blockBytes, 4 * blockBytes, a + 64), true);
        var second = AddNeighbours(
            TwoBlocks(source + 2 * blockBytes, 4 * blockBytes, a + 128), TwoBlocks(source + 3 * blockBytes, 4 * blockBytes, a + 192), true);
        return AddNeighbours(first, second, true);
    }

    /// <summary>
    /// Sums of neighbouring lanes, in each half those of the first vector and then those of the second; of lanes that fit 16 bits
    /// by multiplying with one, two instructions that take half the time.
    /// </summary>
    /// <param name="a">The first vector.</param>
    /// <param name="b">The second vector.</param>
    /// <param name="small">Whether all lanes lie within -32768 to 32767.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNeighbours(Vector256<int> a, Vector256<int> b, bool small) =>
        small ? Avx2.MultiplyAddAdjacent(Avx2.PackSignedSaturate(a, b), Vector256<short>.One) : Avx2.HorizontalAdd(a, b);

    /// <summary>Four sums in each half of a register, whose sum is that of thirty-two products: of integers less an offset and activations.</summary>
    /// <param name="q">Unsigned integers.</param>
    /// <param name="a">Activations, -127..127.</param>
    /// <param name="largest">The largest of the integers.</param>
    /// <param name="offset">What is taken off the integers before they are multiplied; zero unless <see cref="TakesOffset"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<byte> q, Vector256<sbyte> a, int largest, int offset)
    {
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, q, a);
        }

        if (TakesOffset(largest))
        {
            // Magnitudes, with the sign on the other side: 2 * 128 * 127 fits 16 bits.
            var signed = (q - Vector256.Create((byte)offset)).AsSByte();
            (q, a) = (Avx2.Abs(signed), Avx2.Sign(a, signed));
        }

        return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(q, a), Vector256<short>.One);
    }

    /// <summary>
    /// Whether <see cref="Dot"/> takes the offset off itself: where two products of unsigned integers may exceed 16 bits, magnitudes of
    /// signed ones are multiplied.
    /// </summary>
    /// <param name="largest">The largest of the integers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TakesOffset(int largest) => largest > sbyte.MaxValue && !AvxVnni.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> TwoBlocks(byte* source, int apart, sbyte* a)
    {
        var bytes = Vector256.Create(Vector128.Load(source), Vector128.Load(source + apart));
        var low = bytes & Vector256.Create((byte)15);
        var high = (bytes.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15);
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, low, Vector256.Load(a)), high, Vector256.Load(a + 32));
        }

        // Pairs of products of 4-bit integers fit 16 bits, and so do their sums.
        var pairs = Avx2.MultiplyAddAdjacent(low, Vector256.Load(a)) + Avx2.MultiplyAddAdjacent(high, Vector256.Load(a + 32));
        return Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
    }

    /// <summary>The first halves of eight blocks, as float32.</summary>
    /// <param name="source">The half of the first block.</param>
    /// <param name="blockBytes">Bytes from one block to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Halves(byte* source, int blockBytes)
    {
        if (Avx512BW.IsSupported && blockBytes <= 20)
        {
            // A load of 64 bytes holds the halves of four blocks and ends before the last of them does.
            // (Vector512.Create of two halves would wait for the register's last use.)
            var order = Vector512.Create(0x0003_0002_0001_0000ul).AsInt16() * (short)(blockBytes / 2)
                + Vector512.Create(0ul, 0x0020_0020_0020_0020, 0, 0, 0, 0, 0, 0).AsInt16();
            var eight = Avx512BW.PermuteVar32x16x2(Vector512.Load(source).AsInt16(), order, Vector512.Load(source + 4 * blockBytes).AsInt16());
            return Widen(Avx2.ConvertToVector256Int32(eight.GetLower().GetLower().AsUInt16()).AsUInt32());
        }

        var halves = Vector128.Create(
            *(ushort*)source, *(ushort*)(source + blockBytes), *(ushort*)(source + 2 * blockBytes), *(ushort*)(source + 3 * blockBytes),
            *(ushort*)(source + 4 * blockBytes), *(ushort*)(source + 5 * blockBytes), *(ushort*)(source + 6 * blockBytes), *(ushort*)(source + 7 * blockBytes));
        return Widen(Avx2.ConvertToVector256Int32(halves).AsUInt32());
    }

    /// <summary>Halves in the low 16 bits of lanes whose high bits are zero, as float32 (as <see cref="PanelVectors.Widen"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector256<uint> halves)
    {
        var magnitude = halves & Vector256.Create(0x7fffu);
        var scaled = (magnitude << 13).AsSingle() * Vector256.Create(5.192297e33f);
        var special = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7bff)).AsUInt32();
        var bits = Vector256.ConditionalSelect(special, (magnitude << 13) | Vector256.Create(0x7f800000u), scaled.AsUInt32());
        return (bits | ((halves & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>Eight 4-bit numbers, the lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Nibble(uint packed) =>
        Avx2.ShiftRightLogicalVariable(Vector256.Create(packed), Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28)) & Vector256.Create(15u);

    /// <summary>The first eight bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> First(Vector128<byte> bytes) => Avx2.ConvertToVector256Int32(bytes);

    /// <summary>The last eight bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Last(Vector128<byte> bytes) => Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(bytes, 8));

    /// <summary>Integers times a scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Scaled(Vector256<int> integers, Half scale) =>
        Vector256.ConvertToSingle(integers) * Widen(Vector256.Create((uint)BitConverter.HalfToUInt16Bits(scale)));

    /// <summary>Eight 6-bit pairs (<see cref="Packing.SixBitPairs"/>), multiplied out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowScales SixBitPairs(uint* packed, Half scale, Half minimum)
    {
        const uint six = 0x3f3f3f3f;
        const uint four = 0x0f0f0f0f;
        const uint two = 0x30303030;
        var (s, m, rest) = (packed[0], packed[1], packed[2]);
        var bytes = Vector128.Create(s & six, (rest & four) | ((s >> 2) & two), m & six, ((rest >> 4) & four) | ((m >> 2) & two)).AsByte();
        return new(Scaled(First(bytes), scale), Scaled(Last(bytes), minimum), default, default);
    }
}
