namespace Colibri.Text.Decoders;

/// <summary>Several decoders, one after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<Decoder> parts) : Decoder
{
    /// <summary>The decoders.</summary>
    public IReadOnlyList<Decoder> Parts => parts;

    /// <inheritdoc/>
    public override DecoderStage CreateStage(DecoderStage next)
    {
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            next = parts[i].CreateStage(next);
        }

        return next;
    }
}
