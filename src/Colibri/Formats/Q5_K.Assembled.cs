namespace Colibri.Formats;

public partial struct Q5_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q5_K>.Recipe { get; } = new SixBitPairRecipe(176, 48, 16);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q5_K>.EightRows { get; } = new SixBitPairEights(48, 16);
}
