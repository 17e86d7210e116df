using Colibri.Execution;
using Xunit;

namespace Colibri.Tests.Execution;

public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Run_JobsWithPausesLongEnoughToSleep_DoesEveryPieceOnce(int threads)
    {
        const int Pieces = 50;
        const int Jobs = 200;
        var work = Task.Run(() =>
        {
            using var workers = new Workers(threads);
            var job = new Counting(Pieces);
            for (var i = 0; i < Jobs; i++)
            {
                workers.Run(job, Pieces);

                // Some workers fall asleep, some are still spinning.
                Thread.Sleep(i % 3);
            }

            return job.Counts;
        });
        var first = await Task.WhenAny(work, Task.Delay(TimeSpan.FromMinutes(2)));
        Assert.Same(work, first);
        Assert.All(await work, count => Assert.Equal(Jobs, count));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Run_OneWorkerHeldUp_OthersTakeWhatItHasLeft(int threads)
    {
        using var workers = new Workers(threads);
        foreach (var (pieces, grain) in new[] { (160, 1), (160, 2), (161, 4), (17, 3) })
        {
            var job = new HeldUp(pieces);
            workers.Run(job, pieces, grain);
            Assert.True(job.OthersWereDone, $"{pieces} pieces, {grain} at a time");
            Assert.All(job.Counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_FailingPiece_IsThrownToTheCallerAndTheNextJobRuns()
    {
        using var workers = new Workers(3);
        Assert.Throws<InvalidOperationException>(() => workers.Run(new Failing(), 10));
        var job = new Counting(10);
        workers.Run(job, 10);
        Assert.All(job.Counts, count => Assert.Equal(1, count));
    }

    private sealed class Counting(int pieces) : WorkerJob
    {
        public int[] Counts { get; } = new int[pieces];

        public override void Run(int worker, int first, int last)
        {
            for (var i = first; i < last; i++)
            {
                Interlocked.Increment(ref Counts[i]);
            }
        }
    }

    // Whoever has the first piece waits until all pieces that it did not take are done.
    private sealed class HeldUp(int pieces) : WorkerJob
    {
        public int[] Counts { get; } = new int[pieces];

        public bool OthersWereDone { get; private set; }

        public override void Run(int worker, int first, int last)
        {
            if (first == 0)
            {
                OthersWereDone = SpinWait.SpinUntil(() => Enumerable.Range(last, pieces - last).All(i => Volatile.Read(ref Counts[i]) == 1), TimeSpan.FromMinutes(1));
            }

            for (var i = first; i < last; i++)
            {
                Interlocked.Increment(ref Counts[i]);
            }
        }
    }

    private sealed class Failing : WorkerJob
    {
        public override void Run(int worker, int first, int last) => throw new ArithmeticException("no");
    }
}
