using System.Buffers.Binary;
using System.Collections;
using System.Text;

namespace Colibri.Files;

/// <summary>
/// An array of strings in a GGUF file (a vocabulary, a list of merges). The strings stay in the file: only their places
/// are kept, and each is decoded when it is asked for. Valid while the file is open.
/// </summary>
internal sealed class GgufStrings : IReadOnlyList<string>
{
    private readonly MappedFile _file;
    private readonly long[] _starts;

    /// <summary>Finds the strings.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">The first string's length field; all lengths were checked when the file was opened.</param>
    /// <param name="count">Number of strings.</param>
    public GgufStrings(MappedFile file, long offset, int count)
    {
        _file = file;
        _starts = new long[count];
        for (var i = 0; i < count; i++)
        {
            _starts[i] = offset + 8;
            offset += 8 + BinaryPrimitives.ReadInt64LittleEndian(file.Span(offset, 8));
        }
    }

    /// <inheritdoc/>
    public int Count => _starts.Length;

    /// <summary>One string; bytes that are not UTF-8 become U+FFFD.</summary>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <summary>The bytes of one string, which need not be valid UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(int index)
    {
        var start = _starts[index];
        var length = BinaryPrimitives.ReadInt64LittleEndian(_file.Span(start - 8, 8));
        return _file.Span(start, checked((int)length));
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
