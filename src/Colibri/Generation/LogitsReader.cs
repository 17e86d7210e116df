using Colibri.Execution;

namespace Colibri.Generation;

/// <summary>Computes the logits behind every token of a sequence, some positions at a time, so that few are in memory.</summary>
internal sealed class LogitsReader : IDisposable
{
    // 16 MiB of logits at a time.
    private const int MostValues = 4 << 20;

    private readonly Engine _engine;
    private readonly int[] _ids;
    private readonly int _first;
    private readonly KvSequence _sequence;
    private readonly PackedBatch _batch = new();
    private readonly float[] _logits;
    private readonly int _rows;

    /// <summary>Begins a sequence.</summary>
    /// <param name="engine">The model.</param>
    /// <param name="ids">Token ids.</param>
    /// <param name="first">First position whose logits are wanted.</param>
    public LogitsReader(Engine engine, int[] ids, int first)
    {
        _engine = engine;
        _ids = ids;
        _first = first;
        _sequence = new KvSequence(engine.Pool, ids.Length);
        var vocabulary = engine.Model.Shape.Vocabulary;
        _rows = Math.Clamp(MostValues / vocabulary, 1, Math.Min(engine.BatchTokens, ids.Length));
        _logits = new float[_rows * vocabulary];
    }

    /// <summary>Position of the first row.</summary>
    public int Position { get; private set; }

    /// <summary>How many rows there are.</summary>
    public int Count => _batch.OutputCount;

    /// <summary>A row of logits.</summary>
    public Span<float> Row(int row) => _logits.AsSpan(row * _engine.Model.Shape.Vocabulary, _engine.Model.Shape.Vocabulary);

    /// <summary>Computes the next rows.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="InputException">The model computed what is no number.</exception>
    public bool Next(CancellationToken cancellation)
    {
        while (_sequence.Length < _ids.Length)
        {
            Position = _sequence.Length;
            var silent = Position < _first;
            var length = silent ? Math.Min(_engine.BatchTokens, _first - Position) : Math.Min(_rows, _ids.Length - Position);
            _batch.Clear();
            _batch.Add(_sequence, _ids.AsSpan(Position, Math.Min(length, _ids.Length - Position)), silent ? OutputRows.None : OutputRows.All);
            lock (_engine)
            {
                _engine.Runner.Step(_batch, _logits, cancellation);
            }

            if (!silent)
            {
                _engine.RequireFinite(_logits.AsSpan(0, Count * _engine.Model.Shape.Vocabulary));
                return true;
            }
        }

        return false;
    }

    /// <summary>Returns the cache's pages.</summary>
    public void Dispose() => _sequence.Dispose();
}
