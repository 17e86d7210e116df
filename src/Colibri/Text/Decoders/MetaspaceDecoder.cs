using System.Text;

namespace Colibri.Text.Decoders;

/// <summary>Metaspace: the mark becomes a space, but in the first token it goes if it was put before the text.</summary>
internal sealed class MetaspaceDecoder(Rune replacement, bool prepended) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(replacement.ToString(), prepended, next);

    private sealed class Stage(string mark, bool prepended, DecoderStage next) : WholeTokenStage(next)
    {
        private bool first = true;

        protected override void WriteToken(string token)
        {
            Next.Write(token.Replace(mark, first && prepended ? "" : " ", StringComparison.Ordinal), last: true);
            first = false;
        }
    }
}
