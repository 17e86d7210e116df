using System.Buffers.Binary;

namespace Colibri.Text.Files;

/// <summary>Reads the wire format of protocol buffers, field by field; lengths are checked before they are used.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> data, string file)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> data = data;
    private readonly string file = file;
    private int at;
    private int kind;

    /// <summary>The number of the present field.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; the one before must have been read or skipped.</summary>
    public bool MoveNext()
    {
        if (at == data.Length)
        {
            return false;
        }

        var tag = ReadVarint();
        Field = (int)(tag >> 3);
        kind = (int)(tag & 7);
        return Field > 0 ? true : throw Faulty("a field number");
    }

    /// <summary>The present field as a number.</summary>
    public long AsInteger() => kind == Varint ? (long)ReadVarint() : throw Faulty("a number");

    /// <summary>The present field as a float32.</summary>
    public float AsFloat() => kind == Fixed32 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Faulty("a float32");

    /// <summary>The present field's bytes: a string or a message.</summary>
    public ReadOnlySpan<byte> AsBytes() => kind == Bytes ? Take(ReadVarint()) : throw Faulty("bytes");

    /// <summary>Passes over the present field.</summary>
    public void Skip()
    {
        switch (kind)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Bytes:
                Take(ReadVarint());
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw Faulty("a known wire type");
        }
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw Faulty("a number of at most ten bytes");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(data.Length - at))
        {
            throw Faulty($"{length} bytes, of which {data.Length - at} are there,");
        }

        at += (int)length;
        return data.Slice(at - (int)length, (int)length);
    }

    private readonly InputException Faulty(string expected) =>
        new($"{file}: not a SentencePiece model: {expected} is expected in field {Field} at byte {at} of its message.");
}
