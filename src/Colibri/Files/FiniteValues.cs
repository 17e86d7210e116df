using System.Globalization;
using Colibri.Formats.Search;

namespace Colibri.Files;

/// <summary>Looks for weights that are no numbers.</summary>
internal static class FiniteValues
{
    private const int ValuesPerPiece = 1 << 18;

    /// <summary>Index of the first value that is NaN or infinite, or -1.</summary>
    public static int FirstFault(ReadOnlySpan<float> values)
    {
        // Nearly always, and quickly told.
        if (Encodable.Holds(values))
        {
            return -1;
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Where a value is in its tensor, for errors.</summary>
    /// <param name="index">Its index among all values.</param>
    /// <param name="columns">Values of a row.</param>
    public static string Place(long index, int columns) => $"row {index / columns}, column {index % columns}";

    /// <summary>
    /// The first tensor of a model, in the order of its names, that holds a value which is not finite, and the place; or null
    /// where all are. Reads all weights.
    /// </summary>
    public static string? Fault(ModelSource source) => source.Tensors.Values
        .Where(t => t.Format.IsNumeric && t.Count > 0)
        .OrderBy(t => t.Name, StringComparer.Ordinal)
        .AsParallel().AsOrdered()
        .Select(Fault)
        .FirstOrDefault(fault => fault is not null);

    private static string? Fault(StoredTensor tensor)
    {
        var rows = new StoredRows(tensor);
        var count = (int)Math.Clamp(ValuesPerPiece / rows.Columns, 1, rows.Rows);
        var values = new float[(long)count * rows.Columns];
        for (var first = 0L; first < rows.Rows; first += count)
        {
            var taken = (int)Math.Min(count, rows.Rows - first);
            rows.Read(first, taken, values);
            if (FirstFault(values.AsSpan(0, taken * rows.Columns)) is >= 0 and var fault)
            {
                return string.Create(CultureInfo.InvariantCulture, $"tensor {Printable.Quote(tensor.Name)} holds {values[fault]} in {Place((first * rows.Columns) + fault, rows.Columns)}");
            }
        }

        return null;
    }
}
