using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q4_0
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q4_0>.Recipe { get; } = new NibbleRecipe(18, 2, hasLeast: false, Avx512Vbmi.IsSupported);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q4_0>.EightRows { get; } = new NibbleEights(2, hasLeast: false);

    /// <inheritdoc/>
    static PanelRecipe IIntegerBlockFormat<Q4_0>.PanelRecipe { get; } = new NibblePanel(2, 0);
}
