namespace Colibri.Text;

/// <summary>Where a token lies in the text it came from. Special tokens that were added around a text have empty spans at 0.</summary>
/// <param name="Utf8Start">First byte of the text as UTF-8.</param>
/// <param name="Utf8End">Byte after the last.</param>
/// <param name="Utf16Start">First char of the text as a .NET string.</param>
/// <param name="Utf16End">Char after the last.</param>
public readonly record struct TokenSpan(int Utf8Start, int Utf8End, int Utf16Start, int Utf16End);
