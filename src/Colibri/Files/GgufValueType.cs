namespace Colibri.Files;

/// <summary>The types of GGUF metadata values, by their number in the file (ggml, <c>docs/gguf.md</c>).</summary>
internal enum GgufValueType : uint
{
    /// <summary>Unsigned, 1 byte.</summary>
    UInt8 = 0,

    /// <summary>Signed, 1 byte.</summary>
    Int8 = 1,

    /// <summary>Unsigned, 2 bytes.</summary>
    UInt16 = 2,

    /// <summary>Signed, 2 bytes.</summary>
    Int16 = 3,

    /// <summary>Unsigned, 4 bytes.</summary>
    UInt32 = 4,

    /// <summary>Signed, 4 bytes.</summary>
    Int32 = 5,

    /// <summary>IEEE single precision.</summary>
    Float32 = 6,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 7,

    /// <summary>A 64-bit length, then UTF-8.</summary>
    String = 8,

    /// <summary>An element type, a 64-bit count, then the elements; elements may be arrays.</summary>
    Array = 9,

    /// <summary>Unsigned, 8 bytes.</summary>
    UInt64 = 10,

    /// <summary>Signed, 8 bytes.</summary>
    Int64 = 11,

    /// <summary>IEEE double precision.</summary>
    Float64 = 12,
}

/// <summary>What the readers need to know of each type.</summary>
internal static class GgufValueTypes
{
    /// <summary>Bytes of one value, or 0 where the value itself tells (strings, arrays).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number names no type.</exception>
    public static int FixedSize(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        GgufValueType.String or GgufValueType.Array => 0,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The least bytes one value can take: what bounds an element count before anything is read.</summary>
    public static int LeastSize(this GgufValueType type) => type switch
    {
        GgufValueType.String => 8,
        GgufValueType.Array => 12,
        _ => type.FixedSize(),
    };

    /// <summary>Whether the number names a type.</summary>
    public static bool IsKnown(this GgufValueType type) => type <= GgufValueType.Float64;

    /// <summary>Whether it is a whole number.</summary>
    public static bool IsInteger(this GgufValueType type) =>
        type is <= GgufValueType.Int32 or GgufValueType.UInt64 or GgufValueType.Int64;

    /// <summary>Whether it is a floating-point number.</summary>
    public static bool IsFloat(this GgufValueType type) => type is GgufValueType.Float32 or GgufValueType.Float64;

    /// <summary>The name the format's documentation uses.</summary>
    public static string Name(this GgufValueType type) => type switch
    {
        GgufValueType.Bool => "bool",
        GgufValueType.String => "string",
        GgufValueType.Array => "array",
        _ => type.ToString().ToLowerInvariant(),
    };
}
