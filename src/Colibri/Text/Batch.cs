namespace Colibri.Text;

/// <summary>Runs work for many texts on several threads.</summary>
internal static class Batch
{
    // Below this a thread costs more than it saves.
    private const int FewestPerThread = 16;

    /// <summary>Runs the work for every index. A fault stops it and comes out as it was thrown.</summary>
    public static void Run(int count, Action<int> work)
    {
        var threads = Math.Min(Environment.ProcessorCount, count / FewestPerThread);
        if (threads <= 1)
        {
            for (var i = 0; i < count; i++)
            {
                work(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
        }
        catch (AggregateException faults)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }
    }
}
