using System.Text;

namespace Colibri.Cli;

/// <summary>Files and standard input that hold a prompt, a text or a list: whole, and never larger than is reasonable.</summary>
internal static class InputFile
{
    private const long LargestBytes = 1L << 30;

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="InputException">It cannot be read, or it is larger than 1 GiB.</exception>
    public static byte[] Bytes(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{path}: is a folder; a file is expected.");
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return ReadAll(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A file as UTF-8 text; a byte order mark is left out, malformed bytes become U+FFFD.</summary>
    /// <exception cref="InputException">It cannot be read, or it is larger than 1 GiB.</exception>
    public static string Text(string path)
    {
        var bytes = Bytes(path).AsSpan();
        return Encoding.UTF8.GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
    }

    /// <summary>The text of an argument, a file or standard input: whichever was given.</summary>
    /// <param name="argument">The argument, or null.</param>
    /// <param name="file">The file's path, or null.</param>
    /// <param name="terminal">Standard input is read where neither was given and nobody is there to type.</param>
    /// <param name="names">What to give, for the error; for example <c>TEXT or --file FILE</c>.</param>
    /// <exception cref="InputException">Both were given, or neither.</exception>
    public static byte[] ArgumentFileOrInput(string? argument, string? file, Terminal terminal, string names) => (argument, file) switch
    {
        (not null, not null) => throw new InputException($"Give either {names}, not both."),
        (not null, _) => Encoding.UTF8.GetBytes(argument),
        (_, not null) => Bytes(file),
        _ when terminal.PersonTypes => throw new InputException($"There is nothing to read: give {names}, or pipe it in."),
        _ => ReadAll(terminal.Input, "standard input"),
    };

    private static byte[] ReadAll(Stream stream, string name)
    {
        using var all = new MemoryStream(stream.CanSeek && stream.Length <= LargestBytes ? (int)stream.Length : 0);
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (all.Length + read > LargestBytes)
            {
                throw new InputException($"{name}: is larger than 1 GiB, the most that is read at once. Give a part of it.");
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }
}
