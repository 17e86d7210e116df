using System.Text;
using Colibri.Text.Patterns;

namespace Colibri.Text.Decoders;

/// <summary>Replace with a regular expression, token by token.</summary>
internal sealed class PatternReplaceDecoder(Pattern pattern, string content) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(pattern, content, next);

    private sealed class Stage(Pattern pattern, string content, DecoderStage next) : WholeTokenStage(next)
    {
        protected override void WriteToken(string token)
        {
            if (token.Length == 0)
            {
                Next.Write("", last: true);
                return;
            }

            var utf8 = Encoding.UTF8.GetBytes(token);
            var result = new StringBuilder();
            var matches = pattern.In(utf8);
            var start = 0;
            while (matches.MoveNext())
            {
                result.Append(Encoding.UTF8.GetString(utf8, start, matches.Start - start)).Append(content);
                start = matches.End;
            }

            Next.Write(result.Append(Encoding.UTF8.GetString(utf8, start, utf8.Length - start)).ToString(), last: true);
        }
    }
}
