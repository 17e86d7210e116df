namespace Colibri;

/// <summary>
/// An input was wrong: a file, an option, a prompt. The message is one line that says what was wrong, where, what was
/// expected and what to do; the command prints it and exits with code 2.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Every single fault, one line each, where the message names only some of them; the command's --verbose lists them.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>Creates the error.</summary>
    /// <param name="message">One line: what, where, expected, what to do.</param>
    public InputException(string message) : base(message) { }

    /// <summary>Creates the error with the fault that revealed it.</summary>
    /// <param name="message">One line: what, where, expected, what to do.</param>
    /// <param name="inner">The fault that revealed it.</param>
    public InputException(string message, Exception inner) : base(message, inner) { }
}
