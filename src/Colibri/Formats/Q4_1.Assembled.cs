using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q4_1
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q4_1>.Recipe { get; } = new NibbleRecipe(20, 4, hasLeast: true, Avx512Vbmi.IsSupported);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q4_1>.EightRows { get; } = new NibbleEights(4, hasLeast: true);

    /// <inheritdoc/>
    static PanelRecipe IIntegerBlockFormat<Q4_1>.PanelRecipe { get; } = new NibblePanel(4, 0, 2);
}
