namespace Colibri.Text.Decoders;

/// <summary>
/// One step on the way from tokens to text. Tokens come in fragments, so that one that fuses all others can still flow:
/// each fragment says whether its token ends with it.
/// </summary>
internal abstract class DecoderStage
{
    /// <summary>Takes a fragment of a token.</summary>
    /// <param name="fragment">Text, possibly empty; never half a character.</param>
    /// <param name="last">Whether the token ends here.</param>
    public abstract void Write(string fragment, bool last);

    /// <summary>The sequence has ended: passes on what was held back and ends the stages after it.</summary>
    public abstract void Finish();
}
