namespace Colibri.Text.Templates;

/// <summary>
/// Something a template did or contained was wrong. Carries no place: the parser and the interpreter know where they are
/// and turn it into an <see cref="InputException"/> with template name, line and column.
/// </summary>
internal sealed class TemplateFault(string message) : Exception(message)
{
    /// <summary>Where in the source the fault lies, or -1 where only the catcher knows.</summary>
    public int Offset { get; init; } = -1;
}
