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

    /// <summary>Step numbers replaced by the steps, signed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Looked(Vector256<byte> numbers)
    {
        var table = Vector128.Create(Codebook.Steps).AsByte();
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
        if (AvxVnni.IsSupported)
        {
            // Eight products of integers up to 15 a lane, then sixteen: both fit 16 bits.
            var first = AddNeighbours(Sums(source, 4 * blockBytes, a), Sums(source + blockBytes, 4 * blockBytes, a + 64), true);
            var second = AddNeighbours(
                Sums(source + 2 * blockBytes, 4 * blockBytes, a + 128), Sums(source + 3 * blockBytes, 4 * blockBytes, a + 192), true);
            return AddNeighbours(first, second, true);
        }

        return AddNeighbours(
            AddWords(Words(source, 4 * blockBytes, a), Words(source + blockBytes, 4 * blockBytes, a + 64)),
            AddWords(Words(source + 2 * blockBytes, 4 * blockBytes, a + 128), Words(source + 3 * blockBytes, 4 * blockBytes, a + 192)),
            true);
    }

    /// <summary>
    /// The order in which <see cref="PairedSums"/> reads activations: four values of one run of 64 and four of the next in turn, of low
    /// halves of bytes first.
    /// </summary>
    public static int[] PairedOrder { get; } =
    [
        .. from pair in Enumerable.Range(0, 2)
           from half in Enumerable.Range(0, 2)
           from register in Enumerable.Range(0, 2)
           from lane in Enumerable.Range(0, 2)
           from four in new[] { 2 * register, 2 * register + 1 }
           from run in new[] { 2 * pair, 2 * pair + 1 }
           from value in Enumerable.Range(0, 4)
           select run * 64 + half * 32 + lane * 16 + four * 4 + value,
    ];

    /// <summary>
    /// Sums of the eight groups of 256 4-bit integers times activations, where byte j of each 32 holds value j of a group below value j of
    /// the next. Four bytes of one run lie beside four of the next before they are split, so that the products of four groups are added
    /// in the same registers, in 16 bits all the way.
    /// </summary>
    /// <param name="nibbles">128 bytes.</param>
    /// <param name="a">256 activations in <see cref="PairedOrder"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> PairedSums(byte* nibbles, sbyte* a)
    {
        var (first, second) = (FourGroups(nibbles, a), FourGroups(nibbles + 64, a + 128));
        var (lower, upper) = (Avx2.Permute2x128(first, second, 0x20), Avx2.Permute2x128(first, second, 0x31));
        return AvxVnni.IsSupported ? lower + upper : Avx2.MultiplyAddAdjacent(lower.AsInt16() + upper.AsInt16(), Vector256<short>.One);
    }

    // Two runs of 64: the sums of four groups in order, of each half of the register apart; two words of each without AVX-VNNI.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> FourGroups(byte* nibbles, sbyte* a)
    {
        var (x, y) = (Vector256.Load(nibbles).AsInt32(), Vector256.Load(nibbles + 32).AsInt32());
        var (low, high) = (Avx2.UnpackLow(x, y).AsByte(), Avx2.UnpackHigh(x, y).AsByte());
        var even = TwoGroups(Half(low, 0), Half(high, 0), a);
        var odd = TwoGroups(Half(low, 1), Half(high, 1), a + 64);
        var (lower, upper) = (Avx2.UnpackLow(even, odd), Avx2.UnpackHigh(even, odd));
        return AvxVnni.IsSupported ? lower + upper : (lower.AsInt16() + upper.AsInt16()).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> TwoGroups(Vector256<byte> low, Vector256<byte> high, sbyte* a) => AvxVnni.IsSupported
        ? AvxVnni.MultiplyWideningAndAdd(AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, low, Vector256.Load(a)), high, Vector256.Load(a + 32))
        : (Avx2.MultiplyAddAdjacent(low, Vector256.Load(a)) + Avx2.MultiplyAddAdjacent(high, Vector256.Load(a + 32))).AsInt32();

    /// <summary>
    /// Sums of eight neighbouring words at a time as two, in each half those of the first vector and then those of the second. Half of
    /// the way is gone in 16 bits, by instructions that the products leave free.
    /// </summary>
    /// <param name="a">Words whose sums of two fit 16 bits.</param>
    /// <param name="b">More of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddWords(Vector256<short> a, Vector256<short> b) => Avx2.MultiplyAddAdjacent(
        Avx2.UnpackLow(a.AsInt64(), b.AsInt64()).AsInt16() + Avx2.UnpackHigh(a.AsInt64(), b.AsInt64()).AsInt16(), Vector256<short>.One);

    /// <summary>
    /// Sums of neighbouring lanes, in each half those of the first vector and then those of the second; of lanes that fit 16 bits
    /// by multiplying with one.
    /// </summary>
    /// <param name="a">The first vector.</param>
    /// <param name="b">The second vector.</param>
    /// <param name="small">Whether all lanes lie within -32768 to 32767.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNeighbours(Vector256<int> a, Vector256<int> b, bool small) =>
        small
            ? Avx2.MultiplyAddAdjacent(Avx2.PackSignedSaturate(a, b), Vector256<short>.One)
            : Avx.Shuffle(a.AsSingle(), b.AsSingle(), 0b10_00_10_00).AsInt32() + Avx.Shuffle(a.AsSingle(), b.AsSingle(), 0b11_01_11_01).AsInt32();

    /// <summary>Four sums in each half of a register, whose sum is that of thirty-two products: of integers and activations.</summary>
    /// <param name="q">Integers as <see cref="IIntegerBlockFormat{TSelf}.Integers"/> gives them.</param>
    /// <param name="a">Thirty-two activations, -127..127.</param>
    /// <param name="largest">The largest of the unsigned integers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<byte> q, sbyte* a, int largest)
    {
        if (AvxVnni.IsSupported)
        {
            // Signed integers are 128 less than the unsigned ones.
            return AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, largest > sbyte.MaxValue ? q ^ Vector256.Create((byte)0x80) : q, Vector256.Load(a));
        }

        return TakesOffset(largest)
            ? Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(q.AsSByte()), Avx2.Sign(Vector256.Load(a), q.AsSByte())), Vector256<short>.One)
            : Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(q, Vector256.Load(a)), Vector256<short>.One);
    }

    /// <summary>
    /// Whether <see cref="Dot"/> multiplies signed integers: where two products of unsigned ones may exceed 16 bits, magnitudes are
    /// multiplied (2 * 128 * 127 fits), with the signs on the activations.
    /// </summary>
    /// <param name="largest">The largest of the unsigned integers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TakesOffset(int largest) => largest > sbyte.MaxValue && !AvxVnni.IsSupported;

    // Two blocks, one in each half: their low halves' products and those of the high ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Sums(byte* source, int apart, sbyte* a)
    {
        var bytes = Vector256.Create(Vector128.Load(source), Vector128.Load(source + apart));
        return AvxVnni.MultiplyWideningAndAdd(AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, Half(bytes, 0), Vector256.Load(a)), Half(bytes, 1), Vector256.Load(a + 32));
    }

    // The same as sums of four products: of 4-bit integers they fit 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Words(byte* source, int apart, sbyte* a)
    {
        var bytes = Vector256.Create(Vector128.Load(source), Vector128.Load(source + apart));
        return Avx2.MultiplyAddAdjacent(Half(bytes, 0), Vector256.Load(a)) + Avx2.MultiplyAddAdjacent(Half(bytes, 1), Vector256.Load(a + 32));
    }
}
