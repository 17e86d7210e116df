using Xunit;

namespace Colibri.Cli.Tests.Repository;

public sealed class SourceFileTests
{
    [Theory]
    [InlineData("a; // \"no\"\nb;", "a; \nb;")]
    [InlineData("a; /* \"no\" \n */ b;", "a;  b;")]
    [InlineData("a('\"', '\\''); b(\"x\");", "a(' ', ' '); b(\"\");", "x")]
    [InlineData("a(\"x \\\" y\");", "a(\"\");", "x \\\" y")]
    [InlineData("a(\"http://x\");", "a(\"\");", "http://x")]
    [InlineData("a(@\"x\\\", \"y\");", "a(@\"\", \"\");", "x\\", "y")]
    [InlineData("a(\"\"\"x \"y\" z\"\"\");", "a(\"\");", "x \"y\" z")]
    [InlineData("a(\"\", \"b\");", "a(\"\", \"\");", "", "b")]
    public void Of_CommentsAndTexts_AreTakenOut(string source, string code, params string[] literals)
    {
        var file = SourceFile.Of(source);
        Assert.Equal(code, file.Code);
        Assert.Equal(literals, file.Literals);
    }
}
