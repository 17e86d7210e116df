using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Colibri.Files;

namespace Colibri.Cli;

/// <summary>
/// Writes a float32 matrix as a .npy file (NumPy's format, version 1.0), row by row. The file appears only when it is
/// complete.
/// </summary>
internal sealed class NpyFile : IDisposable
{
    private readonly ReplacingFile _file;
    private readonly int _columns;
    private long _rowsLeft;

    /// <summary>Begins the file and writes its header.</summary>
    /// <param name="path">Where the file goes; one that is there is replaced.</param>
    /// <param name="rows">Rows that will be written.</param>
    /// <param name="columns">Values of a row.</param>
    /// <exception cref="InputException">The file cannot be created there.</exception>
    public NpyFile(string path, int rows, int columns)
    {
        _file = new ReplacingFile(path);
        _columns = columns;
        _rowsLeft = rows;

        // Magic, version and length of the header take 10 bytes; all of it is padded to a multiple of 64.
        var header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        var padded = (10 + header.Length + 1 + 63) / 64 * 64 - 10;
        _file.Stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(padded & 255), (byte)(padded >> 8)]);
        _file.Stream.Write(Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n"));
    }

    /// <summary>Appends a row.</summary>
    public void Write(ReadOnlySpan<float> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _columns);
        ArgumentOutOfRangeException.ThrowIfZero(_rowsLeft);
        _rowsLeft--;
        _file.Stream.Write(MemoryMarshal.AsBytes(row));
    }

    /// <summary>Makes the complete file appear.</summary>
    public void Complete()
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(_rowsLeft, 0L);
        _file.Finish();
        _file.Publish();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
