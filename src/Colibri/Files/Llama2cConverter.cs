using System.Buffers;
using System.Runtime.InteropServices;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>Turns llama2.c checkpoints (versions 0, 1 and 2) into GGUF files of the llama family.</summary>
public static class Llama2cConverter
{
    private const int ValuesPerPiece = 1 << 18;
    private const float LargestRounding = 0.0005f;

    /// <summary>Converts a checkpoint. The output appears whole or not at all.</summary>
    /// <param name="checkpoint">The checkpoint file.</param>
    /// <param name="tokenizer">
    /// The tokenizer file that belongs to it (llama2.c's tokenizer.bin layout), or null for a model without a tokenizer.
    /// </param>
    /// <param name="output">The GGUF file to write.</param>
    /// <param name="keepIntegers">
    /// Whether the 8-bit groups of a version 2 checkpoint stay 8-bit, as Q8_0, where groups are multiples of 32 and fit the
    /// rows and scales fit half precision. Q8_0 keeps scales in half precision, so values move by up to 0.05 %; without it they become float32 exactly.
    /// </param>
    /// <param name="progress">Told the tensor bytes written.</param>
    /// <param name="cancellation">Ends the work and leaves nothing behind.</param>
    /// <exception cref="InputException">An input is faulty, holds values that are not finite, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static void Convert(
        string checkpoint, string? tokenizer, string output, bool keepIntegers = false, IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(output);
        using var source = Llama2cCheckpoint.Open(checkpoint);
        var header = source.Header;
        var vocabulary = tokenizer is null ? null : Llama2cTokenizer.Load(tokenizer, header.Vocabulary);
        var writer = new GgufWriter();
        var integers = false;
        foreach (var tensor in source.Tensors)
        {
            var format = keepIntegers && FitsQ8_0(tensor) ? TensorFormat.Parse(Q8_0.Name) : TensorFormat.Parse(F32.Name);
            integers |= format.Name == Q8_0.Name;
            writer.AddTensor(tensor.Name, format, tensor.Shape, sink => Write(checkpoint, tensor, format, sink));
        }

        Describe(writer, header, Path.GetFileNameWithoutExtension(checkpoint), integers);
        DescribeTokenizer(writer, vocabulary);
        writer.Write(output, progress, cancellation);
    }

    private static void Describe(GgufWriter writer, Llama2cHeader header, string name, bool integers)
    {
        const uint allF32 = 0;
        const uint mostlyQ8_0 = 7;
        writer.Add("general.architecture", "llama");
        writer.Add("general.name", name);
        writer.Add("general.file_type", integers ? mostlyQ8_0 : allF32);
        if (integers)
        {
            writer.Add("general.quantization_version", 2u);
        }

        writer.Add("llama.context_length", (uint)header.Context);
        writer.Add("llama.embedding_length", (uint)header.Hidden);
        writer.Add("llama.block_count", (uint)header.Blocks);
        writer.Add("llama.feed_forward_length", (uint)header.FeedForward);
        writer.Add("llama.attention.head_count", (uint)header.Heads);
        writer.Add("llama.attention.head_count_kv", (uint)header.KeyValueHeads);
        writer.Add("llama.vocab_size", (uint)header.Vocabulary);

        // These three are constants in llama2.c. It rotates neighbouring pairs of values, as GGUF's llama family does, so
        // the rows of the query and key matrices stay as they are.
        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        writer.Add("llama.rope.freq_base", 10000f);
        writer.Add("llama.rope.dimension_count", (uint)header.HeadSize);
    }

    private static void DescribeTokenizer(GgufWriter writer, Llama2cTokenizer? vocabulary)
    {
        if (vocabulary is null)
        {
            writer.Add("tokenizer.ggml.model", "no_vocab");
            return;
        }

        writer.Add("tokenizer.ggml.model", "llama");
        writer.Add("tokenizer.ggml.pre", "default");
        writer.AddStrings("tokenizer.ggml.tokens", vocabulary.Tokens);
        writer.Add("tokenizer.ggml.scores", vocabulary.Scores);
        writer.Add("tokenizer.ggml.token_type", vocabulary.Types);
        writer.Add("tokenizer.ggml.bos_token_id", (uint)Llama2cTokenizer.BeginId);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)Llama2cTokenizer.EndId);

        // llama2.c's models part stories by the beginning token, and its programs stop there.
        writer.Add("tokenizer.ggml.eot_token_id", (uint)Llama2cTokenizer.BeginId);
        writer.Add("tokenizer.ggml.unknown_token_id", (uint)Llama2cTokenizer.UnknownId);
        writer.Add("tokenizer.ggml.add_bos_token", true);
        writer.Add("tokenizer.ggml.add_eos_token", false);
        writer.Add("tokenizer.ggml.add_space_prefix", true);
    }

    private static bool FitsQ8_0(Llama2cTensor tensor)
    {
        if (tensor.GroupSize == 0 || tensor.GroupSize % Q8_0.ValuesPerBlock != 0 || tensor.Columns % Q8_0.ValuesPerBlock != 0)
        {
            return false;
        }

        // Too large or too small for half precision: the tensor would not survive.
        for (var group = 0L; group < tensor.Count / tensor.GroupSize; group++)
        {
            var scale = tensor.Scale(group);
            if (float.IsFinite(scale) && !(Math.Abs((float)(Half)scale - scale) <= LargestRounding * Math.Abs(scale)))
            {
                return false;
            }
        }

        return true;
    }

    private static void Write(string path, Llama2cTensor tensor, TensorFormat format, TensorSink sink)
    {
        var values = ArrayPool<float>.Shared.Rent((int)Math.Min(ValuesPerPiece, tensor.Count));
        try
        {
            for (var first = 0L; first < tensor.Count; first += ValuesPerPiece)
            {
                var piece = values.AsSpan(0, (int)Math.Min(ValuesPerPiece, tensor.Count - first));
                tensor.Read(first, piece);
                RequireFinite(path, tensor, first, piece);
                if (format.Name == Q8_0.Name)
                {
                    WriteQ8_0(tensor, first, piece.Length, sink);
                }
                else
                {
                    sink.WriteValues(piece);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
        }
    }

    // The integers as they are, not a second quantization of what they decode to.
    private static void WriteQ8_0(Llama2cTensor tensor, long first, int count, TensorSink sink)
    {
        var perBlock = Q8_0.ValuesPerBlock;
        var blocks = new Q8_0[count / perBlock];
        for (var i = 0; i < blocks.Length; i++)
        {
            var start = first + (i * perBlock);
            blocks[i].Scale = (Half)tensor.Scale(start / tensor.GroupSize);
            MemoryMarshal.AsBytes(tensor.Integers(start, perBlock)).CopyTo(blocks[i].Values);
        }

        sink.Write(MemoryMarshal.AsBytes(blocks.AsSpan()));
    }

    private static void RequireFinite(string path, Llama2cTensor tensor, long first, ReadOnlySpan<float> values)
    {
        if (FiniteValues.FirstFault(values) is >= 0 and var fault)
        {
            throw new InputException($"{path}: {Printable.Quote(tensor.Name)} holds {values[fault]} in {FiniteValues.Place(first + fault, tensor.Columns)}; finite weights are expected. The checkpoint is damaged.");
        }
    }
}
