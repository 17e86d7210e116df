using System.Runtime.CompilerServices;

namespace Colibri.Text.Patterns;

/// <summary>
/// What looks ahead have found out about a text: from which branch at which position there is a way to the end, and from
/// which there is none. Branches on the way of a running look are open; they fail when the search goes back behind them,
/// and those still open succeed with it. So a look over the same stretch from many positions costs its length once.
/// </summary>
internal sealed class KnownLooks
{
    private const int MostPlaces = 1 << 21;

    private readonly Dictionary<(PatternProgram Program, int Step, int Position), bool> known = new(Comparer.Instance);
    private readonly List<(PatternProgram Program, int Step, int Position, int Height)> open = [];

    /// <summary>What is known of a branch.</summary>
    internal enum Outcome
    {
        /// <summary>Nothing.</summary>
        Unknown,

        /// <summary>There is a way.</summary>
        Succeeds,

        /// <summary>There is none.</summary>
        Fails,
    }

    /// <summary>Open branches, those of looks around the running one included.</summary>
    public int Count => open.Count;

    /// <summary>Forgets everything: another text.</summary>
    public void Clear()
    {
        open.Clear();
        if (known.Count > 0)
        {
            known.Clear();
        }
    }

    /// <summary>What is known of a branch at a position.</summary>
    public Outcome Find(PatternProgram program, int step, int position) =>
        known.TryGetValue((program, step, position), out var succeeds) ? succeeds ? Outcome.Succeeds : Outcome.Fails : Outcome.Unknown;

    /// <summary>A branch is tried; <paramref name="height"/> is the stack's before it.</summary>
    public void Open(PatternProgram program, int step, int position, int height) => open.Add((program, step, position, height));

    /// <summary>The search went back to a height: what was opened above it has failed.</summary>
    public void Close(int from, int height)
    {
        while (open.Count > from && open[^1].Height > height)
        {
            Note(open[^1], succeeds: false);
            open.RemoveAt(open.Count - 1);
        }
    }

    /// <summary>The look has ended: all of its open branches share its outcome.</summary>
    public void Settle(int from, bool succeeded)
    {
        while (open.Count > from)
        {
            Note(open[^1], succeeded);
            open.RemoveAt(open.Count - 1);
        }
    }

    private void Note((PatternProgram Program, int Step, int Position, int Height) branch, bool succeeds)
    {
        if (known.Count < MostPlaces)
        {
            known[(branch.Program, branch.Step, branch.Position)] = succeeds;
        }
    }

    private sealed class Comparer : IEqualityComparer<(PatternProgram Program, int Step, int Position)>
    {
        public static readonly Comparer Instance = new();

        public bool Equals((PatternProgram Program, int Step, int Position) a, (PatternProgram Program, int Step, int Position) b) =>
            ReferenceEquals(a.Program, b.Program) && a.Step == b.Step && a.Position == b.Position;

        public int GetHashCode((PatternProgram Program, int Step, int Position) key) =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(key.Program), key.Step, key.Position);
    }
}
