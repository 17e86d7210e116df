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
            var length = new FileInfo(path).Length;
            if (length > LongestFile)
            {
                throw new InputException($"{path}: {length} bytes; a tokenizer of at most {LongestFile} bytes is expected.");
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {fault.Message}", fault);
        }
    }
}
