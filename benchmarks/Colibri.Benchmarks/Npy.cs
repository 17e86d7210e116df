using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Colibri.Benchmarks;

/// <summary>NumPy's array files, as far as logits need them: version 1, little-endian float32, two dimensions, C order.</summary>
internal static class Npy
{
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>Writes a matrix.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="values">[rows, columns], row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static void Write(string path, ReadOnlySpan<float> values, int rows, int columns)
    {
        // The header ends with a line feed and is padded so that the data begins at a multiple of 64.
        var text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        text = text.PadRight((text.Length + 11 + 63) / 64 * 64 - 11) + "\n";
        using var file = File.Create(path);
        file.Write(Magic);
        file.Write(BitConverter.GetBytes((ushort)text.Length));
        file.Write(Encoding.ASCII.GetBytes(text));
        file.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads a matrix.</summary>
    /// <exception cref="InputException">The file is none, or of another kind.</exception>
    public static (float[] Values, int Rows, int Columns) Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var fault = new InputException($"'{path}' is not a float32 matrix in NumPy's format, version 1.");
        if (bytes.Length < 10 || !bytes.AsSpan(0, 8).SequenceEqual(Magic))
        {
            throw fault;
        }

        var length = BitConverter.ToUInt16(bytes, 8);
        var header = 10 + length <= bytes.Length ? Encoding.ASCII.GetString(bytes, 10, length) : throw fault;
        var open = header.IndexOf('(', StringComparison.Ordinal);
        var close = header.IndexOf(')', StringComparison.Ordinal);
        var sizes = open >= 0 && close > open ? header[(open + 1)..close].Split(',', StringSplitOptions.TrimEntries) : [];
        if (!header.Contains("'<f4'", StringComparison.Ordinal) || !header.Contains("'fortran_order': False", StringComparison.Ordinal) || sizes.Length != 2
            || !int.TryParse(sizes[0], NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
            || !int.TryParse(sizes[1], NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
            || bytes.Length - 10 - length != 4L * rows * columns)
        {
            throw fault;
        }

        return (MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + length)).ToArray(), rows, columns);
    }
}
