using System.Globalization;
using Colibri.Compression.Recipes;
using Colibri.Files;
using Colibri.Formats;

namespace Colibri.Compression.Synthesis;

/// <summary>
/// Writes models of a real shape with random weights. They say nothing sensible, but load, run and take memory as the
/// real ones do, here and in llama.cpp.
/// </summary>
public static class SyntheticModel
{
    private const int PiecesAtOnce = 2048;

    /// <summary>Writes a GGUF file. Memory stays below 100 MB whatever the size; equal arguments give equal bytes on every machine.</summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="recipe">The formats.</param>
    /// <param name="vocabularyFrom">
    /// A GGUF file or Hugging Face folder whose tokenizer is copied, cut or filled up to the shape's tokens; null for a
    /// model without a tokenizer.
    /// </param>
    /// <param name="seed">Another seed, other weights.</param>
    /// <param name="progress">Told the share written, 0 to 1.</param>
    /// <param name="cancellation">Ends the work and leaves nothing behind.</param>
    /// <exception cref="InputException">The vocabulary's file has none, or the path cannot be written to.</exception>
    public static void Write(
        string path,
        SyntheticShape shape,
        TensorRecipe recipe,
        string? vocabularyFrom = null,
        ulong seed = 0,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(recipe);
        var writer = new GgufWriter();
        AddSettings(writer, shape, recipe);
        if (vocabularyFrom is null)
        {
            SyntheticVocabulary.AddNone(writer);
        }
        else
        {
            SyntheticVocabulary.Load(vocabularyFrom).AddTo(writer, shape.Vocabulary);
        }

        var pools = new Dictionary<TensorFormat, RandomBlocks>();
        var stream = 0ul;
        foreach (var tensor in SyntheticTensor.Of(shape))
        {
            var format = recipe.FormatOf(tensor.Name, tensor.Shape, shape.ForRecipe)?.Format ?? TensorFormat.Parse("F32");
            var own = RandomBlocks.Mix(~seed, stream++);
            writer.AddTensor(tensor.Name, format, tensor.Shape, AuthorOf(tensor, shape, format, own));
        }

        writer.Write(path, progress is null ? null : new Share(progress), cancellation);

        TensorAuthor AuthorOf(SyntheticTensor tensor, SyntheticShape shape, TensorFormat format, ulong own) => tensor.Content switch
        {
            SyntheticContent.Norm => sink => sink.WriteValues(Ones(tensor.Columns)),
            SyntheticContent.RopeFactors => sink => sink.WriteValues(RopeFactors(shape)),
            _ => sink => WriteRandom(sink, PoolOf(format), own, format.BytesFor(tensor.Count)),
        };

        RandomBlocks PoolOf(TensorFormat format)
        {
            if (!pools.TryGetValue(format, out var pool))
            {
                pools[format] = pool = new RandomBlocks(format, seed);
            }

            return pool;
        }
    }

    /// <summary>
    /// What each half of a head's rotary wavelengths is stretched by: nothing below the trained context / 4, the factor
    /// above the trained context, smoothly between (Llama 3.1's reference code, <c>apply_scaling</c>).
    /// </summary>
    internal static float[] RopeFactors(SyntheticShape shape)
    {
        const double TrainedContext = 8192;
        const double LowFrequency = 1;
        const double HighFrequency = 4;
        var factor = shape.RopeFactor!.Value;
        var factors = new float[shape.HeadSize / 2];
        for (var i = 0; i < factors.Length; i++)
        {
            var wavelength = 2 * Math.PI * Math.Pow(shape.RopeBase, 2.0 * i / shape.HeadSize);
            var turns = TrainedContext / wavelength;
            var smooth = Math.Clamp((turns - LowFrequency) / (HighFrequency - LowFrequency), 0, 1);
            factors[i] = (float)(1 / ((1 - smooth) / factor + smooth));
        }

        return factors;
    }

    private static void AddSettings(GgufWriter writer, SyntheticShape shape, TensorRecipe recipe)
    {
        const uint QuantizationVersion = 2;
        var arch = shape.Architecture;
        writer.Add("general.architecture", arch);
        writer.Add("general.type", "model");
        writer.Add("general.name", string.Create(CultureInfo.InvariantCulture, $"{shape.Name} with random weights"));
        writer.Add("general.file_type", (uint)recipe.FileType);
        writer.Add("general.quantization_version", QuantizationVersion);
        writer.Add($"{arch}.vocab_size", (uint)shape.Vocabulary);
        writer.Add($"{arch}.context_length", (uint)shape.Context);
        writer.Add($"{arch}.embedding_length", (uint)shape.Hidden);
        writer.Add($"{arch}.block_count", (uint)shape.Blocks);
        writer.Add($"{arch}.feed_forward_length", (uint)shape.FeedForward);
        writer.Add($"{arch}.attention.head_count", (uint)shape.Heads);
        writer.Add($"{arch}.attention.head_count_kv", (uint)shape.KeyHeads);
        writer.Add($"{arch}.attention.layer_norm_rms_epsilon", (float)shape.NormEpsilon);
        writer.Add($"{arch}.rope.dimension_count", (uint)shape.HeadSize);
        writer.Add($"{arch}.rope.freq_base", (float)shape.RopeBase);
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1);
        return ones;
    }

    private static void WriteRandom(TensorSink sink, RandomBlocks pool, ulong stream, long bytes)
    {
        var buffer = new byte[Math.Min(bytes, (long)pool.PieceBytes * PiecesAtOnce)];
        for (var done = 0L; done < bytes; done += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - done));
            pool.Fill(stream, done / pool.PieceBytes, part);
            sink.Write(part);
        }
    }

    private sealed class Share(IProgress<double> progress) : IProgress<ByteProgress>
    {
        public void Report(ByteProgress value) => progress.Report(value.Total == 0 ? 1 : (double)value.Done / value.Total);
    }
}
