using Colibri.Compression.Recipes;
using Colibri.Files;
using Colibri.Hardware;
using Colibri.Models;

namespace Colibri.Compression.Conversion;

/// <summary>Turns Hugging Face folders into GGUF files, and GGUF files into others with smaller weights.</summary>
public static class GgufConverter
{
    /// <summary>
    /// Converts a model. Tensors are read, encoded and written one after another, a few megabytes at a time; the output
    /// appears whole or not at all.
    /// </summary>
    /// <param name="input">A Hugging Face folder of a family Colibri runs, or a GGUF file of any family (of a split one, its first part).</param>
    /// <param name="output">The GGUF file to write; one that is there is replaced.</param>
    /// <param name="options">Formats, threads and progress; null keeps the stored formats.</param>
    /// <param name="cancellation">Ends the work and leaves nothing behind.</param>
    /// <returns>What a person should know: tensors that got another format, and what GGUF cannot say.</returns>
    /// <exception cref="InputException">
    /// The family is unknown, tensors are missing, quantized already or not finite, the tokenizer has no counterpart in GGUF,
    /// or the output is the input or cannot be written.
    /// </exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static IReadOnlyList<string> Convert(string input, string output, ConversionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        options ??= new ConversionOptions();
        var threads = options.Threads ?? MachineInfo.DefaultThreads;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        using var source = ModelSource.Open(input);
        FinalPath.RequireAnother(source.Files, output);
        var writer = new GgufWriter();
        var notes = new List<string>();
        var plan = source is GgufSource gguf ? FromGguf(gguf, options, writer) : FromFolder((HuggingFaceSource)source, options, writer, notes);
        plan.AddTo(writer, threads, cancellation);
        writer.Write(output, options.Progress is null ? null : new Share(options.Progress), cancellation);
        return [.. notes, .. plan.Notes];
    }

    private static ConversionPlan FromGguf(GgufSource source, ConversionOptions options, GgufWriter writer)
    {
        const string fileType = "general.file_type";
        const string version = "general.quantization_version";
        var architecture = source.Architecture;
        var tensors = source.Tensors.Values.Select(t => KeyValuePair.Create(t.Name, (TensorRows)new StoredRows(t))).ToList();
        var heads = First(source.Settings, $"{architecture}.attention.head_count") ?? 1;
        var model = new RecipeModel(
            (int)(source.Settings.Integer($"{architecture}.block_count") ?? 0),
            (int)(heads / Math.Max(1, First(source.Settings, $"{architecture}.attention.head_count_kv") ?? heads)),
            !source.Tensors.ContainsKey("output.weight"));
        var plan = new ConversionPlan(source.Path, tensors, model, options, widens: false);
        writer.Add("general.architecture", architecture);
        if (options.Recipe is { } recipe)
        {
            writer.Add(fileType, (uint)recipe.FileType);
            if (plan.HasBlocks)
            {
                writer.Add(version, QuantizationVersion);
            }
        }

        writer.Copy(source.Metadata, key => options.Recipe is null || key is not (fileType or version));
        return plan;
    }

    private const uint QuantizationVersion = 2;

    private static ConversionPlan FromFolder(HuggingFaceSource source, ConversionOptions options, GgufWriter writer, List<string> notes)
    {
        var export = ModelFamily.ExportModel(source);
        notes.AddRange(export.Notes);
        var settings = export.Settings.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal);
        var heads = Number($"{export.Architecture}.attention.head_count") ?? 1;
        var model = new RecipeModel(
            (int)(Number($"{export.Architecture}.block_count") ?? 0),
            (int)(heads / (Number($"{export.Architecture}.attention.head_count_kv") ?? heads)),
            export.Tensors.All(t => t.Key != "output.weight"));
        var plan = new ConversionPlan(source.Path, export.Tensors, model, options, widens: true);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Path)));
        writer.Add("general.architecture", export.Architecture);
        writer.Add("general.type", "model");
        writer.Add("general.name", name);
        if ((options.Recipe ?? TensorRecipe.Of(plan.Dominant)) is { } recipe)
        {
            writer.Add("general.file_type", (uint)recipe.FileType);
        }

        if (plan.HasBlocks)
        {
            writer.Add("general.quantization_version", QuantizationVersion);
        }

        foreach (var (key, value) in export.Settings)
        {
            writer.Add(key, value);
        }

        FolderVocabulary.AddTo(writer, source, name, export.Vocabulary, notes);
        return plan;

        uint? Number(string key) => settings.TryGetValue(key, out var value) ? (uint)value : null;
    }

    private static double? First(Settings settings, string key) => settings.Numbers(key) is [var first, ..] ? first : null;

    private sealed class Share(IProgress<double> progress) : IProgress<ByteProgress>
    {
        public void Report(ByteProgress value) => progress.Report(value.Total == 0 ? 1 : (double)value.Done / value.Total);
    }
}
