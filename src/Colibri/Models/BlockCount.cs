using System.Globalization;
using Colibri.Files;

namespace Colibri.Models;

/// <summary>
/// How many blocks a model has. The number in the configuration decides how much is looked up and allocated, so it is held
/// against the tensors first: a number that lies costs nothing.
/// </summary>
internal static class BlockCount
{
    /// <summary>Reads the number and compares it with the tensors.</summary>
    /// <param name="source">The files.</param>
    /// <param name="key">The configuration's key.</param>
    /// <param name="prefix">What names of a block's tensors begin with, before the block's number.</param>
    /// <exception cref="InputException">
    /// The number is missing or none, there are more blocks than tensors, or tensors of blocks that it leaves out.
    /// </exception>
    public static int Read(ModelSource source, string key, string prefix)
    {
        var count = source.Settings.Required(key);
        var (highest, name) = (-1, "");
        foreach (var tensor in source.Tensors.Keys)
        {
            if (NumberIn(tensor, prefix) is { } number && number > highest)
            {
                (highest, name) = (number, tensor);
            }
        }

        // Some may be missing, which is told by name; more blocks than tensors cannot be.
        if (count > source.Tensors.Count)
        {
            throw new InputException($"{source.Settings.Source}: '{key}' is {count}, but there are tensors for {highest + 1L} blocks ({source.Tensors.Count} tensors in all).");
        }

        return highest < count ? count : throw new InputException(
            $"{source.Settings.Source}: '{key}' is {count}, but there are tensors for {highest + 1L} blocks (for example {Printable.Quote(name)}). The number is wrong, or the tensors belong to another model.");
    }

    private static int? NumberIn(string tensor, string prefix)
    {
        if (!tensor.StartsWith(prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = tensor.AsSpan(prefix.Length);
        var end = rest.IndexOf('.');
        return end > 0 && int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
