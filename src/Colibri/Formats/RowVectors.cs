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

    /// <summary>
    /// The order in which <see cref="SixBitSums"/> reads activations: four values of the first 128 and four of the last in turn, run after
    /// run of 32.
    /// </summary>
    public static int[] SixBitOrder { get; } =
    [
        .. from run in Enumerable.Range(0, 4)
           from register in Enumerable.Range(0, 2)
           from lane in Enumerable.Range(0, 2)
           from four in new[] { 2 * register, 2 * register + 1 }
           from half in Enumerable.Range(0, 2)
           from value in Enumerable.Range(0, 4)
           select half * 128 + run * 32 + lane * 16 + four * 4 + value,
    ];

    /// <summary>
    /// Sums of the sixteen groups of 256 6-bit integers of Q6_K times activations. As in <see cref="PairedSums"/>, four bytes of one half
    /// lie beside four of the other before they are split.
    /// </summary>
    /// <param name="fours">The lower four bits: 64 bytes of each half.</param>
    /// <param name="twos">The upper two bits: 32 bytes of each half.</param>
    /// <param name="a">256 activations in <see cref="SixBitOrder"/>.</param>
    /// <returns>Groups 0 to 7 and 8 to 15.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<int> First, Vector256<int> Second) SixBitSums(byte* fours, byte* twos, sbyte* a)
    {
        var (bits, low, high) = (Turned(twos, 32), Turned(fours, 64), Turned(fours + 32, 64));

        // Runs 0 and 1 are the low halves of bytes, 2 and 3 the high ones. A run's sums: a group of each half in turn, even groups in the
        // lower half of the register, odd ones in the upper.
        var r0 = Integers(TwoGroups(Six(low.Low, 0, bits.Low, 0), Six(low.High, 0, bits.High, 0), a));
        var r1 = Integers(TwoGroups(Six(high.Low, 0, bits.Low, 2), Six(high.High, 0, bits.High, 2), a + 64));
        var r2 = Integers(TwoGroups(Six(low.Low, 1, bits.Low, 4), Six(low.High, 1, bits.High, 4), a + 128));
        var r3 = Integers(TwoGroups(Six(high.Low, 1, bits.Low, 6), Six(high.High, 1, bits.High, 6), a + 192));
        var early = (Avx2.UnpackLow(r0.AsInt64(), r1.AsInt64()).AsInt32() + Avx2.UnpackHigh(r0.AsInt64(), r1.AsInt64()).AsInt32()).AsSingle();
        var late = (Avx2.UnpackLow(r2.AsInt64(), r3.AsInt64()).AsInt32() + Avx2.UnpackHigh(r2.AsInt64(), r3.AsInt64()).AsInt32()).AsSingle();
        return (
            Interleave(Avx.Shuffle(early, late, 0b10_00_10_00).AsInt32()),
            Interleave(Avx.Shuffle(early, late, 0b11_01_11_01).AsInt32()));
    }

    /// <summary>The lanes of the lower half and those of the upper half in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Interleave(Vector256<int> halves) => Avx2.PermuteVar8x32(halves, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7));

    // The low (0) or high (1) half of each byte, and two bits above it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Six(Vector256<byte> fours, int half, Vector256<byte> twos, int bit) => Half(fours, half) | Bits(twos, bit, 3, 4);

    // Four bytes of one and four of the other in turn, for each half of the register: the first half of them, and the rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<byte> Low, Vector256<byte> High) Turned(byte* bytes, int apart)
    {
        var (x, y) = (Vector256.Load(bytes).AsInt32(), Vector256.Load(bytes + apart).AsInt32());
        return (Avx2.UnpackLow(x, y).AsByte(), Avx2.UnpackHigh(x, y).AsByte());
    }

    // What TwoGroups gave as one number a lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Integers(Vector256<int> sums) => AvxVnni.IsSupported ? sums : Avx2.MultiplyAddAdjacent(sums.AsInt16(), Vector256<short>.One);

    // Two runs of 64: the sums of four groups in order, of each half of the register apart; two words of each without AVX-VNNI.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> FourGroups(byte* nibbles, sbyte* a)
    {
        var (low, high) = Turned(nibbles, 32);
        var even = TwoGroups(Half(low, 0), Half(high, 0), a);
        var odd = TwoGroups(Half(low, 1), Half(high, 1), a + 64);
        var (lower, upper) = (Avx2.UnpackLow(even, odd), Avx2.UnpackHigh(even, odd));
        return AvxVnni.IsSupported ? lower + upper : (lower.AsInt16() + upper.AsInt16()).AsInt32();
    }

    // Words whose sums of two are those of four products, or where there is AVX-VNNI those themselves: of integers of at most six bits.
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
