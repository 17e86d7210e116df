using System.Runtime.InteropServices;
using Xunit;

namespace Colibri.Tests.Kernels;

/// <summary>
/// Values a kernel works on: not aligned to anything but their own size, and with marked bytes before and behind, so that
/// a test sees where a kernel writes too far.
/// </summary>
internal sealed unsafe class Guarded<T> : IDisposable where T : unmanaged
{
    private const byte Mark = 0xa5;
    private const int Margin = 128;

    private readonly byte* _memory;
    private readonly int _bytes;
    private readonly int _first;

    /// <param name="count">How many values.</param>
    /// <param name="aligned">Whether they begin at a multiple of 64, as scratch does; otherwise one value behind it.</param>
    public Guarded(int count, bool aligned = false)
    {
        Count = count;
        _first = Margin + (aligned ? 0 : sizeof(T));
        _bytes = _first + count * sizeof(T) + Margin;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 64);
        new Span<byte>(_memory, _bytes).Fill(Mark);
    }

    public Guarded(ReadOnlySpan<T> values)
        : this(values.Length) => values.CopyTo(Span);

    public int Count { get; }

    public T* Pointer => (T*)(_memory + _first);

    public Span<T> Span => new(Pointer, Count);

    public T[] ToArray() => Span.ToArray();

    public void AssertGuards(string where)
    {
        var before = new ReadOnlySpan<byte>(_memory, _first);
        var behind = new ReadOnlySpan<byte>(Pointer + Count, Margin);
        Assert.True(!before.ContainsAnyExcept(Mark), $"{where}: written before the first value");
        Assert.True(!behind.ContainsAnyExcept(Mark), $"{where}: written behind the last value");
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
