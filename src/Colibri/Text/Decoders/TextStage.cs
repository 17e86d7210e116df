using System.Text;

namespace Colibri.Text.Decoders;

/// <summary>The last stage: gathers the text.</summary>
internal sealed class TextStage : DecoderStage
{
    private readonly StringBuilder text = new();

    /// <inheritdoc/>
    public override void Write(string fragment, bool last) => text.Append(fragment);

    /// <inheritdoc/>
    public override void Finish()
    {
    }

    /// <summary>The text since the last call.</summary>
    public string Take()
    {
        if (text.Length == 0)
        {
            return "";
        }

        var taken = text.ToString();
        text.Clear();
        return taken;
    }
}
