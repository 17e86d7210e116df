using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Repository;

/// <summary>
/// docs/promises.md says for every promise which test holds it. This walks the command itself, the README and the lists
/// in the source, and holds that none of them promises anything the page does not map to tests that exist.
/// </summary>
public sealed class PromisesTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SharedData.Repository, "docs", "promises.md"));
    private static readonly string ReadMe = File.ReadAllText(Path.Combine(SharedData.Repository, "README.md"));

    /// <summary>Rows of the page: what is promised, and the tests that hold it.</summary>
    private static readonly IReadOnlyList<(string Promise, string[] Tests)> Rows = [.. Regex
        .Matches(Page, @"^\| *(?<promise>[^|]+?) *\| *(?<tests>`[^|]+?) *\|$", RegexOptions.Multiline)
        .Select(m => (
            Bare(m.Groups["promise"].Value),
            Regex.Matches(m.Groups["tests"].Value, "`([^`]+)`").Select(t => t.Groups[1].Value).ToArray()))];

    private static readonly HashSet<string> Promised = [.. Rows.Select(r => r.Promise)];

    [Fact]
    public void Page_EveryVerbOptionAndArgument_HasARow() => AssertNone(OfCommand().Where(p => !Promised.Contains(p)));

    [Fact]
    public void Page_EveryReadMeEntry_HasARow() => AssertNone(OfReadMe().Where(p => !Promised.Contains(p)));

    [Fact]
    public void Page_EveryListInTheSource_HasARow() => AssertNone(OfLists().Where(p => !Promised.Contains(p)));

    [Fact]
    public void Page_EveryRow_IsStillPromised()
    {
        var known = OfCommand().Concat(OfReadMe()).Concat(OfLists()).ToHashSet();
        AssertNone(Promised.Where(p => !known.Contains(p)));
    }

    [Fact]
    public void Page_EveryTestNamed_Exists()
    {
        var tests = Tests();
        Assert.NotEmpty(Rows);
        AssertNone(Rows.SelectMany(r => r.Tests).Distinct().Where(t => !tests.ContainsKey(t)));
        Assert.All(Rows, r => Assert.NotEmpty(r.Tests));
    }

    [Fact]
    public void Page_TestsOfALists_WalkTheList()
    {
        // A row for a list covers entries that come later only if its test goes through the list itself.
        var tests = Tests();
        foreach (var (promise, names) in Rows.Where(r => OfLists().Contains(r.Promise)))
        {
            Assert.All(names, name => Assert.True(!tests.TryGetValue(name, out var source) || source.Contains(promise, StringComparison.Ordinal), $"{name} does not mention {promise}"));
        }
    }

    /// <summary>Fails with the offenders' names.</summary>
    private static void AssertNone(IEnumerable<string> offenders) => Assert.Equal("", string.Join("; ", offenders));

    /// <summary>"bench", "bench --json", "inspect MODEL", "colibri --verbose".</summary>
    private static IEnumerable<string> OfCommand()
    {
        using var terminal = new Terminal { Input = Stream.Null, In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null };
        var root = ColibriCommand.Build(terminal);
        foreach (var option in root.Options)
        {
            yield return $"colibri {option.Name}";
        }

        foreach (var verb in root.Subcommands)
        {
            yield return verb.Name;
            foreach (var argument in verb.Arguments)
            {
                yield return Bare($"{verb.Name} {argument.Name}");
            }

            foreach (var option in verb.Options.Where(o => o is not HelpOption))
            {
                yield return $"{verb.Name} {option.Name}";
            }
        }
    }

    /// <summary>Every line of a fenced command block, every other fenced block by its language and first line, every list item.</summary>
    private static IEnumerable<string> OfReadMe()
    {
        foreach (Match block in Regex.Matches(ReadMe, @"^```(\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline))
        {
            var lines = block.Groups[2].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var commands = block.Groups[1].Value is "sh" or "bash";
            foreach (var line in commands ? lines.Where(l => !l.StartsWith('#')) : lines.Take(1))
            {
                yield return "README: " + Bare(line);
            }
        }

        foreach (Match item in Regex.Matches(ReadMe, @"^- (.+?)(?=\n(?:- |\n|#|\z))", RegexOptions.Multiline | RegexOptions.Singleline))
        {
            yield return "README: " + Bare(Regex.Replace(item.Groups[1].Value, @"\s+", " "));
        }
    }

    /// <summary>
    /// Every static list named All in the source has entries that are promised. (The tables of names that the template
    /// interpreter looks up are dictionaries, and held by their own golden cases.)
    /// </summary>
    private static IEnumerable<string> OfLists() =>
        SourceFile.Below("src")
            .Where(f => Regex.IsMatch(f.Code, @"\b(public|internal) static (IReadOnlyList|IEnumerable)<\w+> All\s*(\{|=)"))
            .Select(f => Path.GetFileNameWithoutExtension(f.Path) + ".All");

    /// <summary>Tests by "Class.Method", with the source of their file.</summary>
    private static Dictionary<string, string> Tests()
    {
        var tests = new Dictionary<string, string>();
        foreach (var file in SourceFile.Below("tests"))
        {
            var type = Path.GetFileNameWithoutExtension(file.Path);
            if (!Regex.IsMatch(file.Code, $@"\bclass {Regex.Escape(type)}\b"))
            {
                continue;
            }

            foreach (Match method in Regex.Matches(file.Code, @"\[(?:Skippable)?(?:Fact|Theory)\b[^\n]*\](?:\s*\[[^\n]*\])*\s*public (?:async )?(?:unsafe )?(?:void|Task) (\w+)\("))
            {
                tests[$"{type}.{method.Groups[1].Value}"] = file.Source;
            }
        }

        return tests;
    }

    private static string Bare(string text) => text.Replace("`", "", StringComparison.Ordinal).Replace('|', '/').Trim();
}
