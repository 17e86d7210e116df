namespace Colibri.Text.Decoders;

/// <summary>Takes out the spaces before punctuation and contractions, token by token.</summary>
internal sealed class CleanUpDecoder : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    private sealed class Stage(DecoderStage next) : WholeTokenStage(next)
    {
        protected override void WriteToken(string token) => Next.Write(CleanUp.ApplyToToken(token), last: true);
    }
}
