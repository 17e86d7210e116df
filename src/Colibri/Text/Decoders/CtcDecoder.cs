namespace Colibri.Text.Decoders;

/// <summary>CTC: repeated tokens count once, padding goes, and the word delimiter becomes a space.</summary>
internal sealed class CtcDecoder(string padToken, string wordDelimiter, bool cleansUp) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(padToken, wordDelimiter, cleansUp, next);

    private sealed class Stage(string padToken, string wordDelimiter, bool cleansUp, DecoderStage next) : WholeTokenStage(next)
    {
        private string? previous;

        protected override void WriteToken(string token)
        {
            if (token == previous)
            {
                return;
            }

            previous = token;
            var text = padToken.Length == 0 ? token : token.Replace(padToken, "", StringComparison.Ordinal);
            if (cleansUp)
            {
                text = CleanUp.ApplyToToken(text);
                text = wordDelimiter.Length == 0 ? text : text.Replace(wordDelimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0)
            {
                Next.Write(text, last: true);
            }
        }
    }
}
