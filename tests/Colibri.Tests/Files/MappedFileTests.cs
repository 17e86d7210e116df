using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed unsafe class MappedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SameFileTwice_SharesTheMapping()
    {
        var path = _folder.Write("a", new byte[10000]);
        var link = _folder.File("link");
        File.CreateSymbolicLink(link, path);
        using var first = MappedFile.Open(path);
        using var second = MappedFile.Open(Path.Combine(_folder.Path, ".", "a"));
        using var third = MappedFile.Open(link);
        Assert.True(first.Address == second.Address && first.Address == third.Address);
        first.Dispose();
        first.Dispose();
        Assert.Equal(0, second.Span(9999, 1)[0]);
        Assert.Throws<ObjectDisposedException>(() => first.Span(0, 1).Length);
    }

    [Fact]
    public void Open_FileReplacedByAnother_IsMappedAnew()
    {
        var path = _folder.Write("a", new byte[] { 1 });
        using var old = MappedFile.Open(path);
        File.Move(_folder.Write("b", new byte[] { 2 }), path, overwrite: true);
        using var now = MappedFile.Open(path);
        Assert.Equal(1, old.Span(0, 1)[0]);
        Assert.Equal(2, now.Span(0, 1)[0]);
    }

    [Fact]
    public void Open_FromManyThreads_CountsUsesRightly()
    {
        var path = _folder.Write("a", new byte[5000]);
        Parallel.For(0, 2000, i =>
        {
            using var file = MappedFile.Open(path);
            Assert.Equal(0, file.Span(i, 1)[0]);
        });
    }

    [Fact]
    public void Span_OutsideTheFile_IsRefused()
    {
        using var file = MappedFile.Open(_folder.Write("a", new byte[100]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(99, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(long.MaxValue, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadAhead(0, 101));
        Assert.Equal(0, file.Span(100, 0).Length);
    }

    [Fact]
    public void Hints_OnAnyRange_LeaveTheBytesAlone()
    {
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        using var file = MappedFile.Open(_folder.Write("a", bytes));
        foreach (var (offset, length) in new[] { (0, 300_000), (1, 1), (4095, 2), (299_999, 1), (0, 0), (100_000, 150_000) })
        {
            file.AdviseSequential(offset, length);
            file.ReadAhead(offset, length);
            file.Populate(offset, length);
            file.Release(offset, length, 65536);
            Assert.True(file.Span(0, bytes.Length).SequenceEqual(bytes));
        }
    }

    [Fact]
    public void Join_Ranges_MergesNeighboursAndOverlapsPerFile()
    {
        using var a = MappedFile.Open(_folder.Write("a", new byte[100]));
        using var again = MappedFile.Open(_folder.File("a"));
        using var b = MappedFile.Open(_folder.Write("b", new byte[100]));
        var joined = MappedRange.Join([new(a, 50, 10), new(b, 0, 5), new(again, 0, 20), new(a, 20, 10), new(a, 55, 2), new(b, 6, 1), new(a, 90, 0)]);
        Assert.Equal([(0L, 30L), (50L, 10L)], joined.Where(r => r.File.Address == a.Address).Select(r => (r.Offset, r.Length)));
        Assert.Equal([(0L, 5L), (6L, 1L)], joined.Where(r => r.File.Address == b.Address).Select(r => (r.Offset, r.Length)));
        Assert.Equal(2, MappedRange.Join([new(b, 0, 5), new(b, 6, 1), new(a, 0, 1)], gap: 1).Count);
    }

    [SkippableFact]
    public void Open_FileWithoutReadPermission_IsAnInputError()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "this account may read everything");
        var path = _folder.Write("a", "x");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
        }

        Assert.Throws<InputException>(() => MappedFile.Open(path));
    }
}
