using System.Runtime.InteropServices;

namespace Colibri.Execution;

/// <summary>Which tokens of a piece have their logits computed.</summary>
public enum OutputRows
{
    /// <summary>None: the piece only fills the cache.</summary>
    None,

    /// <summary>The last one: what generation needs.</summary>
    Last,

    /// <summary>All: what evaluation needs.</summary>
    All,
}

/// <summary>
/// The input of one step: pieces of prompts and single tokens of different sequences, end to end without padding. Reused
/// from step to step, so that a step allocates nothing.
/// </summary>
public sealed class PackedBatch
{
    private int[] _tokens = new int[64];
    private int[] _positions = new int[64];
    private int[] _outputRows = new int[16];
    private readonly List<Piece> _pieces = [];

    /// <summary>Tokens in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Rows whose logits are computed.</summary>
    public int OutputCount { get; private set; }

    /// <summary>Token ids.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>Position of each token in its sequence.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    /// <summary>Rows whose logits are computed, ascending.</summary>
    public ReadOnlySpan<int> OutputRows => _outputRows.AsSpan(0, OutputCount);

    /// <summary>The pieces; a span, so that walking them allocates no enumerator.</summary>
    internal ReadOnlySpan<Piece> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        Count = 0;
        OutputCount = 0;
        _pieces.Clear();
    }

    /// <summary>Appends tokens that continue a sequence.</summary>
    /// <param name="sequence">A sequence that is not in the batch yet.</param>
    /// <param name="tokens">At least one token id.</param>
    /// <param name="outputs">Which of them have their logits computed.</param>
    /// <exception cref="ArgumentException">The sequence is already in the batch, or there is no token.</exception>
    public void Add(KvSequence sequence, ReadOnlySpan<int> tokens, OutputRows outputs)
    {
        foreach (var piece in _pieces)
        {
            if (piece.Sequence == sequence)
            {
                throw new ArgumentException("the sequence is already in the batch", nameof(sequence));
            }
        }

        Append(sequence, tokens, outputs);
    }

    /// <summary>Appends a whole text whose tokens see each other: for plans that keep no keys and values.</summary>
    /// <param name="tokens">At least one token id.</param>
    /// <param name="outputs">Which of them have their outputs computed.</param>
    /// <exception cref="ArgumentException">There is no token.</exception>
    public void Add(ReadOnlySpan<int> tokens, OutputRows outputs) => Append(null, tokens, outputs);

    private void Append(KvSequence? sequence, ReadOnlySpan<int> tokens, OutputRows outputs)
    {
        if (tokens.IsEmpty)
        {
            throw new ArgumentException("a piece has at least one token", nameof(tokens));
        }

        _pieces.Add(new Piece(sequence, Count, tokens.Length));
        Grow(ref _tokens, Count + tokens.Length);
        Grow(ref _positions, Count + tokens.Length);
        tokens.CopyTo(_tokens.AsSpan(Count));
        var start = sequence?.Length ?? 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            _positions[Count + i] = start + i;
        }

        var firstOutput = outputs switch
        {
            Execution.OutputRows.All => 0,
            Execution.OutputRows.Last => tokens.Length - 1,
            _ => tokens.Length,
        };
        Grow(ref _outputRows, OutputCount + tokens.Length - firstOutput);
        for (var i = firstOutput; i < tokens.Length; i++)
        {
            _outputRows[OutputCount++] = Count + i;
        }

        Count += tokens.Length;
    }

    private static void Grow(ref int[] array, int needed)
    {
        if (array.Length < needed)
        {
            Array.Resize(ref array, Math.Max(needed, 2 * array.Length));
        }
    }

    /// <summary>Tokens of one sequence within the batch; without a sequence, a whole text.</summary>
    internal readonly record struct Piece(KvSequence? Sequence, int Start, int Length);
}
