using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class SystemFilesTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0-3", new[] { 0, 1, 2, 3 })]
    [InlineData("0-1,4,6-7", new[] { 0, 1, 4, 6, 7 })]
    [InlineData(" 2 , 3 ", new[] { 2, 3 })]
    public void ParseCpuList_Lists_GiveTheirNumbers(string text, int[] expected) =>
        Assert.Equal(expected, SystemFiles.ParseCpuList(text)!.Order());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1-x")]
    [InlineData("-1")]
    [InlineData("0-2000000000")]
    public void ParseCpuList_AnythingElse_GivesNull(string? text) => Assert.Null(SystemFiles.ParseCpuList(text));

    [Fact]
    public void Text_MissingFileAndMissingFolder_AreUnknown()
    {
        using var system = new FakeSystem();
        Assert.Null(system.Files.Text("/proc/none"));
        Assert.Null(system.Files.Number("/proc/none"));
        Assert.Empty(system.Files.Lines("/proc/none"));
        Assert.Empty(system.Files.Entries("/sys/none", ""));
    }

    [Fact]
    public void Entries_NumberedNames_ComeInTheOrderOfTheirNumbers()
    {
        using var system = new FakeSystem(("/s/cpu10/", ""), ("/s/cpu2/", ""), ("/s/cpu1/", ""), ("/s/other/", ""));
        Assert.Equal(["/s/cpu1", "/s/cpu2", "/s/cpu10"], system.Files.Entries("/s", "cpu"));
    }
}
