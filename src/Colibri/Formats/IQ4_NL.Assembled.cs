using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct IQ4_NL
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<IQ4_NL>.Recipe { get; } = new CodebookRecipe(18, 2, Avx512Vbmi.IsSupported);

    /// <inheritdoc/>
    static PanelRecipe IIntegerBlockFormat<IQ4_NL>.PanelRecipe { get; } = new CodebookPanel(2, 0);
}
