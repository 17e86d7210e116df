using System.Runtime.InteropServices;
using Colibri.Kernels.Attention;

namespace Colibri.Execution;

/// <summary>
/// Pages of keys and values that many sequences share: a page belongs to one sequence at a time and returns to the pool
/// with it. Memory is taken page by page as sequences grow, up to a limit. Safe to use from many threads.
/// </summary>
public sealed unsafe class KvPool : IDisposable
{
    private readonly Stack<nint> _free = new();
    private readonly Lock _lock = new();
    private readonly long _maximumPages;
    private long _allocated;
    private bool _disposed;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="layout">How keys and values lie in a page.</param>
    /// <param name="maximumPages">Most pages that may exist.</param>
    public KvPool(KvLayout layout, long maximumPages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumPages, 1);
        Layout = layout;
        _maximumPages = maximumPages;
    }

    /// <summary>How keys and values lie in a page.</summary>
    public KvLayout Layout { get; }

    /// <summary>Bytes of all pages that exist, in use or not.</summary>
    public long AllocatedBytes
    {
        get
        {
            lock (_lock)
            {
                return _allocated * Layout.PageBytes;
            }
        }
    }

    /// <summary>Pages that could still be rented.</summary>
    public long FreePages
    {
        get
        {
            lock (_lock)
            {
                return _maximumPages - _allocated + _free.Count;
            }
        }
    }

    /// <summary>Takes a zeroed page.</summary>
    /// <exception cref="InputException">The pool is full.</exception>
    internal byte* Rent()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_free.TryPop(out var page))
            {
                NativeMemory.Clear((void*)page, (nuint)Layout.PageBytes);
                return (byte*)page;
            }

            if (_allocated == _maximumPages)
            {
                throw new InputException($"The key/value cache is full: {_maximumPages} pages of {KvLayout.PagePositions} tokens are in use. Run fewer or shorter sequences at a time, or allow a longer context.");
            }

            var fresh = (byte*)NativeMemory.AlignedAlloc((nuint)Layout.PageBytes, 64);
            NativeMemory.Clear(fresh, (nuint)Layout.PageBytes);
            _allocated++;
            return fresh;
        }
    }

    /// <summary>Takes a page back.</summary>
    internal void Return(byte* page)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                NativeMemory.AlignedFree(page);
                return;
            }

            _free.Push((nint)page);
        }
    }

    /// <summary>Frees all pages that are not in use; the others are freed when their sequences are disposed.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            while (_free.TryPop(out var page))
            {
                NativeMemory.AlignedFree((void*)page);
            }
        }
    }
}

/// <summary>The keys and values of one sequence: a growing list of pages. Used by one step at a time.</summary>
public sealed unsafe class KvSequence : IDisposable
{
    private readonly KvPool _pool;
    private byte** _pages;
    private int _count;
    private int _capacity;

    /// <summary>Starts an empty sequence.</summary>
    /// <param name="pool">Where pages come from.</param>
    /// <param name="promptLength">
    /// Length of the whole prompt in tokens, however many pieces it will come in; scalings that depend on the length use it.
    /// </param>
    public KvSequence(KvPool pool, int promptLength = 0)
    {
        _pool = pool;
        PromptLength = promptLength;
    }

    /// <summary>Tokens whose keys and values are stored.</summary>
    public int Length { get; private set; }

    /// <summary>Length of the whole prompt in tokens.</summary>
    public int PromptLength { get; set; }

    /// <summary>How keys and values lie in the pages.</summary>
    internal KvLayout Layout => _pool.Layout;

    /// <summary>The pages, position 0 first.</summary>
    internal byte** Pages => _pages;

    /// <summary>Makes room for the positions below a length.</summary>
    /// <exception cref="InputException">The pool is full.</exception>
    internal void Reserve(int length)
    {
        var needed = (length + KvLayout.PagePositions - 1) / KvLayout.PagePositions;
        if (needed > _capacity)
        {
            _capacity = Math.Max(needed, 2 * _capacity);
            _pages = (byte**)NativeMemory.Realloc(_pages, (nuint)(_capacity * sizeof(byte*)));
        }

        var before = _count;
        try
        {
            while (_count < needed)
            {
                _pages[_count] = _pool.Rent();
                _count++;
            }
        }
        catch (InputException)
        {
            // Pages that do not suffice are of no use here, but may be to another sequence.
            while (_count > before)
            {
                _pool.Return(_pages[--_count]);
            }

            throw;
        }
    }

    /// <summary>Counts tokens as stored, after a step.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Forgets everything behind a length, so that a sequence can go on from a shared beginning.</summary>
    /// <param name="length">0 to <see cref="Length"/>.</param>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        var needed = (length + KvLayout.PagePositions - 1) / KvLayout.PagePositions;
        while (_count > needed)
        {
            _pool.Return(_pages[--_count]);
        }

        Length = length;
    }

    /// <summary>Returns the pages to the pool.</summary>
    public void Dispose()
    {
        while (_count > 0)
        {
            _pool.Return(_pages[--_count]);
        }

        NativeMemory.Free(_pages);
        _pages = null;
        _capacity = 0;
        Length = 0;
    }
}
