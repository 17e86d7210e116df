namespace Colibri.Text.Files;

/// <summary>Reads tokenizer files whole.</summary>
internal static class TokenizerFile
{
    // The largest tokenizer.json in the field (Gemma 3) has 33 MB.
    private const long LongestFile = 1L << 30;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or is too large to be a tokenizer.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LongestFile)
            {
                throw new InputException($"{path}: {stream.Length} bytes; a tokenizer of at most {LongestFile} bytes is expected.");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {fault.Message}", fault);
        }
    }
}
