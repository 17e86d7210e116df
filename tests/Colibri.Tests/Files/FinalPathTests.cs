using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class FinalPathTests
{
    [SkippableFact]
    public void Of_BareNameOfARelativeLink_IsTheFileBesideIt()
    {
        // In the current folder, since only a path without folders shows it.
        var (file, link) = ($"{Guid.NewGuid():N}.txt", $"{Guid.NewGuid():N}.link");
        try
        {
            File.WriteAllText(file, "x");
            try
            {
                File.CreateSymbolicLink(link, file);
            }
            catch (IOException e)
            {
                Skip.If(true, $"no symbolic links here: {e.Message}");
            }

            var expected = Path.GetFullPath(file);
            Assert.Equal(expected, FinalPath.Of(link));
            Assert.Equal(expected, FinalPath.Of(Path.GetFullPath(link)));
            Assert.Equal(expected, FinalPath.Of(file));
        }
        finally
        {
            File.Delete(link);
            File.Delete(file);
        }
    }

    [Fact]
    public void Of_WhatDoesNotExist_IsItsFullPath() => Assert.Equal(Path.GetFullPath("none.gguf"), FinalPath.Of("none.gguf"));
}
