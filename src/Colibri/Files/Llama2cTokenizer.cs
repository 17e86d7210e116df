using System.Buffers.Binary;

namespace Colibri.Files;

/// <summary>
/// The vocabulary file beside a llama2.c checkpoint: the longest token's bytes, then for each token a float32 score, a
/// length and its bytes. It is a SentencePiece vocabulary whose word marks were replaced by spaces; the number of tokens
/// stands in the checkpoint only.
/// </summary>
internal sealed class Llama2cTokenizer
{
    /// <summary>The unknown token in every llama2.c vocabulary.</summary>
    public const int UnknownId = 0;

    /// <summary>The beginning-of-text token in every llama2.c vocabulary.</summary>
    public const int BeginId = 1;

    /// <summary>The end-of-text token in every llama2.c vocabulary.</summary>
    public const int EndId = 2;

    private Llama2cTokenizer(ReadOnlyMemory<byte>[] tokens, float[] scores, int[] types)
    {
        Tokens = tokens;
        Scores = scores;
        Types = types;
    }

    /// <summary>The tokens as GGUF spells them: spaces as U+2581, control tokens in angle brackets.</summary>
    public ReadOnlyMemory<byte>[] Tokens { get; }

    /// <summary>The scores that decide the order of merges.</summary>
    public float[] Scores { get; }

    /// <summary>GGUF's token types: 1 normal, 2 unknown, 3 control, 6 byte.</summary>
    public int[] Types { get; }

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">The checkpoint's number of tokens.</param>
    /// <exception cref="InputException">The file is damaged, or has another number of tokens.</exception>
    public static Llama2cTokenizer Load(string path, int count)
    {
        using var file = MappedFile.Open(path);
        const int leastToken = 8;
        if (count <= EndId)
        {
            throw Fault(path, $"belongs to a vocabulary of at least {EndId + 1} tokens; the checkpoint has {count}");
        }

        if (file.Length < 4 + (long)count * leastToken)
        {
            throw Fault(path, $"has {file.Length} bytes, too few for the checkpoint's {count} tokens");
        }

        var longest = BinaryPrimitives.ReadInt32LittleEndian(file.Span(0, 4));
        var (tokens, scores, types) = (new ReadOnlyMemory<byte>[count], new float[count], new int[count]);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var position = 4L;
        for (var id = 0; id < count; id++)
        {
            if (file.Length - position < leastToken)
            {
                throw Fault(path, $"ends after {id} tokens; the checkpoint has {count}");
            }

            var score = BinaryPrimitives.ReadSingleLittleEndian(file.Span(position, 4));
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.Span(position + 4, 4));
            position += leastToken;
            if (length < 0 || length > longest || length > file.Length - position || !float.IsFinite(score))
            {
                throw Fault(path, $"token {id} says length {length} and score {score}; a length of at most {longest} inside the file and a finite score are expected");
            }

            (tokens[id], types[id]) = Spell(id, file.Span(position, length));
            if (!seen.TryAdd(Convert.ToHexString(tokens[id].Span), id))
            {
                throw Fault(path, $"has the same text for tokens {seen[Convert.ToHexString(tokens[id].Span)]} and {id}; each is expected once");
            }

            scores[id] = score;
            position += length;
        }

        return position == file.Length
            ? new Llama2cTokenizer(tokens, scores, types)
            : throw Fault(path, $"goes on for {file.Length - position} bytes after the checkpoint's {count} tokens");
    }

    private static (byte[] Token, int Type) Spell(int id, ReadOnlySpan<byte> bytes)
    {
        const int normal = 1;
        const int unknown = 2;
        const int control = 3;
        const int single = 6;
        switch (id)
        {
            case UnknownId:
                return ("<unk>"u8.ToArray(), unknown);
            case BeginId:
                return ("<s>"u8.ToArray(), control);
            case EndId:
                return ("</s>"u8.ToArray(), control);
        }

        if (bytes.Length == 6 && bytes.StartsWith("<0x"u8) && bytes[5] == (byte)'>' && char.IsAsciiHexDigit((char)bytes[3]) && char.IsAsciiHexDigit((char)bytes[4]))
        {
            return (bytes.ToArray(), single);
        }

        var spelled = new List<byte>(bytes.Length);
        foreach (var b in bytes)
        {
            if (b == (byte)' ')
            {
                spelled.AddRange("\u2581"u8);
            }
            else
            {
                spelled.Add(b);
            }
        }

        return ([.. spelled], normal);
    }

    private static InputException Fault(string path, string problem) =>
        new($"{path}: {problem}. Give the tokenizer that belongs to the checkpoint.");
}
