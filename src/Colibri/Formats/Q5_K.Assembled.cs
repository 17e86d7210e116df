namespace Colibri.Formats;

public partial struct Q5_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q5_K>.Recipe { get; } = new SixBitPairRecipe(176, 48, 16);
}
