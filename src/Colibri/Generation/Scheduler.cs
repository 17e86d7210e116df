using System.Buffers;
using Colibri.Execution;

namespace Colibri.Generation;

/// <summary>
/// Runs all generations of a model on one thread: each step takes one token of every sequence that is decoding and fills
/// the rest with pieces of prompts. Sequences join and leave between steps; what they get does not depend on each other.
/// </summary>
internal sealed class Scheduler : IDisposable
{
    /// <summary>Most generations that may wait.</summary>
    public const int MostWaiting = 1024;

    private readonly Engine _engine;
    private readonly Queue<TextGeneration> _waiting = new();
    private readonly List<TextGeneration> _active = [];
    private readonly PackedBatch _batch = new();
    private readonly List<TextGeneration> _outputs = [];
    private readonly object _gate = new();
    private Thread? _thread;
    private bool _stopping;

    public Scheduler(Engine engine) => _engine = engine;

    /// <summary>Queues generations; where there is room for all, their first step is the same one.</summary>
    /// <exception cref="InputException">Too many are waiting.</exception>
    public void Add(params ReadOnlySpan<TextGeneration> generations)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_waiting.Count + generations.Length > MostWaiting)
            {
                throw new InputException($"{MostWaiting} generations are waiting already; try again when some have ended.");
            }

            foreach (var generation in generations)
            {
                _waiting.Enqueue(generation);
            }

            if (_thread is null)
            {
                _thread = new Thread(Loop) { IsBackground = true, Name = "colibri scheduler" };
                _thread.Start();
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends all generations and the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
    }

    private void Loop()
    {
        while (Admit())
        {
            lock (_engine)
            {
                Step();
            }
        }

        foreach (var generation in _active.Concat(_waiting))
        {
            generation.End(new ObjectDisposedException(nameof(TextModel)));
        }
    }

    // Moves waiting generations to the active ones; sleeps while there is nothing to do.
    private bool Admit()
    {
        lock (_gate)
        {
            while (!_stopping && _active.Count == 0 && _waiting.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            while (_active.Count < _engine.Options.MaximumSequences && _waiting.TryDequeue(out var next))
            {
                _active.Add(next);
            }

            return !_stopping;
        }
    }

    private void Step()
    {
        End(_active.Where(g => g.Cancellation.IsCancellationRequested || g.IsEmpty).ToList(), null);
        Pack();
        if (_batch.Count == 0)
        {
            return;
        }

        var vocabulary = _engine.Model.Shape.Vocabulary;
        var logits = ArrayPool<float>.Shared.Rent(Math.Max(1, _outputs.Count) * vocabulary);
        try
        {
            // A lone sequence is cancelled within the step; among others it leaves after it.
            var alone = _active.Count == 1 ? _active[0].Cancellation : CancellationToken.None;
            _engine.Runner.Step(_batch, logits, alone);
            for (var i = _outputs.Count - 1; i >= 0; i--)
            {
                Take(_outputs[i], logits.AsSpan(i * vocabulary, vocabulary));
            }
        }
        catch (OperationCanceledException)
        {
            End([_active[0]], null);
        }
        catch (Exception fault)
        {
            // Whatever it is, the callers get it; the model goes on with the next generations.
            End([.. _active], fault);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(logits);
        }
    }

    private void Take(TextGeneration generation, ReadOnlySpan<float> logits)
    {
        try
        {
            if (!generation.Take(logits))
            {
                End([generation], null);
            }
        }
        catch (InputException fault)
        {
            End([generation], fault);
        }
    }

    private void Pack()
    {
        _batch.Clear();
        _outputs.Clear();
        var room = _engine.BatchTokens;
        foreach (var decoding in new[] { true, false })
        {
            foreach (var generation in _active)
            {
                var pending = generation.Pending;
                if (room == 0 || pending.Length == 1 != decoding)
                {
                    continue;
                }

                generation.Begin();
                var piece = pending[..Math.Min(room, pending.Length)];
                var whole = piece.Length == pending.Length;
                _batch.Add(generation.Sequence, piece, whole ? OutputRows.Last : OutputRows.None);
                room -= piece.Length;
                if (whole)
                {
                    _outputs.Add(generation);
                }
            }
        }
    }

    private void End(List<TextGeneration> ended, Exception? fault)
    {
        foreach (var generation in ended)
        {
            _active.Remove(generation);
            var cancelled = generation.Cancellation.IsCancellationRequested;
            generation.End(fault ?? (cancelled ? new OperationCanceledException(generation.Cancellation) : null));
        }
    }
}
