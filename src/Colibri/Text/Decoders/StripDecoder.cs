using System.Text;

namespace Colibri.Text.Decoders;

/// <summary>Strip: takes up to a number of one character off the start and the end of each token.</summary>
/// <param name="content">The character.</param>
/// <param name="start">At most so many at the start.</param>
/// <param name="stop">At most so many at the end.</param>
internal sealed class StripDecoder(Rune content, int start, int stop) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(content.ToString(), start, stop, next);

    private sealed class Stage(string content, int start, int stop, DecoderStage next) : DecoderStage
    {
        private int takenAtStart;
        private string held = "";

        public override void Write(string fragment, bool last)
        {
            while (takenAtStart < start && fragment.Length > 0)
            {
                if (!fragment.StartsWith(content, StringComparison.Ordinal))
                {
                    takenAtStart = start;
                    break;
                }

                fragment = fragment[content.Length..];
                takenAtStart++;
            }

            // What may still be stripped at the end is held back: a run of the character, no longer than may go.
            var text = held + fragment;
            var run = 0;
            while (run < stop && text.AsSpan(0, text.Length - (run * content.Length)).EndsWith(content, StringComparison.Ordinal))
            {
                run++;
            }

            if (last)
            {
                held = "";
                takenAtStart = 0;
                next.Write(text[..^(run * content.Length)], last: true);
                return;
            }

            held = text[^(run * content.Length)..];
            next.Write(text[..^(run * content.Length)], last: false);
        }

        public override void Finish() => next.Finish();
    }
}
