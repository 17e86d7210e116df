using System.Buffers.Binary;
using System.Text;
using Colibri.Formats;

namespace Colibri.Tests.Formats;

/// <summary>The tensors of a small GGUF file: just enough reading for the golden files, which are known to be well formed.</summary>
internal sealed class GoldenFile
{
    private readonly byte[] _bytes;
    private readonly Dictionary<string, (TensorFormat Format, int Values, long Offset)> _tensors = [];
    private int _position = 8;

    public GoldenFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        var tensors = Next64();
        var entries = Next64();
        for (var i = 0L; i < entries; i++)
        {
            Text();
            SkipValue(Next32());
        }

        for (var i = 0L; i < tensors; i++)
        {
            var name = Text();
            var values = 1L;
            for (var dimensions = Next32(); dimensions > 0; dimensions--)
            {
                values *= Next64();
            }

            var format = TensorFormat.FromGguf((uint)Next32()) ?? throw new InvalidDataException($"{name}: a type of no format");
            _tensors[name] = (format, (int)values, Next64());
        }

        DataStart = (_position + 31) / 32 * 32;
    }

    public IEnumerable<string> Names => _tensors.Keys;

    private int DataStart { get; }

    public TensorFormat Format(string name) => _tensors[name].Format;

    public ReadOnlySpan<byte> Bytes(string name)
    {
        var (format, values, offset) = _tensors[name];
        return _bytes.AsSpan(DataStart + (int)offset, (int)format.BytesFor(values));
    }

    public float[] Decode(string name)
    {
        var values = new float[_tensors[name].Values];
        Format(name).Decode(Bytes(name), values);
        return values;
    }

    /// <summary>The float32 values of a version 1 .npy file.</summary>
    public static float[] ReadNpy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        if (!Encoding.ASCII.GetString(bytes, 10, start - 10).Contains("'<f4'", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} does not hold float32");
        }

        var values = new float[(bytes.Length - start) / 4];
        Buffer.BlockCopy(bytes, start, values, 0, values.Length * 4);
        return values;
    }

    private void SkipValue(int type)
    {
        switch (type)
        {
            case 0 or 1 or 7:
                _position += 1;
                break;
            case 2 or 3:
                _position += 2;
                break;
            case 4 or 5 or 6:
                _position += 4;
                break;
            case 8:
                Text();
                break;
            case 9:
                var element = Next32();
                for (var left = Next64(); left > 0; left--)
                {
                    SkipValue(element);
                }

                break;
            default:
                _position += 8;
                break;
        }
    }

    private string Text()
    {
        var length = (int)Next64();
        _position += length;
        return Encoding.UTF8.GetString(_bytes, _position - length, length);
    }

    private int Next32() => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan((_position += 4) - 4));

    private long Next64() => BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan((_position += 8) - 8));
}
