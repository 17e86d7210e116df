namespace Colibri.Generation.Constraints;

/// <summary>
/// Where a grammar takes characters of a set many times in a row (within strings, words, lines), so that tokens made of
/// such characters need not be tried one by one.
/// </summary>
internal sealed class GrammarRuns
{
    /// <summary>Sets that are kept; each costs a pass over the vocabulary.</summary>
    public const int MostSets = 24;

    // Shorter runs hold few tokens.
    private const int LeastLength = 4;
    private const int DeepestCalls = 8;

    private GrammarRuns(CodePointRanges[] sets, int[] set, int[] length) => (Sets, Set, Length) = (sets, set, length);

    /// <summary>The sets.</summary>
    public CodePointRanges[] Sets { get; }

    /// <summary>For each position the set that can come many times in a row, or -1.</summary>
    public int[] Set { get; }

    /// <summary>For each position how many characters of its set can come at least, whatever else may come too.</summary>
    public int[] Length { get; }

    /// <summary>Finds the runs of an automaton.</summary>
    /// <param name="characters">For each position the sets a character can be taken from, with where each leads.</param>
    /// <param name="calls">The calls of each position.</param>
    /// <param name="start">The first position of each rule.</param>
    /// <param name="isEnd">Whether nothing is left of a rule at a position but to end.</param>
    public static GrammarRuns Find(List<(CodePointRanges Set, int Target)[]> characters, List<CallMove[]> calls, int[] start, Func<int, bool> isEnd)
    {
        var (names, sets) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<CodePointRanges>());
        var (set, target) = (new int[characters.Count], new int[characters.Count]);
        for (var position = 0; position < characters.Count; position++)
        {
            var here = new Dictionary<int, CodePointRanges>();
            Collect(position, null, 0);
            (set[position], target[position]) = (-1, -1);
            if (here.Count > 0)
            {
                // Back to the same position, or else the most characters.
                var (to, best) = here.OrderByDescending(h => h.Key == position).ThenByDescending(h => h.Value.Count()).ThenBy(h => h.Key).First();
                var name = string.Join(',', best.Ranges);
                if (!names.TryGetValue(name, out var number))
                {
                    names.Add(name, number = sets.Count);
                    sets.Add(best);
                }

                (set[position], target[position]) = (number, to);
            }

            void Collect(int at, int? leads, int depth)
            {
                foreach (var (found, to) in characters[at])
                {
                    // Within a called rule only a character that is all of it counts.
                    if (leads is null || isEnd(to))
                    {
                        var key = leads ?? to;
                        here[key] = here.TryGetValue(key, out var known) ? known.Union(found) : found;
                    }
                }

                for (var i = 0; i < calls[at].Length && depth < DeepestCalls && (leads is null || here.Count < 16); i++)
                {
                    var call = calls[at][i];
                    if (leads is null || isEnd(call.Target))
                    {
                        Collect(start[call.Rule], leads ?? call.Target, depth + 1);
                    }
                }
            }
        }

        return Keep(sets, set, Lengths(set, target));
    }

    private static int[] Lengths(int[] set, int[] target)
    {
        var length = new int[set.Length];
        var chain = new Stack<int>();
        for (var position = 0; position < set.Length; position++)
        {
            var at = position;
            while (set[at] >= 0 && length[at] == 0)
            {
                chain.Push(at);
                length[at] = -1;
                if (set[target[at]] != set[at])
                {
                    break;
                }

                at = target[at];
            }

            // A way that comes back into itself has no end.
            var behind = chain.Count == 0 ? 0 : set[target[chain.Peek()]] != set[chain.Peek()] ? 0 : length[at] < 0 ? int.MaxValue : length[at];
            while (chain.TryPop(out var last))
            {
                length[last] = behind = behind == int.MaxValue ? behind : behind + 1;
            }
        }

        return length;
    }

    // The sets with the most positions, and of those only the ones that make long runs.
    private static GrammarRuns Keep(List<CodePointRanges> sets, int[] set, int[] length)
    {
        var uses = new int[sets.Count];
        for (var position = 0; position < set.Length; position++)
        {
            if (set[position] >= 0 && length[position] >= LeastLength)
            {
                uses[set[position]]++;
            }
        }

        var kept = Enumerable.Range(0, sets.Count).Where(s => uses[s] > 0).OrderByDescending(s => uses[s]).Take(MostSets).ToList();
        var numbers = Enumerable.Repeat(-1, sets.Count).ToArray();
        for (var i = 0; i < kept.Count; i++)
        {
            numbers[kept[i]] = i;
        }

        return new GrammarRuns([.. kept.Select(s => sets[s])], [.. set.Select(s => s < 0 ? -1 : numbers[s])], length);
    }
}
