namespace Colibri.Text.Decoders;

/// <summary>What a tokenizer without a decoder does: tokens with a space between them.</summary>
internal sealed class JoinDecoder : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    private sealed class Stage(DecoderStage next) : WholeTokenStage(next)
    {
        private bool first = true;

        protected override void WriteToken(string token)
        {
            Next.Write(first ? token : " " + token, last: true);
            first = false;
        }
    }
}
