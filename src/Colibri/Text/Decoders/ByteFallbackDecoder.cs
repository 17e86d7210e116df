using System.Globalization;
using System.Text;
using Colibri.Text.Unicode;

namespace Colibri.Text.Decoders;

/// <summary>
/// ByteFallback: tokens spelled <c>&lt;0x61&gt;</c> are bytes, and neighbouring ones make up text. Where such a run is not
/// UTF-8, the reference writes one U+FFFD for each of its bytes, which is why a run is held back until it ends; the other
/// way (<paramref name="runsMustBeWhole"/> false, as llama.cpp) replaces only what is broken and can go on at once.
/// </summary>
internal sealed class ByteFallbackDecoder(bool runsMustBeWhole) : Decoder
{
    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next) => runsMustBeWhole ? new WholeRuns(next) : new Stream(next);

    /// <summary>The byte that a token stands for, or -1.</summary>
    public static int ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : -1;

    private sealed class WholeRuns(DecoderStage next) : WholeTokenStage(next)
    {
        private readonly List<byte> run = [];

        protected override void WriteToken(string token)
        {
            var value = ByteOf(token);
            if (value >= 0)
            {
                run.Add((byte)value);
                return;
            }

            End();
            Next.Write(token, last: true);
        }

        protected override void End()
        {
            if (run.Count == 0)
            {
                return;
            }

            var bytes = run.ToArray();
            run.Clear();
            if (System.Text.Unicode.Utf8.IsValid(bytes))
            {
                Next.Write(Encoding.UTF8.GetString(bytes), last: true);
                return;
            }

            foreach (var _ in bytes)
            {
                Next.Write("\uFFFD", last: true);
            }
        }
    }

    private sealed class Stream(DecoderStage next) : WholeTokenStage(next)
    {
        private readonly Utf8Stream bytes = new();

        protected override void WriteToken(string token)
        {
            var value = ByteOf(token);
            if (value >= 0)
            {
                Next.Write(bytes.Take([(byte)value]), last: true);
                return;
            }

            End();
            Next.Write(token, last: true);
        }

        protected override void End()
        {
            var rest = bytes.Finish();
            if (rest.Length > 0)
            {
                Next.Write(rest, last: true);
            }
        }
    }
}
