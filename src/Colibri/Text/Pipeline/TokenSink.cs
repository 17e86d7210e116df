using System.Runtime.CompilerServices;

namespace Colibri.Text.Pipeline;

/// <summary>Takes the tokens a model finds, word by word; positions are bytes of the prepared text.</summary>
internal sealed class TokenSink
{
    private int[] ids = new int[64];
    private int[] starts = [];
    private int[] ends = [];
    private int[] words = [];
    private int basis;
    private int word;
    private bool tracks;

    /// <summary>Working room for byte-pair merging.</summary>
    public TokenModels.SymbolChain Chain { get; } = new();

    /// <summary>Tokens so far.</summary>
    public int Count { get; private set; }

    /// <summary>The ids.</summary>
    public ReadOnlySpan<int> Ids => ids.AsSpan(0, Count);

    /// <summary>First bytes; empty where positions are not kept.</summary>
    public ReadOnlySpan<int> Starts => tracks ? starts.AsSpan(0, Count) : default;

    /// <summary>Bytes after the last; empty where positions are not kept.</summary>
    public ReadOnlySpan<int> Ends => tracks ? ends.AsSpan(0, Count) : default;

    /// <summary>Which piece each token came from; empty where positions are not kept.</summary>
    public ReadOnlySpan<int> Words => tracks ? words.AsSpan(0, Count) : default;

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => (4L * (ids.Length + starts.Length + ends.Length + words.Length)) + Chain.Capacity;

    /// <summary>Empties the sink.</summary>
    public void Reset(bool keepPositions)
    {
        Count = 0;
        tracks = keepPositions;
        basis = 0;
        word = 0;
    }

    /// <summary>What follows belongs to this word.</summary>
    /// <param name="start">Where it begins in the prepared text.</param>
    /// <param name="index">Its number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StartWord(int start, int index)
    {
        basis = start;
        word = index;
    }

    /// <summary>The present word goes on at this byte of it: positions of what follows are counted from there.</summary>
    public void Shift(int bytes) => basis += bytes;

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="start">First byte, counted from the start of the word.</param>
    /// <param name="end">Byte after the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        if (Count == ids.Length || tracks)
        {
            Grow();
        }

        ids[Count] = id;
        if (tracks)
        {
            starts[Count] = basis + start;
            ends[Count] = basis + end;
            words[Count] = word;
        }

        Count++;
    }

    /// <summary>Drops the tokens from an index on.</summary>
    public void Truncate(int count) => Count = count;

    private void Grow()
    {
        if (Count == ids.Length)
        {
            Array.Resize(ref ids, ids.Length * 2);
        }

        if (tracks && starts.Length < ids.Length)
        {
            Array.Resize(ref starts, ids.Length);
            Array.Resize(ref ends, ids.Length);
            Array.Resize(ref words, ids.Length);
        }
    }
}
