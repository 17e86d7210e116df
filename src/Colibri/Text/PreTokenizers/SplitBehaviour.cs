namespace Colibri.Text.PreTokenizers;

/// <summary>What becomes of the separators a text is cut at. Example: "the-final--countdown" cut at "-".</summary>
internal enum SplitBehaviour
{
    /// <summary>They go: the, final, countdown.</summary>
    Removed,

    /// <summary>Each is a part: the, -, final, -, -, countdown.</summary>
    Isolated,

    /// <summary>Each ends the part before it: the-, final-, -, countdown.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the part after it: the, -final, -, -countdown.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one part: the, -, final, --, countdown.</summary>
    Contiguous,
}
