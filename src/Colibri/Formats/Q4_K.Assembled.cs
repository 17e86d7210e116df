namespace Colibri.Formats;

public partial struct Q4_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q4_K>.Recipe { get; } = new SixBitPairRecipe(144, 16, -1);
}
