using System.Buffers.Binary;

namespace Colibri.Tests.Files;

/// <summary>Damages files the way disks, networks and attackers do; the same seed gives the same damage.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 7, 31, 32, 33, 255, 256, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, (1UL << 32) + 1,
        1UL << 40, 1UL << 53, 1UL << 61, 1UL << 62, long.MaxValue - 31, long.MaxValue, 1UL << 63, ulong.MaxValue - 31, ulong.MaxValue - 7, ulong.MaxValue,
    ];

    private static readonly string[] Words =
    [
        "null", "true", "-1", "0", "1e999", "-0.5", "18446744073709551616", "9223372036854775807", "2147483648", "\"\"", "\"\\ud800\"", "[]", "{}", "[[[[[[[[", "}", "]", ",", ":", "\"", "\\", "\0",
    ];

    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] original)
    {
        var bytes = original.ToArray();
        for (var rounds = _random.Next(1, 4); rounds > 0 && bytes.Length > 0; rounds--)
        {
            bytes = _random.Next(8) switch
            {
                0 => bytes[.._random.Next(bytes.Length)],
                1 or 2 => Flip(bytes),
                3 => Splice(bytes),
                4 => Insert(bytes, Words[_random.Next(Words.Length)].Select(c => (byte)c).ToArray()),
                5 => Replace(bytes, Words[_random.Next(Words.Length)].Select(c => (byte)c).ToArray()),
                _ => Overwrite(bytes),
            };
        }

        return bytes;
    }

    private byte[] Flip(byte[] bytes)
    {
        for (var n = _random.Next(1, 9); n > 0; n--)
        {
            bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
        }

        return bytes;
    }

    private byte[] Splice(byte[] bytes)
    {
        var (from, to) = (_random.Next(bytes.Length), _random.Next(bytes.Length));
        var length = _random.Next(1, Math.Min(64, bytes.Length - Math.Max(from, to)) + 1);
        bytes.AsSpan(from, length).ToArray().CopyTo(bytes, to);
        return bytes;
    }

    private byte[] Insert(byte[] bytes, byte[] word)
    {
        var at = _random.Next(bytes.Length + 1);
        return [.. bytes[..at], .. word, .. bytes[at..]];
    }

    // Puts a word in the place of a run of letters or digits, so that most results are still well-formed.
    private byte[] Replace(byte[] bytes, byte[] word)
    {
        var start = _random.Next(bytes.Length);
        var end = start;
        while (end < bytes.Length && char.IsAsciiLetterOrDigit((char)bytes[end]))
        {
            end++;
        }

        return [.. bytes[..start], .. word, .. bytes[end..]];
    }

    private byte[] Overwrite(byte[] bytes)
    {
        var value = Extremes[_random.Next(Extremes.Length)];
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(field, value);
        var at = _random.Next(bytes.Length);
        field[..Math.Min(_random.Next(2) == 0 ? 4 : 8, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
