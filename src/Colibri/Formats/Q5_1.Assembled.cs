namespace Colibri.Formats;

public partial struct Q5_1
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q5_1>.Recipe { get; } = new FifthBitRecipe(24, 4, hasLeast: true);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q5_1>.EightRows { get; } = new FifthBitEights(4, hasLeast: true);

    /// <inheritdoc/>
    static PanelRecipe IIntegerBlockFormat<Q5_1>.PanelRecipe { get; } = new FifthBitPanel(4, 0, 2);
}
