using System.Buffers.Binary;
using Colibri.Formats;

namespace Colibri.Compression.Synthesis;

/// <summary>
/// Encoded random weights of one format: a pool that the format's own encoder made, from which tensors draw pieces in a
/// random order. So every block is valid and of a real value range, and a gigabyte costs a copy instead of a search for
/// scales (which for k-formats takes minutes).
/// </summary>
internal sealed class RandomBlocks
{
    /// <summary>Values of one piece: a whole number of blocks of every format.</summary>
    public const int PieceValues = 256;

    /// <summary>
    /// Standard deviation of the weights, that of freshly initialised models. With hidden sizes of 512 to 8,192 it keeps
    /// activations between 0.1 and 10, far from any format's limits.
    /// </summary>
    public const float Deviation = 0.02f;

    private const int PiecesBits = 12;
    private readonly byte[] _pool;

    /// <summary>Makes the pool: 4,096 pieces, a million values.</summary>
    /// <param name="format">A format that can be computed with, whose blocks divide <see cref="PieceValues"/>.</param>
    /// <param name="seed">Another seed, other weights.</param>
    public RandomBlocks(TensorFormat format, ulong seed)
    {
        if (!format.IsNumeric || PieceValues % format.ValuesPerBlock != 0)
        {
            throw new ArgumentException($"{format} has blocks of {format.ValuesPerBlock} values, which do not divide {PieceValues}.", nameof(format));
        }

        PieceBytes = checked((int)format.BytesFor(PieceValues));
        _pool = new byte[PieceBytes << PiecesBits];
        var values = new float[PieceValues];
        for (var piece = 0; piece < 1 << PiecesBits; piece++)
        {
            for (var i = 0; i < PieceValues; i++)
            {
                values[i] = NormalFrom(Mix(seed, (ulong)(piece * PieceValues + i)));
            }

            format.Encode(values, _pool.AsSpan(piece * PieceBytes, PieceBytes));
        }
    }

    /// <summary>Bytes of one piece.</summary>
    public int PieceBytes { get; }

    /// <summary>Fills a part of a tensor.</summary>
    /// <param name="stream">Tells tensors apart: the same stream and place always give the same bytes.</param>
    /// <param name="firstPiece">The part's place in its tensor, in pieces.</param>
    /// <param name="destination">Whole blocks; the last piece may be a part of one.</param>
    public void Fill(ulong stream, long firstPiece, Span<byte> destination)
    {
        for (var piece = (ulong)firstPiece; !destination.IsEmpty; piece++)
        {
            var drawn = (int)(Mix(stream, piece) >> 64 - PiecesBits);
            var bytes = Math.Min(PieceBytes, destination.Length);
            _pool.AsSpan(drawn * PieceBytes, bytes).CopyTo(destination);
            destination = destination[bytes..];
        }
    }

    /// <summary>Random bits for a place in a stream: SplitMix64's output function (Steele, Lea, Flood 2014).</summary>
    public static ulong Mix(ulong stream, ulong place)
    {
        var z = stream + (place + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>
    /// A nearly normal value: the sum of four uniform ones. Only additions and one product, so the same on every machine,
    /// unlike logarithms and cosines.
    /// </summary>
    private static float NormalFrom(ulong bits)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, bits);
        var sum = 0;
        for (var i = 0; i < 4; i++)
        {
            sum += BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
        }

        // The sum has mean 2 x 65535 and variance 4 x 65536^2 / 12.
        const float Mean = 2 * 65535f;
        const float Scale = Deviation / 37837.23f;
        return (sum - Mean) * Scale;
    }
}
