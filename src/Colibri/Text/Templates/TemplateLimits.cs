namespace Colibri.Text.Templates;

/// <summary>
/// What one rendering may use. A template comes with a model file from a stranger, so each of these ends in an
/// <see cref="InputException"/> rather than in a hang, an exhausted memory or an overflowing stack.
/// </summary>
public sealed record TemplateLimits
{
    /// <summary>The defaults: far above what any published chat template needs.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>Nodes evaluated, loop turns taken and items touched; the default stops a runaway template within about a second.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>
    /// Characters and list items created during the rendering, garbage included, beyond <see cref="InputFactor"/> times
    /// the size of the conversation (a template may rebuild the whole prompt for each message).
    /// </summary>
    public long MaxAllocation { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many times the size of its input a rendering may create on top of <see cref="MaxAllocation"/>.</summary>
    public int InputFactor { get; init; } = 64;

    /// <summary>Characters of the rendered prompt beyond four times the size of the conversation.</summary>
    public long MaxOutput { get; init; } = 16 * 1024 * 1024;

    /// <summary>Macro calls and recursive loops inside one another.</summary>
    public int MaxCallDepth { get; init; } = 200;

    /// <summary>Characters of the template itself.</summary>
    public int MaxTemplateLength { get; init; } = 1024 * 1024;

    /// <summary>The longest range() gives, as in the reference's sandbox.</summary>
    internal const int MaxRange = 100_000;

    /// <summary>Blocks, brackets and operators inside one another in the template's text.</summary>
    internal const int MaxNesting = 150;

    /// <summary>Operators chained in one expression (a + b + c ...), and levels of nested values printed or compared.</summary>
    internal const int MaxTreeDepth = 500;

    /// <summary>Bits of the largest whole number; the reference refuses to print numbers of more than 4,300 digits.</summary>
    internal const int MaxIntegerBits = 16 * 1024;
}
