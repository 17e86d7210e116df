namespace Colibri.Text.AddedTokens;

/// <summary>An added token found in a text.</summary>
/// <param name="Start">First byte, stripped white space included.</param>
/// <param name="End">Byte after the last, stripped white space included.</param>
/// <param name="Id">The token.</param>
internal readonly record struct AddedTokenMatch(int Start, int End, int Id);
