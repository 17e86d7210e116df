namespace Colibri.Text.Decoders;

/// <summary>BPEDecoder: the suffix that ends a word becomes a space, but in the last token it goes.</summary>
internal sealed class BpeDecoder(string suffix) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(suffix, next);

    private sealed class Stage(string suffix, DecoderStage next) : WholeTokenStage(next)
    {
        private string? held;

        protected override void WriteToken(string token)
        {
            Give(" ");
            held = token;
        }

        protected override void End() => Give("");

        private void Give(string ending)
        {
            if (held is not null)
            {
                Next.Write(suffix.Length == 0 ? held : held.Replace(suffix, ending, StringComparison.Ordinal), last: true);
                held = null;
            }
        }
    }
}
