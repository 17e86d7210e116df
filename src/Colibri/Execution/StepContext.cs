using Colibri.Kernels;

namespace Colibri.Execution;

/// <summary>What every operation of a step sees: the batch, the workers and what is computed once for all layers.</summary>
internal sealed class StepContext(Workers workers, KernelSet kernels, int maximumTokens)
{
    private readonly Dictionary<RotarySpec, RotaryTable> _rotary = [];
    private readonly List<AttendPiece> _pieces = [];
    private int _group;

    /// <summary>The workers.</summary>
    public Workers Workers => workers;

    /// <summary>The kernels.</summary>
    public KernelSet Kernels => kernels;

    /// <summary>Most tokens of a batch.</summary>
    public int MaximumTokens => maximumTokens;

    /// <summary>The batch of this step.</summary>
    public PackedBatch Batch { get; private set; } = null!;

    /// <summary>Attention's tasks but for the heads: runs of tokens of one sequence.</summary>
    public List<AttendPiece> Pieces => _pieces;

    /// <summary>Rows of a value in this step.</summary>
    public int Rows(RowKind kind) => kind == RowKind.Tokens ? Batch.Count : Batch.OutputCount;

    /// <summary>The table of a rotary embedding; made once per model, filled once per step.</summary>
    public RotaryTable Rotary(RotarySpec spec)
    {
        if (!_rotary.TryGetValue(spec, out var table))
        {
            table = new RotaryTable(spec, maximumTokens);
            _rotary.Add(spec, table);
        }

        return table;
    }

    /// <summary>Tells that attention with this many query heads per key/value head will run.</summary>
    public void UseGroup(int group) => _group = Math.Max(_group, group);

    /// <summary>Begins a step.</summary>
    public void Begin(PackedBatch batch)
    {
        Batch = batch;
        foreach (var table in _rotary.Values)
        {
            table.Fill(batch);
        }

        _pieces.Clear();
        if (_group == 0)
        {
            return;
        }

        var tokensPerTask = Colibri.Kernels.Attention.AttentionKernel.TokensPerTask(_group);
        foreach (var piece in batch.Pieces)
        {
            for (var start = 0; start < piece.Length; start += tokensPerTask)
            {
                _pieces.Add(new AttendPiece(piece, piece.Start + start, Math.Min(tokensPerTask, piece.Length - start)));
            }
        }
    }

    /// <summary>Frees the tables.</summary>
    public void Release()
    {
        foreach (var table in _rotary.Values)
        {
            table.Dispose();
        }

        _rotary.Clear();
    }
}

/// <summary>Some consecutive tokens of a sequence that one attention task takes.</summary>
/// <param name="Piece">All tokens of the sequence that are in the batch.</param>
/// <param name="FirstRow">Row of the first token in the batch.</param>
/// <param name="Tokens">How many.</param>
internal readonly record struct AttendPiece(PackedBatch.Piece Piece, int FirstRow, int Tokens);
