namespace Colibri.Text.PreTokenizers;

/// <summary>Where Metaspace puts a mark before the text.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the piece that begins the text.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,
}
