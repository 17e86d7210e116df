using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>
/// UnicodeScripts: cuts where the script changes. Japanese counts as one script, and a space or an unassigned code point
/// fits any; Common and Inherited count as scripts, as in the reference.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : SplitterPreTokenizer
{
    private const int AnyScript = -2;

    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<byte> text, PieceList parts)
    {
        // What comes before the first character that is not a space belongs to no part: the reference drops it.
        var start = -1;
        int? last = null;
        for (var i = 0; i < text.Length;)
        {
            var script = ScriptOf(Utf8Text.Read(text, i, out var size));
            if (script != AnyScript)
            {
                if (last != script)
                {
                    if (start >= 0)
                    {
                        parts.AddPart(start, i);
                    }

                    start = i;
                }

                last = script;
            }

            i += size;
        }

        if (start >= 0)
        {
            parts.AddPart(start, text.Length);
        }
    }

    private static int ScriptOf(int codePoint)
    {
        if (codePoint == 0x30FC)
        {
            return Scripts.Han;
        }

        if (codePoint == ' ')
        {
            return AnyScript;
        }

        var script = Scripts.Of(codePoint);
        return script < 0 ? AnyScript : script == Scripts.Hiragana || script == Scripts.Katakana ? Scripts.Han : script;
    }
}
