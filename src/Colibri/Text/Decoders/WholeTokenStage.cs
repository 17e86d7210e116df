namespace Colibri.Text.Decoders;

/// <summary>A stage that looks at whole tokens: fragments are gathered until the token ends.</summary>
internal abstract class WholeTokenStage(DecoderStage next) : DecoderStage
{
    private string? gathered;

    /// <summary>The stage after this one.</summary>
    protected DecoderStage Next { get; } = next;

    /// <inheritdoc/>
    public sealed override void Write(string fragment, bool last)
    {
        var token = gathered is null ? fragment : gathered + fragment;
        if (last)
        {
            gathered = null;
            WriteToken(token);
        }
        else
        {
            gathered = token;
        }
    }

    /// <inheritdoc/>
    public sealed override void Finish()
    {
        End();
        Next.Finish();
    }

    /// <summary>Takes a whole token.</summary>
    protected abstract void WriteToken(string token);

    /// <summary>The sequence has ended: what was held back goes on now.</summary>
    protected virtual void End()
    {
    }
}
