using System.CommandLine;
using System.Globalization;
using Colibri.Benchmarks.LlamaCpp;

namespace Colibri.Benchmarks.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    /// <summary>The GGUF file to run.</summary>
    public static Argument<string> Model() => new("FILE") { Description = "A GGUF file." };

    /// <summary>Where llama.cpp lies.</summary>
    public static Option<string> Peers() => new("--peers")
    {
        Description = "Folder of llama.cpp's shared libraries (default: what fetch-peers fetched).",
        DefaultValueFactory = _ => PeerFolder.LlamaCpp,
    };

    /// <summary>Threads that compute.</summary>
    public static Option<int> Threads() => new("--threads", "-t")
    {
        Description = "Threads that compute.",
        DefaultValueFactory = _ => 2,
    };

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Integer(string name, int value, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
    };

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="InputException">It is.</exception>
    public static int Between(string option, int value, int minimum, int maximum = int.MaxValue) => value >= minimum && value <= maximum
        ? value
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; {(maximum == int.MaxValue ? $"at least {minimum}" : $"{minimum} to {maximum}")} is expected."));

    /// <summary>Reads token ids: numbers with commas or white space between.</summary>
    /// <param name="text">The option's text.</param>
    /// <exception cref="InputException">It is not such a list.</exception>
    public static int[] ParseIds(string text)
    {
        var parts = text.Split([',', ' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]))
            {
                throw new InputException($"--ids: '{parts[i]}' is not a token id; whole numbers with commas between are expected.");
            }
        }

        return ids.Length > 0 ? ids : throw new InputException("--ids holds no token id.");
    }

    /// <summary>Throws where an id is not in the vocabulary.</summary>
    /// <exception cref="InputException">One is not.</exception>
    public static int[] WithinVocabulary(int[] ids, int vocabulary)
    {
        var outside = Array.FindIndex(ids, id => id >= vocabulary);
        return outside < 0 ? ids : throw new InputException($"--ids: {ids[outside]} is outside the vocabulary of {vocabulary} tokens.");
    }
}
