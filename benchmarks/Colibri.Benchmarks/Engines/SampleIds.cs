namespace Colibri.Benchmarks.Engines;

/// <summary>Token ids that are the same for every engine, run and machine.</summary>
internal static class SampleIds
{
    /// <summary>Pseudo-random ids below the vocabulary's size.</summary>
    /// <param name="count">How many.</param>
    /// <param name="vocabulary">Number of ids.</param>
    /// <param name="seed">Another seed, other ids.</param>
    public static int[] Take(int count, int vocabulary, int seed)
    {
        // SplitMix64 (Steele, Lea, Flood 2014): no state to carry, and not bound to a runtime's Random.
        var ids = new int[count];
        for (var i = 0; i < count; i++)
        {
            var z = ((ulong)(uint)seed << 32) + (ulong)(i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            ids[i] = (int)((z ^ z >> 31) % (ulong)vocabulary);
        }

        return ids;
    }
}
