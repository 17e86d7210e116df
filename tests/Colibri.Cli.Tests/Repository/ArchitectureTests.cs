using System.Text.RegularExpressions;
using System.Xml.Linq;
using Colibri.Formats;
using Colibri.Models;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Repository;

/// <summary>Holds the shape of the source tree: which way arrows point, and what may be known where.</summary>
public sealed class ArchitectureTests
{
    /// <summary>A room of the library, and the rooms it may use. A room that is not here fails the test.</summary>
    private static readonly Dictionary<string, string[]> Rooms = new()
    {
        ["Formats"] = [],
        ["Hardware"] = [],
        ["Text"] = [],
        ["Kernels"] = ["Formats", "Hardware"],
        ["Files"] = ["Formats", "Text", "Hardware"],
        ["Execution"] = ["Kernels", "Formats", "Hardware"],
        ["Models"] = ["Execution", "Files", "Formats", "Kernels"],
        ["Generation"] = ["Models", "Execution", "Kernels", "Files", "Text", "Formats", "Hardware"],
    };

    /// <summary>Each project, and the projects of ours it may reference.</summary>
    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["Colibri"] = [],
        ["Colibri.Compression"] = ["Colibri"],
        ["Colibri.Cli"] = ["Colibri.Compression", "Colibri"],
    };

    /// <summary>Files that may use a room against the arrows, and why.</summary>
    private static readonly Dictionary<string, string> AgainstTheArrows = new()
    {
        ["src/Colibri/Text/Tokenizer.Loading.cs"] = "Tokenizer.FromGguf opens the file the tokenizer lies in, so that a caller needs no model for it",
    };

    /// <summary>Files outside Kernels and Formats that may use processor intrinsics or vector libraries, and why.</summary>
    private static readonly Dictionary<string, string> IntrinsicsElsewhere = new()
    {
        ["src/Colibri/Hardware/Cpuid.cs"] = "asks the processor what it is",
        ["src/Colibri/Hardware/InstructionSet.cs"] = "asks .NET which instruction sets it exposes",
        ["src/Colibri/Hardware/MachineLoops.cs"] = "measures the machine's ceilings; computes no tensor",
    };

    /// <summary>Files outside Models that may name a model family, and why.</summary>
    private static readonly Dictionary<string, string> FamiliesElsewhere = new()
    {
        ["src/Colibri/Files/Llama2cConverter.cs"] = "a llama2.c checkpoint is of one family by definition of its format",
        ["src/Colibri/Text/Files/Gguf*"] = "GGUF names kinds of tokenizers and patterns after families",
        ["src/Colibri/Text/Files/TiktokenFolder.cs"] = "the published patterns again, by their number of tokens",
        ["src/Colibri/Text/Files/TiktokenPatterns.cs"] = "published patterns are named after the models that brought them",
        ["src/Colibri/Text/Files/MergesFolder.cs"] = "without a tokenizer.json, how a vocabulary is used follows from tokenizer_class, which names tokenizers after families",
        ["src/Colibri/Text/Files/SentencePieceFolder.cs"] = "the same",
        ["src/Colibri/Text/Files/TokenizerJson.cs"] = "some values of tokenizer_class go by the configuration, whatever the file says",
        ["src/Colibri.Compression/Synthesis/SyntheticShape.cs"] = "a list of published shapes, as data",
    };

    /// <summary>Files outside Formats that may name a weight format, and why.</summary>
    private static readonly Dictionary<string, string> FormatsElsewhere = new()
    {
        ["src/Colibri/Files/GgmlTypeNames.cs"] = "names every type ggml ever numbered, to say which one a file uses that Colibri does not read",
        ["src/Colibri/Files/Llama2cConverter.cs"] = "picks the format it writes",
        ["src/Colibri/Generation/LoadOptions.cs"] = "the default of an option",
        ["src/Colibri.Compression/Recipes/TensorRecipe.cs"] = "a list of recipes made of formats, as data",
    };

    // llama.cpp is a program to compare with, not a family.
    private static readonly Regex FamilyName = new(
        @"\b(llama(?!\.cpp)|gpt-?2|mistral|mixtral|qwen\d?|gemma\d?|phi-?\d|falcon|mpt|bloom|starcoder2?|deepseek|olmo|bert|roberta|t5)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static readonly IReadOnlyList<SourceFile> Sources = SourceFile.Below("src");

    [Fact]
    public void ProjectReferences_PointOneWay()
    {
        var projects = Directory.EnumerateFiles(Path.Combine(SharedData.Repository, "src"), "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(
                path => Path.GetFileNameWithoutExtension(path),
                path => XDocument.Load(path).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))).ToList());
        Assert.Equal(Projects.Keys.Order(), projects.Keys.Order());
        Assert.All(projects, p => Assert.All(p.Value, reference => Assert.Contains(reference, Projects[p.Key])));
    }

    [Fact]
    public void RoomsOfTheLibrary_UseOnlyTheRoomsBelowThem()
    {
        var offenders = new List<string>();
        foreach (var file in Sources.Where(f => f.Path.StartsWith("src/Colibri/", StringComparison.Ordinal)))
        {
            if (RoomOf(file) is not { } room)
            {
                continue; // A file beside the rooms is the front of the house: it may use them all.
            }

            if (!Rooms.TryGetValue(room, out var allowed))
            {
                offenders.Add($"{file.Path}: the room {room} is not in the list of this test");
                continue;
            }

            var wrong = RoomsUsedBy(file).Where(used => used != room && !allowed.Contains(used)).Select(used => $"{file.Path}: {room} uses {used}").ToList();
            offenders.AddRange(!AgainstTheArrows.ContainsKey(file.Path) ? wrong
                : wrong.Count == 0 ? [$"{file.Path}: is listed as an exception without need"] : []);
            if (!Regex.IsMatch(file.Code, $@"^namespace Colibri\.{room}(\.\w+)*;", RegexOptions.Multiline))
            {
                offenders.Add($"{file.Path}: its namespace is not Colibri.{room}");
            }
        }

        Assert.Empty(offenders);
    }

    [Fact]
    public void RoomRules_AreNotCyclic()
    {
        // Peel off rooms that use none of the rest; a cycle would never peel off.
        var left = Rooms.ToDictionary(r => r.Key, r => r.Value.ToHashSet());
        while (left.FirstOrDefault(r => !r.Value.Overlaps(left.Keys)).Key is { } free)
        {
            left.Remove(free);
        }

        Assert.Empty(left.Keys);
    }

    [Fact]
    public void Families_EachEqualsAnIndependentImplementation()
    {
        // ReferenceModelTests names its models after the families; a family without a line there is not held by anything.
        var tests = SourceFile.Below("tests").Single(f => f.Path.EndsWith("/ReferenceModelTests.cs", StringComparison.Ordinal));
        Assert.All(ModelFamily.All, family => Assert.True(
            family.Names.Any(name => tests.Literals.Any(l => l.StartsWith(name, StringComparison.Ordinal))), $"{family.Names[0]} has no reference model"));
    }

    [Fact]
    public void Intrinsics_AreUsedOnlyInKernelsAndFormats()
    {
        var users = Sources
            .Where(f => RoomOf(f) is not ("Kernels" or "Formats"))
            .Where(f => Regex.IsMatch(f.Code, @"System\.Runtime\.Intrinsics|System\.Numerics\.Tensors|\bTensorPrimitives\b|\bSystem\.Numerics\.Vector\b|\bVector<"))
            .Select(f => f.Path);
        AssertListed(IntrinsicsElsewhere, users);
    }

    [Fact]
    public void FamilyNames_AreWrittenOnlyInModels()
    {
        var users = Sources.Where(f => RoomOf(f) is not "Models" && f.Literals.Any(l => FamilyName.IsMatch(l))).Select(f => f.Path);
        AssertListed(FamiliesElsewhere, users);
    }

    [Fact]
    public void FormatNames_AreWrittenOnlyInFormats()
    {
        // Choosing a format by its name, TensorFormat.Parse("F32"), decides nothing by a tensor's type.
        var names = TensorFormat.All.Select(f => f.Name).ToHashSet();
        var users = Sources
            .Where(f => RoomOf(f) is not "Formats")
            .Where(f => SourceFile.Of(Regex.Replace(f.Source, @"TensorFormat\.Parse\(""\w+""\)", "")).Literals.Any(names.Contains) || Regex.IsMatch(f.Code, @"\b(GgufType|SafetensorsType|\w*[fF]ormat(\.Name)?)\s*(switch\b|(==|!=|\bis\b(\s+not)?)(?!\s*null\b)\s*[^\s{])"))
            .Select(f => f.Path);
        AssertListed(FormatsElsewhere, users);
    }

    [Fact]
    public void Lists_OfExceptions_NameFilesThatExist()
    {
        foreach (var list in new[] { AgainstTheArrows, IntrinsicsElsewhere, FamiliesElsewhere, FormatsElsewhere })
        {
            Assert.All(list, e => Assert.True(Sources.Any(f => Matches(e.Key, f.Path)), e.Key));
            Assert.All(list, e => Assert.NotEmpty(e.Value));
        }
    }

    [Fact]
    public void UnfinishedMarks_AreNotInTheSource()
    {
        // Spelled in two parts, so that this file does not contain what it looks for.
        var marks = new Regex("Not" + "ImplementedException|\\bTO" + "DO\\b|\\bFIX" + "ME\\b");
        Assert.Empty(Sources.Concat(SourceFile.Below("tests")).Where(f => marks.IsMatch(f.Source)).Select(f => f.Path));
    }

    /// <summary>
    /// Those who do it are the listed ones (a * stands for the rest of a name): no one else, and nobody is listed who no
    /// longer does.
    /// </summary>
    private static void AssertListed(Dictionary<string, string> listed, IEnumerable<string> users)
    {
        var all = users.ToList();
        Assert.Equal("", string.Join("; ", all.Where(user => !listed.Keys.Any(key => Matches(key, user)))));
        Assert.Equal("", string.Join("; ", listed.Keys.Where(key => !all.Any(user => Matches(key, user)))));
    }

    private static bool Matches(string listed, string path) =>
        listed.EndsWith('*') ? path.StartsWith(listed[..^1], StringComparison.Ordinal) : path == listed;

    private static string? RoomOf(SourceFile file) =>
        file.Path.Split('/') is ["src", "Colibri", var room, _, ..] ? room : null;

    private static IEnumerable<string> RoomsUsedBy(SourceFile file)
    {
        // "using Colibri.Files;", "Colibri.Files.X" and, inside Colibri's own namespaces, a plain "Files.X".
        var names = string.Join('|', Rooms.Keys.Append("Embedding"));
        return Regex.Matches(file.Code, $@"(?<![\w.])(?:Colibri\.({names})\b|(?:({names})\.[A-Z]))")
            .Select(m => m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Value)
            .Distinct();
    }
}
