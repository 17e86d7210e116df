namespace Colibri.Text.Pipeline;

/// <summary>Cuts text into parts.</summary>
internal interface ISplitter
{
    /// <summary>Adds the parts of a text in order, without overlap; what is not added is dropped.</summary>
    /// <param name="text">Valid UTF-8, never empty.</param>
    /// <param name="parts">Takes the parts, positions counted from the start of the text.</param>
    void Split(ReadOnlySpan<byte> text, PieceList parts);
}
