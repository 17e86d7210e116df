namespace Colibri.Text.Decoders;

/// <summary>Fuse: all tokens become one, for decoders that look at the whole.</summary>
internal sealed class FuseDecoder : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        public override void Write(string fragment, bool last)
        {
            if (fragment.Length > 0)
            {
                next.Write(fragment, last: false);
            }
        }

        public override void Finish()
        {
            next.Write("", last: true);
            next.Finish();
        }
    }
}
