namespace Colibri.Text.Decoders;

/// <summary>
/// Turns the texts of tokens back into running text. A decoder is a chain of stages that tokens flow through, so that a
/// whole sequence and a growing one are decoded by the same code. Immutable; the stages hold the state.
/// </summary>
internal abstract class Decoder
{
    /// <summary>Starts a stage that passes its tokens on to the next one.</summary>
    public abstract DecoderStage CreateStage(DecoderStage next);
}
