namespace Colibri.Text.Patterns;

/// <summary>A compiled pattern.</summary>
/// <param name="Steps">The instructions; it begins with the first.</param>
/// <param name="Sets">The sets they name.</param>
/// <param name="Firsts">The first sets they name.</param>
/// <param name="Parts">The sub-programs they name.</param>
/// <param name="First">What the whole begins with.</param>
internal sealed record PatternProgram(PatternStep[] Steps, CodePointSet[] Sets, FirstSet[] Firsts, PatternProgram[] Parts, FirstSet First);
