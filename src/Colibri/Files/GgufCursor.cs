using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Colibri.Files;

/// <summary>
/// Reads a GGUF header in order, and never past the end of the file. It remembers what it is reading, so that every
/// error can say it; composing that text costs nothing until there is an error.
/// </summary>
internal sealed unsafe class GgufCursor(MappedFile file)
{
    private const int DeepestArray = 16;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private string _kind = "the header";
    private long _index = -1;
    private string? _name;

    /// <summary>Where the next read begins.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes left.</summary>
    public long Left => file.Length - Position;

    /// <summary>Says what is read next, for errors.</summary>
    public void Enter(string kind, long index = -1, string? name = null)
    {
        _kind = kind;
        _index = index;
        _name = name;
    }

    public uint ReadUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));

    public ulong ReadUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>Reads a count of things that take at least <paramref name="leastBytes"/> each in this file.</summary>
    public long ReadCount(string what, int leastBytes)
    {
        var count = ReadUInt64(what);
        return count <= (ulong)(Left / leastBytes)
            ? (long)count
            : throw Fault($"{what} says {count}, but only {Left} bytes are left, and each takes at least {leastBytes}");
    }

    /// <summary>Reads a name: UTF-8, 1 to <paramref name="longest"/> bytes.</summary>
    public string ReadName(string what, int longest)
    {
        var length = ReadUInt64(what);
        if (length == 0 || length > (ulong)longest)
        {
            throw Fault($"{what} is {length} bytes long; 1 to {longest} are allowed");
        }

        try
        {
            return Strict.GetString(Take((int)length, what));
        }
        catch (DecoderFallbackException e)
        {
            throw Fault($"{what} is not valid UTF-8", e);
        }
    }

    public GgufValueType ReadType(string what)
    {
        var type = (GgufValueType)ReadUInt32(what);
        return type.IsKnown() ? type : throw Fault($"{what} is {(uint)type}; 0 to 12 are defined");
    }

    /// <summary>Steps over a value after checking all of its lengths.</summary>
    public void SkipValue(GgufValueType type) => SkipValue(type, 0);

    /// <summary>An error at this place.</summary>
    public InputException Fault(string problem, Exception? inner = null)
    {
        var where = new StringBuilder(_kind);
        if (_index >= 0)
        {
            where.Append(' ').Append(_index);
        }

        if (_name is not null)
        {
            where.Append(' ').Append(Printable.Quote(_name));
        }

        var message = $"{file.Path}: {where}: {problem}. The file is damaged; copy or download it again.";
        return inner is null ? new InputException(message) : new InputException(message, inner);
    }

    private void SkipValue(GgufValueType type, int depth)
    {
        switch (type)
        {
            case GgufValueType.Bool:
                if (Take(1, "the value")[0] > 1)
                {
                    throw Fault("a bool is neither 0 nor 1");
                }

                break;
            case GgufValueType.String:
                SkipString();
                break;
            case GgufValueType.Array:
                SkipArray(depth);
                break;
            default:
                _ = Take(type.FixedSize(), "the value");
                break;
        }
    }

    private void SkipString()
    {
        var length = ReadUInt64("the length of a string");
        if (length > (ulong)Left)
        {
            throw Fault($"a string says it is {length} bytes long, but only {Left} are left in the file");
        }

        Position += (long)length;
    }

    private void SkipArray(int depth)
    {
        if (depth == DeepestArray)
        {
            throw Fault($"arrays lie more than {DeepestArray} deep");
        }

        var type = ReadType("the element type");
        var count = ReadCount("the element count", type.LeastSize());
        if (type.FixedSize() is var size and > 0)
        {
            Position += count * size;
            return;
        }

        for (var i = 0L; i < count; i++)
        {
            SkipValue(type, depth + 1);
        }
    }

    private ReadOnlySpan<byte> Take(int count, string what)
    {
        if (count > Left)
        {
            ThrowEnds(what, count);
        }

        var bytes = new ReadOnlySpan<byte>(file.Address + Position, count);
        Position += count;
        return bytes;
    }

    [DoesNotReturn]
    private void ThrowEnds(string what, int count) =>
        throw Fault($"the file ends at byte {file.Length} inside {what}, which needs {count} bytes from byte {Position} on");
}
