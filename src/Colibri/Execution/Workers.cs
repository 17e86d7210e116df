using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Colibri.Execution;

/// <summary>Work that is cut into numbered pieces, done in any order by any worker.</summary>
internal abstract class WorkerJob
{
    /// <summary>Does some pieces.</summary>
    /// <param name="worker">Number of the worker, 0 to <see cref="Workers.Count"/> - 1.</param>
    /// <param name="first">First piece.</param>
    /// <param name="last">Behind the last piece.</param>
    public abstract void Run(int worker, int first, int last);
}

/// <summary>
/// A few threads that share a model's work. Between jobs they spin for some tens of microseconds (the gaps within a step
/// are shorter) and then sleep, so an idle model costs nothing. One job runs at a time; the caller works along.
/// Each worker has a range of pieces of its own and takes them from its front, so that what it asked for ahead of use is what it
/// reads next; one that is done takes the back half of what the slowest has left.
/// </summary>
internal sealed unsafe class Workers : IDisposable
{
    private const int SpinsBeforeSleep = 10_000;

    // Counters of two workers share no line of the cache.
    private const int CountersApart = 16;

    private readonly Thread[] _threads;
    private readonly object _wake = new();
    private readonly byte*[] _scratch;
    private readonly Lock _growing = new();
    private WorkerJob? _job;
    private readonly long[] _ranges;
    private int _grain;
    private int _running;
    private int _sleeping;
    private int _generation;
    private volatile bool _stopping;
    private volatile Exception? _fault;
    private int _scratchBytes;
    private readonly long[] _busy;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">Workers, the caller included; 1 to 256.</param>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 256);
        Count = count;
        _scratch = new byte*[count];
        _busy = new long[count * CountersApart];
        _ranges = new long[count * CountersApart];
        _threads = new Thread[count - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"colibri worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers, the caller included.</summary>
    public int Count { get; }

    /// <summary>Whether the time that workers are at work is counted; set between jobs.</summary>
    public bool IsTimed { get; set; }

    /// <summary>Time that workers were at work while it was counted, all of them together, in ticks of <see cref="Stopwatch"/>.</summary>
    public long BusyTicks
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < Count; i++)
            {
                sum += _busy[i * CountersApart];
            }

