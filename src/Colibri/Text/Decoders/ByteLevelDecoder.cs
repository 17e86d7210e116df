using System.Text;
using Colibri.Text.Unicode;

namespace Colibri.Text.Decoders;

/// <summary>
/// ByteLevel: tokens spelled in the byte alphabet become bytes, others their UTF-8; all of them together are one text,
/// where what is not UTF-8 becomes U+FFFD.
/// </summary>
internal sealed class ByteLevelDecoder : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    private sealed class Stage(DecoderStage next) : WholeTokenStage(next)
    {
        private readonly Utf8Stream stream = new();

        protected override void WriteToken(string token)
        {
            var utf8 = Encoding.UTF8.GetBytes(token);
            var text = stream.Take(ByteAlphabet.TryDecode(utf8) ?? utf8);
            if (text.Length > 0)
            {
                Next.Write(text, last: false);
            }
        }

        protected override void End() => Next.Write(stream.Finish(), last: true);
    }
}
