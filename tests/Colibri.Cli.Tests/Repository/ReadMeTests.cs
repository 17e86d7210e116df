using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Colibri.Generation;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Repository;

/// <summary>Holds what the README shows: its commands run, its code compiles and does what it says.</summary>
public sealed class ReadMeTests
{
    private static readonly string ReadMe = File.ReadAllText(Path.Combine(SharedData.Repository, "README.md"));

    [Fact]
    public async Task MainJob_AsTheReadMeSpellsIt_WritesText()
    {
        var line = Assert.Single(Regex.Matches(ReadMe, "^dotnet run .*$", RegexOptions.Multiline)).Value;
        var words = CommandLineParser.SplitCommandLine(line).ToArray();
        var project = words[Array.IndexOf(words, "--project") + 1];
        Assert.True(File.Exists(Path.Combine(SharedData.Repository, project, Path.GetFileName(project) + ".csproj")), project);
        var run = await Invocation.RunAsync(words[(Array.IndexOf(words, "--") + 1)..]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Code);
        Assert.True(run.Out.Split(' ').Length > 20, run.Out);
    }

    [Fact]
    public void TestCommand_IsTheOneTheScriptRuns()
    {
        var line = Assert.Single(Regex.Matches(ReadMe, "^dotnet test.*$", RegexOptions.Multiline)).Value;
        Assert.Equal("dotnet test -c Release", line);
        Assert.Contains("grep -m 1 '^dotnet test' README.md", File.ReadAllText(Path.Combine(SharedData.Repository, ".ci", "run")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snippet_Library_ContinuesTheText()
    {
        using var model = TextModel.Load("models/starter");
        var text = "";
        await foreach (var token in model.Generate("It was a dark night, and the", SamplingOptions.Greedy with { MaximumTokens = 5 }))
        {
            text += token.Text;
        }

        Assert.Equal(" sun was still in the", text);
    }

    [Fact]
    public void Snippets_OfTheReadMe_AreTheCodeOfThisFile()
    {
        var here = Lines(SourceFile.Below("tests").Single(f => Path.GetFileNameWithoutExtension(f.Path) == nameof(ReadMeTests)).Source);
        var snippets = Regex.Matches(ReadMe, @"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet =>
        {
            // What is imported stands at the top of this file; the rest must be here line for line.
            var lines = Lines(snippet.Groups[1].Value).Where(l => !Regex.IsMatch(l, @"^using [\w.]+;$")).ToList();
            Assert.Contains(string.Join('\n', lines), string.Join('\n', here), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task VerbsOfTheReadMe_AreThoseOfTheCommand()
    {
        var listed = Regex.Matches(ReadMe, @"^- .*$", RegexOptions.Multiline)
            .SelectMany(m => Regex.Matches(m.Value, @"`([a-z]+)`").Select(v => v.Groups[1].Value)).Distinct().Order();
        using var terminal = new Terminal { Input = Stream.Null, In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null };
        Assert.Equal(ColibriCommand.Build(terminal).Subcommands.Select(v => v.Name).Order(), listed);
        foreach (var code in new[] { "0 done", "1 the work failed", "2 the command line or an input was wrong", "130 interrupted" })
        {
            Assert.Contains(code, ReadMe, StringComparison.Ordinal);
            Assert.Contains(code, (await Invocation.RunAsync("--help")).Out, StringComparison.Ordinal);
        }
    }

    private static List<string> Lines(string text) =>
        [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
}
