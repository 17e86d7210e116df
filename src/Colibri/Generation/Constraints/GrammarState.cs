namespace Colibri.Generation.Constraints;

/// <summary>Where to go on once a called rule has ended. Shared by all that wait for the same; compared by identity.</summary>
/// <param name="id">Its number.</param>
/// <param name="returns">The positions to go on at, each with what waits behind it.</param>
/// <param name="endsText">Whether the text may end there.</param>
internal sealed class ReturnNode(int id, (int Position, ReturnNode Node)[] returns, bool endsText)
{
    /// <summary>Its number, unique within its table.</summary>
    public int Id => id;

    /// <summary>The positions to go on at, each with what waits behind it.</summary>
    public (int Position, ReturnNode Node)[] Returns => returns;

    /// <summary>Whether the text may end there.</summary>
    public bool EndsText => endsText;
}

/// <summary>All that a grammar can be in the middle of after some text; texts that can go on alike share it.</summary>
/// <param name="items">Positions a byte can be taken at, each with what waits behind its rule.</param>
/// <param name="accepting">Whether the text may end here.</param>
internal sealed class GrammarState((int Position, ReturnNode Node)[] items, bool accepting)
{
    /// <summary><see cref="Run"/> while nobody has looked.</summary>
    public const int RunUnknown = -2;

    /// <summary>Positions a byte can be taken at, each with what waits behind its rule.</summary>
    public (int Position, ReturnNode Node)[] Items => items;

    /// <summary>Whether the text may end here.</summary>
    public bool Accepting => accepting;

    /// <summary>Whether the text has ended: nothing can come.</summary>
    public bool Complete => accepting && items.Length == 0;

    /// <summary>The set of characters that can come many times in a row, or -1.</summary>
    public int Run { get; set; } = RunUnknown;

    /// <summary>How many of them can come.</summary>
    public int RunLength { get; set; }

    /// <summary>Known states behind this one by byte class, or null.</summary>
    public GrammarState?[]? Next { get; set; }

    /// <summary>The age of the table that <see cref="Next"/> belongs to.</summary>
    public int Age { get; set; }
}
