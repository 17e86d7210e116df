namespace Colibri.Text.Patterns;

/// <summary>One instruction of a compiled pattern.</summary>
/// <param name="Op">What to do.</param>
/// <param name="A">A set, a target, a condition or a sub-program.</param>
/// <param name="B">A second target, or the fewest repetitions.</param>
/// <param name="C">The first set of target A, or the most repetitions (-1: no limit).</param>
/// <param name="D">The first set of target B, or 1 where a negated look.</param>
internal readonly record struct PatternStep(PatternOp Op, int A = 0, int B = 0, int C = 0, int D = 0);

/// <summary>Instructions.</summary>
internal enum PatternOp
{
    /// <summary>Takes one ASCII character A.</summary>
    Ascii,

    /// <summary>Takes one character out of set A.</summary>
    One,

    /// <summary>Takes characters out of set A, B to C of them, as many as possible.</summary>
    Greedy,

    /// <summary>The same, giving nothing back.</summary>
    Possessive,

    /// <summary>The same, as few as possible.</summary>
    Lazy,

    /// <summary>Goes on at A, and if that fails at B.</summary>
    Branch,

    /// <summary>Goes on at A.</summary>
    Jump,

    /// <summary>Fails where it was passed before at the same position: a repetition that took nothing.</summary>
    Progress,

    /// <summary>Checks the position.</summary>
    Position,

    /// <summary>Runs sub-program A here without taking anything.</summary>
    LookAhead,

    /// <summary>Runs sub-program A so that it ends here; it takes B to C characters.</summary>
    LookBehind,

    /// <summary>Runs sub-program A, and does not try it again another way.</summary>
    Atomic,

    /// <summary>The end.</summary>
    Match,
}
