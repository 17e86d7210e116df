using Colibri.Kernels.Assembly;
using Xunit;

namespace Colibri.Tests.Kernels;

/// <summary>Memory between pages that nothing may touch: reading one byte before or behind it ends the process.</summary>
internal sealed unsafe class GuardPages : IDisposable
{
    private readonly ExecutablePages _system = new();
    private readonly nint _start;
    private readonly nint _room;

    /// <param name="bytes">How many bytes.</param>
    /// <param name="atEnd">Whether they end where the guard behind begins; otherwise they begin where the guard before ends.</param>
    public GuardPages(int bytes, bool atEnd)
    {
        var page = Environment.SystemPageSize;
        _room = (bytes + page - 1) / page * page;
        _start = _system.Reserve(_room + 2 * page);
        Assert.True(_start != 0 && _system.TryMakeWritable(_start + page, _room), "no memory between guards");
        Pointer = (byte*)_start + page + (atEnd ? _room - bytes : 0);
    }

    public byte* Pointer { get; }

    public void Dispose() => _system.Release(_start, _room + 2 * Environment.SystemPageSize);
}
