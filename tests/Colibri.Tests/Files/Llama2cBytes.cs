using System.Text;

namespace Colibri.Tests.Files;

/// <summary>
/// Builds llama2.c checkpoints by hand. Every tensor has values of its own: a number for its kind, one for its block, and
/// a count through its values, so that a test can tell whether a value came from the right place.
/// </summary>
internal sealed record Llama2cBytes(
    int Version, int Hidden, int FeedForward, int Blocks, int Heads, int KeyValueHeads, int Vocabulary, int Context, bool Tied, int GroupSize = 0, bool ScalesLast = false)
{
    private int KeyValueSize => Hidden / Heads * KeyValueHeads;

    /// <summary>Value i of a tensor as a version 0 or 1 checkpoint stores it.</summary>
    public static float Value(string kind, int block, long i) => (Kinds.IndexOf(kind) * 100) + (block * 10) + (i % 97 / 128f);

    /// <summary>Integer i and the scale of group g as a version 2 checkpoint stores them.</summary>
    public static sbyte Integer(string kind, int block, long i) => (sbyte)((i * 7 + Kinds.IndexOf(kind) * 13 + block) % 255 - 127);

    public static float Scale(string kind, int block, long g) => (Kinds.IndexOf(kind) + 1) * (block + 1) * (g % 31 + 1) / 4096f;

    public byte[] Build()
    {
        var output = new MemoryStream();
        if (Version > 0)
        {
            output.Write("24ka"u8);
            output.Write(BitConverter.GetBytes(Version));
        }

        foreach (var n in new[] { Hidden, FeedForward, Blocks, Heads, KeyValueHeads, Version == 0 && !Tied ? -Vocabulary : Vocabulary, Context })
        {
            output.Write(BitConverter.GetBytes(n));
        }

        if (Version > 0)
        {
            output.WriteByte((byte)(Tied ? 1 : 0));
            output.Write(BitConverter.GetBytes(GroupSize));
            output.Write(new byte[256 - output.Length]);
        }

        foreach (var section in Version == 0 ? Legacy() : Sections())
        {
            output.Write(section);
        }

        return output.ToArray();
    }

    /// <summary>A vocabulary file of this many tokens, made as llama2.c makes them.</summary>
    public static byte[] Tokenizer(int count)
    {
        var output = new MemoryStream();
        output.Write(BitConverter.GetBytes(8));
        for (var id = 0; id < count; id++)
        {
            var token = id switch { 0 => "<unk>", 1 => "\n<s>\n", 2 => "\n</s>\n", < 259 => $"<0x{id - 3:X2}>", _ => $" t{id}" };
            output.Write(BitConverter.GetBytes(id < 259 ? 0f : 259f - id));
            output.Write(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(token)));
            output.Write(Encoding.UTF8.GetBytes(token));
        }

        return output.ToArray();
    }

    private static List<string> Kinds { get; } =
        ["token_embd", "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up", "output_norm", "output"];

    private IEnumerable<byte[]> Legacy()
    {
        yield return Floats("token_embd", 0, (long)Vocabulary * Hidden);
        foreach (var kind in new[] { "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up" })
        {
            yield return InBlocks(kind, Floats);
        }

        yield return Floats("output_norm", 0, Hidden);
        yield return new byte[Context * (Hidden / Heads / 2) * 2 * 4];
        yield return Tied ? [] : Floats("output", 0, (long)Vocabulary * Hidden);
    }

    private IEnumerable<byte[]> Sections()
    {
        yield return InBlocks("attn_norm", Floats);
        yield return InBlocks("ffn_norm", Floats);
        yield return Floats("output_norm", 0, Hidden);
        foreach (var write in Version == 1 ? new Func<string, int, long, byte[]>[] { Floats } : ScalesLast ? [Integers, Scales] : [IntegersAndScales])
        {
            yield return write("token_embd", 0, (long)Vocabulary * Hidden);
            foreach (var kind in new[] { "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_down", "ffn_up" })
            {
                yield return InBlocks(kind, write);
            }

            yield return Tied ? [] : write("output", 0, (long)Vocabulary * Hidden);
        }
    }

    private byte[] InBlocks(string kind, Func<string, int, long, byte[]> write) =>
        [.. Enumerable.Range(0, Blocks).SelectMany(b => write(kind, b, Count(kind)))];

    private long Count(string kind) => kind switch
    {
        "attn_norm" or "ffn_norm" => Hidden,
        "attn_q" or "attn_output" => (long)Hidden * Hidden,
        "attn_k" or "attn_v" => (long)KeyValueSize * Hidden,
        _ => (long)FeedForward * Hidden,
    };

    private static byte[] Floats(string kind, int block, long count)
    {
        var bytes = new byte[count * 4];
        for (var i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i * 4), Value(kind, block, i));
        }

        return bytes;
    }

    private static byte[] Integers(string kind, int block, long count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = (byte)Integer(kind, block, i);
        }

        return bytes;
    }

    private byte[] IntegersAndScales(string kind, int block, long count) => [.. Integers(kind, block, count), .. Scales(kind, block, count)];

    private byte[] Scales(string kind, int block, long count)
    {
        var bytes = new byte[count / GroupSize * 4];
        for (var g = 0; g < bytes.Length / 4; g++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(g * 4), Scale(kind, block, g));
        }

        return bytes;
    }
}
