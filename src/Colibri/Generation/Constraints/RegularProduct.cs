using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>Combines regular sets: the texts whose membership in each of them is as asked for.</summary>
internal static class RegularProduct
{
    private const int MostStates = 20_000;
    private const int MostSets = 60;

    /// <summary>The texts that are in all of some sets.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="spell">What a set of characters becomes in the grammar.</param>
    public static Node All(IReadOnlyList<IRegularSet> sets, Func<CodePointRanges, Node> spell) =>
        Build(sets, member => Array.TrueForAll(member, m => m), _ => true, spell);

    /// <summary>The texts whose membership passes a test.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="accepts">Gets for each set whether the text is in it.</param>
    /// <param name="needed">Whether nothing outside a set, by its number, can pass.</param>
    /// <param name="spell">What a set of characters becomes in the grammar.</param>
    /// <exception cref="InputException">The result is too large.</exception>
    public static Node Build(IReadOnlyList<IRegularSet> sets, Func<bool[], bool> accepts, Func<int, bool> needed, Func<CodePointRanges, Node> spell)
    {
        var classes = Classes(sets.SelectMany(s => s.Sets));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var states = new List<int[]>();
        var places = new List<Node.NetworkPlace>();
        Number([.. sets.Select(s => s.Start)]);
        for (var at = 0; at < states.Count; at++)
        {
            var moves = new SortedDictionary<int, CodePointRanges>();
            foreach (var (example, members) in classes)
            {
                var next = new int[sets.Count];
                var possible = true;
                for (var i = 0; i < next.Length && possible; i++)
                {
                    next[i] = states[at][i] < 0 ? -1 : sets[i].Next(states[at][i], example);
                    possible = next[i] >= 0 || !needed(i);
                }

                if (possible)
                {
                    var target = Number(next);
                    moves[target] = moves.TryGetValue(target, out var known) ? known.Union(members) : members;
                }
            }

            var member = states[at].Select((s, i) => s >= 0 && sets[i].Accepts(s)).ToArray();
            places.Add(new Node.NetworkPlace([.. moves.Select(m => (spell(m.Value), m.Key))], accepts(member)));
        }

        return new Node.Network(places);

        int Number(int[] state)
        {
            var key = string.Join(',', state);
            if (!numbers.TryGetValue(key, out var number))
            {
                if (states.Count == MostStates)
                {
                    throw new InputException($"The patterns and lengths of the JSON Schema are too large together: more than {MostStates} states. Use smaller counts or fewer of them.");
                }

                numbers.Add(key, number = states.Count);
                states.Add(state);
            }

            return number;
        }
    }

    // Characters that are in the same sets lead everywhere to the same: one example of each kind, and all of the kind.
    private static List<(int Example, CodePointRanges Members)> Classes(IEnumerable<CodePointRanges> used)
    {
        var sets = used.DistinctBy(s => string.Join(',', s.Ranges)).ToList();
        if (sets.Count > MostSets)
        {
            throw new InputException($"The patterns of the JSON Schema use more than {MostSets} sets of characters together; use fewer.");
        }

        var cuts = new SortedSet<int> { 0, 0xE000 };
        foreach (var (first, last) in sets.SelectMany(s => s.Ranges))
        {
            cuts.Add(first);
            cuts.Add(last + 1);
        }

        cuts.Add(0x110000);
        var bounds = cuts.ToArray();
        var ranges = new Dictionary<ulong, List<(int First, int Last)>>();
        for (var i = 0; i + 1 < bounds.Length; i++)
        {
            if (bounds[i] is >= 0xD800 and < 0xE000)
            {
                continue;
            }

            var signature = 0UL;
            for (var s = 0; s < sets.Count; s++)
            {
                signature |= sets[s].Contains(bounds[i]) ? 1UL << s : 0;
            }

            if (!ranges.TryGetValue(signature, out var list))
            {
                ranges.Add(signature, list = []);
            }

            list.Add((bounds[i], bounds[i + 1] - 1));
        }

        return [.. ranges.Values.Select(r => (r[0].First, CodePointRanges.Of(r)))];
    }
}
