namespace Colibri.Cli;

/// <summary>Reports at once, on the thread that does the work; the framework's own class does it later, on another one.</summary>
internal sealed class Reporting<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
