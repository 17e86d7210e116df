using System.Numerics;
using System.Runtime.InteropServices;

namespace Colibri.Formats.Search;

/// <summary>
/// The groups of a block side by side, one in each lane: the searches then run on several groups at once, and each group's sums
/// keep the order (and the bits) of the plain form.
/// </summary>
internal static class GroupTransposition
{
    /// <summary>Puts as many groups as there are lanes side by side.</summary>
    /// <param name="values">The values of all groups, group after group.</param>
    /// <param name="size">Values of a group.</param>
    /// <param name="first">The first group to take.</param>
    /// <param name="columns">Receives, for each position in a group, the values there; lanes without a group receive zeros.</param>
    internal static void Load(ReadOnlySpan<float> values, int size, int first, Span<Vector<float>> columns)
    {
        columns = columns[..size];
        var lanes = MemoryMarshal.Cast<Vector<float>, float>(columns);
        var groups = Math.Min(Vector<float>.Count, values.Length / size - first);
        if (groups < Vector<float>.Count)
        {
            lanes.Clear();
        }

        for (var g = 0; g < groups; g++)
        {
            var group = values.Slice((first + g) * size, size);
            for (var i = 0; i < group.Length; i++)
            {
                lanes[i * Vector<float>.Count + g] = group[i];
            }
        }
    }
}