            return sum;
        }
    }

    /// <summary>Makes sure that every worker has this much scratch; call before the job that needs it.</summary>
    public void EnsureScratch(int bytes)
    {
        lock (_growing)
        {
            if (bytes <= _scratchBytes)
            {
                return;
            }

            for (var i = 0; i < Count; i++)
            {
                NativeMemory.AlignedFree(_scratch[i]);
                _scratch[i] = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            }

            _scratchBytes = bytes;
        }
    }

    /// <summary>A worker's own scratch.</summary>
    public byte* Scratch(int worker) => _scratch[worker];

    /// <summary>Does all pieces of a job and returns when they are done.</summary>
    /// <param name="job">The work.</param>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="grain">The fewest pieces that are taken at a time, but at the end.</param>
    public void Run(WorkerJob job, int pieces, int grain = 1)
    {
        if (pieces <= grain || Count == 1)
        {
            if (pieces > 0)
            {
                var start = IsTimed ? Stopwatch.GetTimestamp() : 0;
                job.Run(0, 0, pieces);
                CountBusy(0, start);
            }

            return;
        }

        _job = job;
        _grain = grain;
        _fault = null;
        for (var (worker, first) = (0, 0); worker < Count; worker++)
        {
            var last = worker + 1 == Count ? pieces : (int)((long)(pieces / grain) * (worker + 1) / Count) * grain;
            Volatile.Write(ref Range(worker), Packed(first, last));
            first = last;
        }

        Volatile.Write(ref _running, Count - 1);
        Interlocked.Increment(ref _generation);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            Wake();
        }

        Share(job, 0);
        for (var waits = 1; Volatile.Read(ref _running) > 0; waits++)
        {
            // The others are in their last piece. Only when one is held up for long is the processor given away.
            Thread.SpinWait(1);
            if (waits % 1024 == 0)
            {
                Thread.Yield();
            }
        }

        _job = null;
        if (_fault is { } fault)
        {
            throw new InvalidOperationException($"A kernel failed: {fault.Message}", fault);
        }
    }

    /// <summary>Ends the threads and frees the scratch.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        Interlocked.Increment(ref _generation);
        Wake();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        for (var i = 0; i < Count; i++)
        {
            NativeMemory.AlignedFree(_scratch[i]);
            _scratch[i] = null;
        }
    }

    // All sleepers at once, and none by a token another one could take twice.
    private void Wake()
    {
        lock (_wake)
        {
            Monitor.PulseAll(_wake);
        }
    }

    private void Loop(int worker)
    {
        var seen = 0;
        while (true)
        {
            for (var spins = 0; Volatile.Read(ref _generation) == seen; spins++)
            {
                if (spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(1);
                    continue;
                }

                Interlocked.Increment(ref _sleeping);
                lock (_wake)
                {
                    // Counted as sleeping before it looks: whoever starts a job behind this look takes the lock and pulses.
                    if (Volatile.Read(ref _generation) == seen)
                    {
                        Monitor.Wait(_wake);
                    }
                }

                Interlocked.Decrement(ref _sleeping);
                spins = 0;
            }

            seen++;
            if (_stopping)
            {
                return;
            }

            Share(_job!, worker);
            Interlocked.Decrement(ref _running);
        }
    }

    private void CountBusy(int worker, long start)
    {
        if (start != 0)
        {
            _busy[worker * CountersApart] += Stopwatch.GetTimestamp() - start;
        }
    }

    private void Share(WorkerJob job, int worker)
    {
        var start = IsTimed ? Stopwatch.GetTimestamp() : 0;
        try
        {
            while (_fault is null && (TakeOwn(worker, out var first, out var last) || TakeOthers(worker, out first, out last)))
            {
                job.Run(worker, first, last);
            }

            CountBusy(worker, start);
        }
        catch (Exception e)
        {
            _fault = e;
        }
    }

    // Half of what is left of its own pieces: large stretches first, small ones at the end, which others can still take.
    private bool TakeOwn(int worker, out int first, out int last)
    {
        ref var range = ref Range(worker);
        while (true)
        {
            var seen = Volatile.Read(ref range);
            (first, var end) = Unpacked(seen);
            last = Math.Min(end, first + Math.Max(1, (end - first) / (2 * _grain)) * _grain);
            if (first >= end)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref range, Packed(last, end), seen) == seen)
            {
                return true;
            }
        }
    }

    // The back half of what the one with most left has left becomes this worker's own, from which it takes at once.
    private bool TakeOthers(int worker, out int first, out int last)
    {
        while (true)
        {
            var (most, victim, seen) = (0, 0, 0L);
            for (var other = 0; other < Count; other++)
            {
                var theirs = Volatile.Read(ref Range(other));
                var (begin, behind) = Unpacked(theirs);
                if (behind - begin > most)
                {
                    (most, victim, seen) = (behind - begin, other, theirs);
                }
            }

            (first, last) = (0, 0);
            if (most == 0)
            {
                return false;
            }

            var (from, end) = Unpacked(seen);
            var kept = end - Math.Min(most, Math.Max(_grain, most / 2));
            if (Interlocked.CompareExchange(ref Range(victim), Packed(from, kept), seen) == seen)
            {
                Volatile.Write(ref Range(worker), Packed(kept, end));
                if (TakeOwn(worker, out first, out last))
                {
                    return true;
                }
            }
        }
    }

    private ref long Range(int worker) => ref _ranges[worker * CountersApart];

    private static long Packed(int first, int last) => ((long)last << 32) | (uint)first;

    private static (int First, int Last) Unpacked(long range) => ((int)range, (int)(range >> 32));
}
