using System.Buffers.Binary;
using System.Text;

namespace Colibri.Files;

/// <summary>Metadata values as GGUF's bytes.</summary>
internal static class GgufEncoding
{
    /// <summary>
    /// Encodes a value: any of .NET's whole numbers from 8 to 64 bits, float, double, bool, string, an array of these, or
    /// an <c>object[]</c> of arrays (an array of arrays).
    /// </summary>
    /// <exception cref="ArgumentException">The value is of another type.</exception>
    public static (GgufValueType Type, byte[] Bytes) Encode(object value)
    {
        var output = new MemoryStream();
        var type = TypeOf(value);
        Write(output, type, value);
        return (type, output.ToArray());
    }

    /// <summary>Encodes an array of strings given as bytes, which need not be valid UTF-8.</summary>
    public static byte[] EncodeStrings(IReadOnlyCollection<ReadOnlyMemory<byte>> strings)
    {
        var output = new MemoryStream();
        WriteArrayHead(output, GgufValueType.String, strings.Count);
        foreach (var bytes in strings)
        {
            WriteString(output, bytes.Span);
        }

        return output.ToArray();
    }

    /// <summary>Writes a length and the bytes.</summary>
    public static void WriteString(Stream output, ReadOnlySpan<byte> utf8)
    {
        WriteUInt64(output, (ulong)utf8.Length);
        output.Write(utf8);
    }

    public static void WriteUInt32(Stream output, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        output.Write(bytes);
    }

    public static void WriteUInt64(Stream output, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        output.Write(bytes);
    }

    private static GgufValueType TypeOf(object value) => value switch
    {
        byte => GgufValueType.UInt8,
        sbyte => GgufValueType.Int8,
        ushort => GgufValueType.UInt16,
        short => GgufValueType.Int16,
        uint => GgufValueType.UInt32,
        int => GgufValueType.Int32,
        float => GgufValueType.Float32,
        bool => GgufValueType.Bool,
        string => GgufValueType.String,
        Array => GgufValueType.Array,
        ulong => GgufValueType.UInt64,
        long => GgufValueType.Int64,
        double => GgufValueType.Float64,
        _ => throw new ArgumentException($"GGUF metadata cannot hold a {value.GetType().Name}.", nameof(value)),
    };

    // Asked of the array's own type and not of its first element, so that empty arrays keep theirs. The order matters:
    // to the runtime an int[] is a uint[] as well.
    private static GgufValueType ElementTypeOf(Array array)
    {
        var element = array.GetType().GetElementType()!;
        return element == typeof(object) || element.IsArray ? GgufValueType.Array
            : element == typeof(string) ? GgufValueType.String
            : Type.GetTypeCode(element) switch
            {
                TypeCode.Byte => GgufValueType.UInt8,
                TypeCode.SByte => GgufValueType.Int8,
                TypeCode.UInt16 => GgufValueType.UInt16,
                TypeCode.Int16 => GgufValueType.Int16,
                TypeCode.UInt32 => GgufValueType.UInt32,
                TypeCode.Int32 => GgufValueType.Int32,
                TypeCode.Single => GgufValueType.Float32,
                TypeCode.Boolean => GgufValueType.Bool,
                TypeCode.UInt64 => GgufValueType.UInt64,
                TypeCode.Int64 => GgufValueType.Int64,
                TypeCode.Double => GgufValueType.Float64,
                _ => throw new ArgumentException($"GGUF metadata cannot hold an array of {element.Name}.", nameof(array)),
            };
    }

    private static void Write(Stream output, GgufValueType type, object value)
    {
        Span<byte> bytes = stackalloc byte[8];
        switch (value)
        {
            case string text:
                WriteString(output, Encoding.UTF8.GetBytes(text));
                return;
            case Array array:
                WriteArray(output, array);
                return;
            case byte v:
                bytes[0] = v;
                break;
            case sbyte v:
                bytes[0] = (byte)v;
                break;
            case bool v:
                bytes[0] = (byte)(v ? 1 : 0);
                break;
            case ushort v:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, v);
                break;
            case short v:
                BinaryPrimitives.WriteInt16LittleEndian(bytes, v);
                break;
            case uint v:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, v);
                break;
            case int v:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, v);
                break;
            case float v:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, v);
                break;
            case ulong v:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, v);
                break;
            case long v:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, v);
                break;
            case double v:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, v);
                break;
        }

        output.Write(bytes[..type.FixedSize()]);
    }

    private static void WriteArray(Stream output, Array array)
    {
        var type = ElementTypeOf(array);
        WriteArrayHead(output, type, array.Length);
        foreach (var element in array)
        {
            if (TypeOf(element!) != type)
            {
                throw new ArgumentException("The elements of an array in GGUF metadata have one type; an object[] holds arrays.", nameof(array));
            }

            Write(output, type, element!);
        }
    }

    private static void WriteArrayHead(Stream output, GgufValueType type, int count)
    {
        WriteUInt32(output, (uint)type);
        WriteUInt64(output, (ulong)count);
    }
}
