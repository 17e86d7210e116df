namespace Colibri.Formats;

public partial struct Q4_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q4_K>.Recipe { get; } = new SixBitPairRecipe(144, 16, -1);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q4_K>.EightRows { get; } = new SixBitPairEights(16, -1);
}
