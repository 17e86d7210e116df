using System.Buffers.Binary;
using System.Text;
using Colibri.Text.Files;

namespace Colibri.Tests.Text;

/// <summary>Reads the tokenizer metadata of a vocabulary-only GGUF file, for tests of the tokenizers alone.</summary>
internal static class GgufVocabularyFile
{
    public static GgufVocabulary Read(string path)
    {
        var values = new Dictionary<string, object>();
        var reader = new Reader(File.ReadAllBytes(path));
        reader.Skip(8);
        reader.U64();
        for (var left = reader.U64(); left > 0; left--)
        {
            var key = Encoding.UTF8.GetString(reader.Bytes());
            values[key] = reader.Value(reader.U32());
        }

        T? Get<T>(string key)
            where T : class => values.GetValueOrDefault("tokenizer.ggml." + key) as T;
        int? Id(string key) => values.TryGetValue("tokenizer.ggml." + key, out var v) ? Convert.ToInt32(v) : null;
        bool? Flag(string key) => values.TryGetValue("tokenizer.ggml." + key, out var v) ? (bool)v : null;
        string? Text(string key) => values.TryGetValue(key, out var v) ? Encoding.UTF8.GetString((byte[])v) : null;
        return new GgufVocabulary
        {
            File = Path.GetFileName(path),
            Model = Text("tokenizer.ggml.model")!,
            Pre = Text("tokenizer.ggml.pre"),
            Tokens = Get<object[]>("tokens")!.Cast<byte[]>().ToArray(),
            Scores = Get<object[]>("scores")?.Select(Convert.ToSingle).ToArray(),
            TokenTypes = Get<object[]>("token_type")?.Select(Convert.ToInt32).ToArray(),
            Merges = Get<object[]>("merges")?.Cast<byte[]>().ToArray(),
            BeginOfTextId = Id("bos_token_id"),
            EndOfTextId = Id("eos_token_id"),
            UnknownId = Id("unknown_token_id"),
            SeparatorId = Id("seperator_token_id"),
            PaddingId = Id("padding_token_id"),
            AddBeginOfText = Flag("add_bos_token"),
            AddEndOfText = Flag("add_eos_token"),
            AddSpacePrefix = Flag("add_space_prefix"),
            RemoveExtraWhitespaces = Flag("remove_extra_whitespaces"),
            ModelName = Text("general.name"),
            Architecture = Text("general.architecture"),
        };
    }

    private sealed class Reader(byte[] data)
    {
        private int at;

        public void Skip(int count) => at += count;

        public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

        public byte[] Bytes() => Take((int)U64()).ToArray();

        public object Value(uint type) => type switch
        {
            0 => Take(1)[0],
            1 => (sbyte)Take(1)[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
            3 => BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
            4 => U32(),
            5 => (int)U32(),
            6 => BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
            7 => Take(1)[0] != 0,
            8 => Bytes(),
            9 => List(),
            10 => U64(),
            11 => (long)U64(),
            12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
            _ => throw new InvalidDataException($"type {type}"),
        };

        private object[] List()
        {
            var type = U32();
            var items = new object[U64()];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = Value(type);
            }

            return items;
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            at += count;
            return data.AsSpan(at - count, count);
        }
    }
}
