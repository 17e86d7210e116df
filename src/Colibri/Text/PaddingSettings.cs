namespace Colibri.Text;

/// <summary>How the texts of a batch are filled up to one length, as tokenizer.json states it.</summary>
public sealed record PaddingSettings
{
    /// <summary>The length to fill up to; null takes the longest text of the batch.</summary>
    public int? Length { get; init; }

    /// <summary>The length is rounded up to a multiple of this; null does not round.</summary>
    public int? MultipleOf { get; init; }

    /// <summary>Whether tokens are put before the text and not after it.</summary>
    public bool OnLeft { get; init; }

    /// <summary>The id of the filling token.</summary>
    public int PadId { get; init; }

    /// <summary>Its type id.</summary>
    public int PadTypeId { get; init; }

    /// <summary>Its text.</summary>
    public string PadToken { get; init; } = "[PAD]";
}
