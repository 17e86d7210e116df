namespace Colibri.Formats;

public partial struct Q5_0
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q5_0>.Recipe { get; } = new FifthBitRecipe(22, 2, hasLeast: false);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q5_0>.EightRows { get; } = new FifthBitEights(2, hasLeast: false);

    /// <inheritdoc/>
    static PanelRecipe IIntegerBlockFormat<Q5_0>.PanelRecipe { get; } = new FifthBitPanel(2, 0);
}
