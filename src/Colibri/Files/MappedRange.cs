namespace Colibri.Files;

/// <summary>A stretch of a mapped file.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes; the stretch lies inside the file.</param>
internal readonly record struct MappedRange(MappedFile File, long Offset, long Length)
{
    /// <summary>The first byte behind the stretch.</summary>
    public long End => Offset + Length;

    /// <summary>
    /// Sorts stretches by file and offset, and joins those that touch, overlap or leave less than
    /// <paramref name="gap"/> bytes between them. Every byte is in at most one stretch of the result.
    /// </summary>
    public static List<MappedRange> Join(IEnumerable<MappedRange> ranges, long gap = 0)
    {
        var result = new List<MappedRange>();
        foreach (var file in ranges.Where(r => r.Length > 0).GroupBy(Key))
        {
            var start = result.Count;
            foreach (var range in file.OrderBy(r => r.Offset))
            {
                if (result.Count > start && range.Offset - result[^1].End <= gap)
                {
                    var last = result[^1];
                    result[^1] = last with { Length = Math.Max(last.End, range.End) - last.Offset };
                }
                else
                {
                    result.Add(range);
                }
            }
        }

        return result;
    }

    // Two uses of one file share a mapping: the address tells files apart.
    private static unsafe nint Key(MappedRange range) => (nint)range.File.Address;
}
