namespace Colibri.Text.Decoders;

/// <summary>Replace with a plain string: every occurrence in a token becomes something else.</summary>
/// <param name="pattern">What to look for; empty finds nothing.</param>
/// <param name="content">What to put there.</param>
internal sealed class ReplaceDecoder(string pattern, string content) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => pattern.Length == 0 ? next : new Stage(pattern, content, next);

    private sealed class Stage(string pattern, string content, DecoderStage next) : DecoderStage
    {
        private string held = "";

        public override void Write(string fragment, bool last)
        {
            var text = held + fragment;
            var cut = last ? text.Length : Math.Max(EndOfLastMatch(text), text.Length - Overlap(text));
            held = text[cut..];
            next.Write(text[..cut].Replace(pattern, content, StringComparison.Ordinal), last);
        }

        public override void Finish() => next.Finish();

        private int EndOfLastMatch(string text)
        {
            var end = 0;
            for (var at = text.IndexOf(pattern, StringComparison.Ordinal); at >= 0; at = text.IndexOf(pattern, end, StringComparison.Ordinal))
            {
                end = at + pattern.Length;
            }

            return end;
        }

        // How many chars at the end could be the beginning of an occurrence.
        private int Overlap(string text)
        {
            for (var length = Math.Min(pattern.Length - 1, text.Length); length > 0; length--)
            {
                if (text.EndsWith(pattern[..length], StringComparison.Ordinal))
                {
                    return length;
                }
            }

            return 0;
        }
    }
}
