using System.Text;

namespace Colibri.Tests.Files;

/// <summary>
/// Builds GGUF files byte by byte from the format's description and without Colibri's writer, so that reader and writer
/// do not only agree with each other; and lets tests tell lies in any field.
/// </summary>
internal sealed class GgufBytes
{
    private readonly MemoryStream _entries = new();
    private readonly MemoryStream _tensors = new();
    private readonly MemoryStream _data = new();
    private ulong _entryCount;
    private ulong _tensorCount;

    public uint Version { get; init; } = 3;

    public int Alignment { get; init; } = 32;

    public ulong? ClaimedEntries { get; init; }

    public ulong? ClaimedTensors { get; init; }

    public static byte[] Le(object value) => value switch
    {
        byte v => [v],
        sbyte v => [(byte)v],
        bool v => [(byte)(v ? 1 : 0)],
        ushort v => BitConverter.GetBytes(v),
        short v => BitConverter.GetBytes(v),
        uint v => BitConverter.GetBytes(v),
        int v => BitConverter.GetBytes(v),
        float v => BitConverter.GetBytes(v),
        ulong v => BitConverter.GetBytes(v),
        long v => BitConverter.GetBytes(v),
        double v => BitConverter.GetBytes(v),
        string v => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(v)), .. Encoding.UTF8.GetBytes(v)],
        byte[] v => v,
        _ => throw new ArgumentException(value.GetType().Name),
    };

    public static byte[] Array(uint elementType, params object[] elements) =>
        [.. Le(elementType), .. Le((ulong)elements.Length), .. elements.SelectMany(Le)];

    public GgufBytes Entry(string key, uint type, object value)
    {
        _entries.Write([.. Le(key), .. Le(type), .. Le(value)]);
        _entryCount++;
        return this;
    }

    public GgufBytes Text(string key, string value) => Entry(key, 8, value);

    /// <summary>Adds a table entry only; sizes as GGUF lists them, fastest first.</summary>
    public GgufBytes Row(string name, uint type, ulong offset, params ulong[] sizes)
    {
        _tensors.Write([.. Le(name), .. Le((uint)sizes.Length), .. sizes.SelectMany(s => Le(s)), .. Le(type), .. Le(offset)]);
        _tensorCount++;
        return this;
    }

    /// <summary>Adds a table entry and its bytes at the next aligned place.</summary>
    public GgufBytes Tensor(string name, uint type, byte[] bytes, params ulong[] sizes)
    {
        Pad(_data);
        Row(name, type, (ulong)_data.Length, sizes);
        _data.Write(bytes);
        return this;
    }

    public GgufBytes Floats(string name, float[] values, params ulong[] sizes) =>
        Tensor(name, 0, [.. values.SelectMany(v => Le(v))], sizes);

    public byte[] Build()
    {
        var file = new MemoryStream();
        file.Write("GGUF"u8);
        file.Write([.. Le(Version), .. Le(ClaimedTensors ?? _tensorCount), .. Le(ClaimedEntries ?? _entryCount)]);
        _entries.WriteTo(file);
        _tensors.WriteTo(file);
        if (_tensorCount > 0)
        {
            Pad(file);
            _data.WriteTo(file);
        }

        return file.ToArray();
    }

    private void Pad(MemoryStream stream)
    {
        while (stream.Length % Alignment != 0)
        {
            stream.WriteByte(0);
        }
    }
}
