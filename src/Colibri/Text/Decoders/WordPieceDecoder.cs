namespace Colibri.Text.Decoders;

/// <summary>WordPiece: tokens that go on lose their prefix, others get a space before them; then spaces may be cleaned up token by token.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleansUp) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(prefix, cleansUp, next);

    private sealed class Stage(string prefix, bool cleansUp, DecoderStage next) : WholeTokenStage(next)
    {
        private bool first = true;

        protected override void WriteToken(string token)
        {
            if (!first)
            {
                token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            }

            first = false;
            Next.Write(cleansUp ? CleanUp.ApplyToToken(token) : token, last: true);
        }
    }
}
