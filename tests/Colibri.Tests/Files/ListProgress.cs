namespace Colibri.Tests.Files;

/// <summary>Progress kept in the order of its coming, on the thread it comes from.</summary>
internal sealed class ListProgress<T>(List<T> reports) : IProgress<T>
{
    public void Report(T value)
    {
        lock (reports)
        {
            reports.Add(value);
        }
    }
}
