using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Colibri.Cli;

/// <summary>
/// Writes a float32 matrix as a .npy file (NumPy's format, version 1.0), row by row. The file appears under its name only
/// when it is complete.
/// </summary>
internal sealed class NpyFile : IDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly int _columns;
    private FileStream? _stream;
    private long _rowsLeft;

    /// <summary>Creates the file and writes its header.</summary>
    /// <param name="path">Where the file goes; one that is there is replaced.</param>
    /// <param name="rows">Rows that will be written.</param>
    /// <param name="columns">Values of a row.</param>
    /// <exception cref="InputException">The file cannot be created there.</exception>
    public NpyFile(string path, int rows, int columns)
    {
        _path = path;
        _partial = path + ".partial";
        _columns = columns;
        _rowsLeft = rows;
        try
        {
            _stream = new FileStream(_partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path}: cannot be written: {e.Message}", e);
        }

        // Magic, version and length of the header take 10 bytes; all of it is padded to a multiple of 64.
        var header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        var padded = (10 + header.Length + 1 + 63) / 64 * 64 - 10;
        _stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(padded & 255), (byte)(padded >> 8)]);
        _stream.Write(Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n"));
    }

    /// <summary>Appends a row.</summary>
    public void Write(ReadOnlySpan<float> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _columns);
        ArgumentOutOfRangeException.ThrowIfZero(_rowsLeft);
        _rowsLeft--;
        _stream!.Write(MemoryMarshal.AsBytes(row));
    }

    /// <summary>Gives the complete file its name.</summary>
    public void Complete()
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(_rowsLeft, 0L);
        _stream!.Dispose();
        _stream = null;
        File.Move(_partial, _path, overwrite: true);
    }

    /// <summary>Removes the file if it was not completed.</summary>
    public void Dispose()
    {
        if (_stream is not null)
        {
            _stream.Dispose();
            _stream = null;
            File.Delete(_partial);
        }
    }
}
