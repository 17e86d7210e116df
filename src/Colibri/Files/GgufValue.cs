using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Colibri.Files;

/// <summary>
/// A metadata value where it lies in the file; all lengths inside it were checked when the file was opened. Valid while
/// the file is open.
/// </summary>
/// <param name="File">The file.</param>
/// <param name="Type">The value's type.</param>
/// <param name="Offset">First byte of the value (behind its type number).</param>
/// <param name="Length">All its bytes, lengths and element types included.</param>
internal readonly record struct GgufValue(MappedFile File, GgufValueType Type, long Offset, long Length)
{
    /// <summary>The type of an array's elements.</summary>
    public GgufValueType ElementType => (GgufValueType)BinaryPrimitives.ReadUInt32LittleEndian(File.Span(Offset, 4));

    /// <summary>Number of an array's elements.</summary>
    public long Count => BinaryPrimitives.ReadInt64LittleEndian(File.Span(Offset + 4, 8));

    /// <summary>Where an array's first element lies.</summary>
    public long ElementsOffset => Offset + 12;

    /// <summary>The value's bytes as they lie in the file.</summary>
    /// <exception cref="OverflowException">They are more than 2 GB.</exception>
    public ReadOnlySpan<byte> Bytes => File.Span(Offset, checked((int)Length));

    /// <summary>A string's bytes without their length.</summary>
    public ReadOnlySpan<byte> StringBytes => File.Span(Offset + 8, checked((int)(Length - 8)));

    /// <summary>A whole number that fits 64 bits with a sign, or null: another type, or too large.</summary>
    public long? AsInteger() => Type switch
    {
        GgufValueType.UInt8 => Bytes[0],
        GgufValueType.Int8 => (sbyte)Bytes[0],
        GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(Bytes),
        GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(Bytes),
        GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(Bytes),
        GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(Bytes),
        GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(Bytes) is var u and <= long.MaxValue ? (long)u : null,
        GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(Bytes),
        _ => null,
    };

    /// <summary>A number of any type, or null.</summary>
    public double? AsNumber() => Type switch
    {
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(Bytes),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(Bytes),
        GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(Bytes),
        _ => AsInteger(),
    };

    /// <summary>A flag, or null.</summary>
    public bool? AsFlag() => Type == GgufValueType.Bool ? Bytes[0] != 0 : null;

    /// <summary>A string with U+FFFD for bytes that are not UTF-8, or null.</summary>
    public string? AsText() => Type == GgufValueType.String ? Encoding.UTF8.GetString(StringBytes) : null;

    /// <summary>An array's elements in order, arrays included.</summary>
    public IEnumerable<GgufValue> Elements()
    {
        var (type, count, offset) = (ElementType, Count, ElementsOffset);
        for (var i = 0L; i < count; i++)
        {
            var length = LengthAt(File, type, offset);
            yield return new GgufValue(File, type, offset, length);
            offset += length;
        }
    }

    /// <summary>The value for people: strings quoted, long arrays and strings cut.</summary>
    public override string ToString() => Describe(8);

    /// <summary>The value for people.</summary>
    /// <param name="most">Elements of an array that are shown.</param>
    public string Describe(int most)
    {
        switch (Type)
        {
            case GgufValueType.String:
                return Printable.Quote(Encoding.UTF8.GetString(File.Span(Offset + 8, (int)Math.Min(Length - 8, 400))));
            case GgufValueType.Bool:
                return AsFlag() == true ? "true" : "false";
            case GgufValueType.Float32:
                return BinaryPrimitives.ReadSingleLittleEndian(Bytes).ToString(CultureInfo.InvariantCulture);
            case GgufValueType.UInt64:
                return BinaryPrimitives.ReadUInt64LittleEndian(Bytes).ToString(CultureInfo.InvariantCulture);
            case GgufValueType.Array:
                var shown = string.Join(", ", Elements().Take(most).Select(e => e.Describe(most)));
                return Count > most ? $"[{shown}, ... {Count} {ElementType.Name()} in all]" : $"[{shown}]";
            default:
                return AsNumber()!.Value.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static long LengthAt(MappedFile file, GgufValueType type, long offset)
    {
        if (type.FixedSize() is var size and > 0)
        {
            return size;
        }

        if (type == GgufValueType.String)
        {
            return 8 + BinaryPrimitives.ReadInt64LittleEndian(file.Span(offset, 8));
        }

        var array = new GgufValue(file, GgufValueType.Array, offset, 12);
        var (element, count, length) = (array.ElementType, array.Count, 12L);
        if (element.FixedSize() is var fixedSize and > 0)
        {
            return length + count * fixedSize;
        }

        for (var i = 0L; i < count; i++)
        {
            length += LengthAt(file, element, offset + length);
        }

        return length;
    }
}
