namespace Colibri.Files;

/// <summary>
/// Tells what lies at a path, by content before name; and for what is no model Colibri opens, says what it seems to be
/// and what to do with it.
/// </summary>
internal static class ModelDetection
{
    private const int StartBytes = 512;

    /// <summary>The layout, and the file or folder to open.</summary>
    /// <exception cref="InputException">Nothing is there, or nothing Colibri opens.</exception>
    public static (ModelLayout Layout, string Path) Detect(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InputException("The path of the model is empty or no path. Give a GGUF file or a Hugging Face folder.");
        }

        if (Directory.Exists(path))
        {
            return DetectFolder(path);
        }

        return File.Exists(path) ? DetectFile(path) : throw new InputException(
            $"{path}: there is no such file or folder. Give a GGUF file, or a Hugging Face folder with config.json and safetensors.");
    }

    private static (ModelLayout Layout, string Path) DetectFolder(string path)
    {
        try
        {
            if (HuggingFaceSource.LooksLike(path))
            {
                return (ModelLayout.HuggingFace, path);
            }

            // A folder around one GGUF model is as good as the model.
            var files = Directory.GetFiles(path, "*.gguf").Where(f => !IsLaterPart(f)).Order(StringComparer.Ordinal).ToList();
            return files switch
            {
                [var only] => (ModelLayout.Gguf, only),
                [] => throw new InputException($"{path}: is no model folder: it has no config.json (nor a tokenizer, nor a GGUF file)."),
                _ => throw new InputException($"{path}: holds {files.Count} GGUF models; name one: {Printable.List([.. files.Select(f => Path.GetFileName(f))])}."),
            };
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InputException($"{path}: the folder cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static bool IsLaterPart(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file.AsSpan());
        return name.Length > 15 && name[^9..^5] is "-of-" && name[^15] == '-' && int.TryParse(name[^14..^9], out var number) && number > 1;
    }

    private static (ModelLayout Layout, string Path) DetectFile(string path)
    {
        using var file = MappedFile.Open(path);
        var start = file.Span(0, (int)Math.Min(StartBytes, file.Length));
        if (start.StartsWith("GGUF"u8) || start.StartsWith("FUGG"u8))
        {
            return (ModelLayout.Gguf, path);
        }

        var name = Path.GetFileName(path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (SafetensorsFile.LooksLike(start, file.Length) || name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return File.Exists(Path.Combine(folder, "config.json")) ? (ModelLayout.HuggingFace, FolderAsNamed(path)) : throw new InputException(
                $"{path}: is a safetensors file without a config.json beside it, so its family cannot be told. Put the model's config.json and tokenizer.json into the same folder.");
        }

        if (name is "config.json" or "tokenizer.json" or SafetensorsWeights.IndexName)
        {
            return (ModelLayout.HuggingFace, FolderAsNamed(path));
        }

        throw new InputException($"{path}: {Explain(path, start, file.Length)}");
    }

    // Keeps a relative path relative, as the user typed it.
    private static string FolderAsNamed(string path) => Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".";

    private static string Explain(string path, ReadOnlySpan<byte> start, long length)
    {
        if (Llama2cHeader.LooksLike(start, length))
        {
            return "is a llama2.c checkpoint. Convert it first: colibri convert CHECKPOINT OUT.gguf --tokenizer TOKENIZER.bin";
        }

        if (start.StartsWith("PK\u0003\u0004"u8))
        {
            return start.IndexOf("data.pkl"u8) >= 0
                ? "is a PyTorch checkpoint (pickle), which can run code and is never read. Save the model as safetensors."
                : "is a zip archive. Unpack it and give the model inside.";
        }

        if (start.Length > 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
        {
            return "is a Python pickle, which can run code and is never read. Save the model as safetensors.";
        }

        if (LooksLikeOnnx(path, start))
        {
            return "is an ONNX model; Colibri runs GGUF files and Hugging Face folders. Give the model it was exported from.";
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            return "is a Git LFS pointer, not the file itself. Fetch the real file (git lfs pull).";
        }

        if (start.StartsWith("tjgg"u8) || start.StartsWith("lmgg"u8) || start.StartsWith("fmgg"u8) || start.StartsWith("algg"u8))
        {
            return "is in one of ggml's formats from before GGUF. Convert the model again with a current converter.";
        }

        if (start.Length > 8 && start.Slice(4, 4).SequenceEqual("TFL3"u8))
        {
            return "is a TensorFlow Lite model; Colibri runs GGUF files and Hugging Face folders.";
        }

        // gzip, bzip2, zstd, xz.
        if (start is [0x1f, 0x8b, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..] or [0x28, 0xb5, 0x2f, 0xfd, ..] or [0xfd, (byte)'7', (byte)'z', ..])
        {
            return "is compressed. Unpack it first.";
        }

        if (start.TrimStart(" \t\r\n"u8) is [(byte)'<', ..])
        {
            return "is a web page, not a model: the download went wrong.";
        }

        if (path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) && Llama2cHeader.Read(start) is { Version: 0, IsPlausible: true } header)
        {
            return "is no model Colibri knows. As a llama2.c checkpoint (which colibri convert takes) it is damaged: "
                + (header.Fault() ?? $"its header ({header}) asks for {header.FileBytes} bytes, but the file has {length}") + ".";
        }

        return "is no model Colibri knows. A GGUF file, or a Hugging Face folder with config.json and safetensors, is expected.";
    }

    // Protocol buffers have no magic number: an ONNX file begins with field 1 (the version) and goes on with the producer's
    // name, an operator set or the graph.
    private static bool LooksLikeOnnx(string path, ReadOnlySpan<byte> start) =>
        path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
        || (start.Length > 4 && start[0] == 0x08 && start[1] is > 0 and < 32 && start[2] is 0x12 or 0x1a or 0x3a or 0x42);
}
