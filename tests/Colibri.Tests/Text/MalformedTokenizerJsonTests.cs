using System.Text;
using System.Text.Json.Nodes;
using Colibri.TestData;
using Colibri.Text;
using Colibri.Text.Files;
using Xunit;

namespace Colibri.Tests.Text;

/// <summary>A faulty tokenizer.json gives one clear error and never another exception, whatever is wrong with it.</summary>
public class MalformedTokenizerJsonTests
{
    private const string Sample = "hello world 42 <mark> \u00e9\u0301\u0000";

    [Fact]
    public void Read_TheSound_GivesItsIds()
    {
        var tokenizer = TokenizerJsonBuilder.Load(TokenizerJsonBuilder.ByteLevel());
        Assert.Equal([265, 259, 264, 32, 52, 50, 32, 266], tokenizer.Encode("hello world 42 <mark>"));
        Assert.Equal("hello world 42 <mark>", tokenizer.Decode(tokenizer.Encode("hello world 42 <mark>")));
        Assert.Equal(267, tokenizer.VocabularySize);
        Assert.Equal(8, tokenizer.Truncation!.MaxLength);
        Assert.Equal(0, tokenizer.Padding!.PadId);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("-1")]
    [InlineData("1e400")]
    [InlineData("99999999999999999999")]
    [InlineData("\"x\"")]
    [InlineData("\"\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("[[]]")]
    [InlineData("[\"a\", \"b\"]")]
    [InlineData("{}")]
    [InlineData("{\"type\": \"BPE\"}")]
    public void Read_EveryFieldReplaced_IsReadOrRefusedWithTheFilesName(string replacement)
    {
        foreach (var path in Paths(TokenizerJsonBuilder.ByteLevel(), ""))
        {
            var text = Replace(path, replacement);
            AssertReadOrRefused(Encoding.UTF8.GetBytes(text));
        }
    }

    [Fact]
    public void Read_NoObject_SaysWhatItHolds()
    {
        var fault = Assert.Throws<InputException>(() => TokenizerJson.Read("[]"u8.ToArray(), "tokenizer.json", null));
        Assert.Equal("tokenizer.json: holds a list; an object is expected.", fault.Message);
    }

    [Fact]
    public void Read_EveryFieldMissing_IsReadOrRefusedWithTheFilesName()
    {
        foreach (var path in Paths(TokenizerJsonBuilder.ByteLevel(), ""))
        {
            var json = TokenizerJsonBuilder.ByteLevel();
            Remove(json, path);
            AssertReadOrRefused(Encoding.UTF8.GetBytes(json.ToJsonString()));
        }
    }

    [Theory]
    [InlineData("model", "'model'")]
    [InlineData("model.vocab", "'model.vocab'")]
    [InlineData("model.merges", "'model.merges'")]
    [InlineData("pre_tokenizer.pretokenizers", "'pre_tokenizer.pretokenizers'")]
    [InlineData("pre_tokenizer.pretokenizers[1].add_prefix_space", "'pre_tokenizer.pretokenizers[1].add_prefix_space'")]
    [InlineData("normalizer.normalizers[1].content", "'normalizer.normalizers[1].content'")]
    [InlineData("post_processor.special_tokens.<s>.ids", "'post_processor.special_tokens.<s>.ids'")]
    [InlineData("added_tokens[0].content", "'added_tokens[0].content'")]
    [InlineData("truncation.max_length", "'truncation.max_length'")]
    [InlineData("padding.pad_id", "'padding.pad_id'")]
    [InlineData("decoder.type", "'decoder.type'")]
    public void Read_RequiredFieldMissing_NamesFileAndField(string path, string named)
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        Remove(json, path);
        var error = Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Read_MergeOfAnUnknownToken_NamesIt()
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["merges"]!.AsArray().Add("he xyz");
        Assert.Contains("'model.merges[9]' needs the token 'xyz'", Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json)).Message, StringComparison.Ordinal);
        json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["merges"]!.AsArray().Add("he he");
        Assert.Contains("'hehe'", Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("he", "two tokens")]
    [InlineData("a b c", "two tokens")]
    public void Read_MergeThatIsNoPair_IsRefused(string merge, string named)
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["merges"]!.AsArray().Add(merge);
        Assert.Contains(named, Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoTokensWithOneId_NamesBoth()
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["vocab"]!["ld"] = 256;
        var message = Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json)).Message;
        Assert.Contains("'he'", message, StringComparison.Ordinal);
        Assert.Contains("'ld'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2_000_000_000)]
    [InlineData(5_000_000)]
    public void Read_HugeId_IsRefusedBeforeAnythingIsAllocated(int id)
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["vocab"]!["ld"] = id;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
        json = TokenizerJsonBuilder.ByteLevel();
        json["added_tokens"]![0]!["id"] = id;
        Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json));
    }

    [Fact]
    public void Decode_HolesInTheVocabulary_AreNoText()
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["vocab"]!["zz"] = 300;
        var tokenizer = TokenizerJsonBuilder.Load(json);
        Assert.Equal(301, tokenizer.VocabularySize);
        Assert.Equal("hellozz", tokenizer.Decode([259, 280, 300]));
        Assert.Equal("", tokenizer.TokenText(280));
        Assert.Throws<InputException>(() => tokenizer.Decode([301]));
        Assert.Throws<InputException>(() => tokenizer.Decode([-1]));
        Assert.Throws<InputException>(() => tokenizer.TokenText(301));
    }

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 5_000));
        AssertReadOrRefused(Encoding.UTF8.GetBytes("""{"normalizer":""" + deep));
        AssertReadOrRefused(Encoding.UTF8.GetBytes(new string('[', 100_000)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}x")]
    [InlineData("\uFEFF{}")]
    public void Read_NoTokenizerAtAll_IsRefused(string text) =>
        Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Read_NotUtf8_IsRefused() => Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load([0x7B, 0xFF, 0x7D]));

    [Fact]
    public void FromTokenizerJson_MissingFile_IsRefused() =>
        Assert.Throws<InputException>(() => Tokenizer.FromTokenizerJson(Path.Combine(SharedData.Repository, "no-such-tokenizer.json")));

    [Fact]
    public void FromFolder_WithoutTokenizer_IsRefused() => Assert.Throws<InputException>(() => Tokenizer.FromFolder(SharedData.Repository));

    [Fact]
    public void Read_MutatedBytes_IsReadOrRefused()
    {
        // Small enough to be quick, with something of every kind in it; a seed makes failures repeatable.
        var sound = Encoding.UTF8.GetBytes(TokenizerJsonBuilder.ByteLevel().ToJsonString());
        var random = new Random(2026);
        for (var round = 0; round < 2_500; round++)
        {
            var bytes = sound.ToList();
            for (var changes = 1 + random.Next(3); changes > 0 && bytes.Count > 8; changes--)
            {
                // Most of the file is vocabulary; half of the changes go to what follows and precedes it.
                var at = random.Next(2) == 0 ? random.Next(bytes.Count) : random.Next(2) == 0 ? random.Next(bytes.Count / 4) : bytes.Count - 1 - random.Next(bytes.Count / 8);
                switch (random.Next(6))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                        break;
                    case 2:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                        break;
                    case 3:
                        bytes[at] = (byte)"{}[]\":,\\0-9teunl"[random.Next(16)];
                        break;
                    case 4:
                        bytes.RemoveRange(at, bytes.Count - at);
                        break;
                    default:
                        bytes[at] ^= (byte)(1 << random.Next(8));
                        break;
                }
            }

            AssertReadOrRefused([.. bytes]);
        }
    }

    private static void AssertReadOrRefused(byte[] json)
    {
        try
        {
            var tokenizer = TokenizerJsonBuilder.Load(json);
            var ids = tokenizer.Encode(Sample);
            tokenizer.Decode(ids);
            tokenizer.Tokenize(Sample);
        }
        catch (InputException error)
        {
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    private static IEnumerable<string> Paths(JsonNode? node, string path)
    {
        if (path.Length > 0)
        {
            yield return path;
        }

        switch (node)
        {
            case JsonObject members:
                foreach (var (name, child) in members)
                {
                    if (path == "model.vocab" && name is not ("!" or "hello" or "Ġworld"))
                    {
                        continue;
                    }

                    foreach (var inner in Paths(child, path.Length == 0 ? name : $"{path}.{name}"))
                    {
                        yield return inner;
                    }
                }

                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    foreach (var inner in Paths(items[i], $"{path}[{i}]"))
                    {
                        yield return inner;
                    }
                }

                break;
        }
    }

    private static string Replace(string path, string replacement)
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        const string mark = "\u0001REPLACED\u0001";
        Set(json, path, mark);
        return json.ToJsonString().Replace(JsonValue.Create(mark)!.ToJsonString(), replacement, StringComparison.Ordinal);
    }

    private static void Set(JsonNode json, string path, string value)
    {
        var (parent, last) = Descend(json, path);
        if (last is int index)
        {
            parent.AsArray()[index] = value;
        }
        else
        {
            parent.AsObject()[(string)last] = value;
        }
    }

    private static void Remove(JsonNode json, string path)
    {
        var (parent, last) = Descend(json, path);
        if (last is int index)
        {
            parent.AsArray().RemoveAt(index);
        }
        else
        {
            parent.AsObject().Remove((string)last);
        }
    }

    private static (JsonNode Parent, object Last) Descend(JsonNode node, string path)
    {
        var steps = new List<object>();
        foreach (var part in path.Split('.'))
        {
            var name = part.Split('[')[0];
            steps.Add(name);
            steps.AddRange(part.Split('[').Skip(1).Select(i => (object)int.Parse(i.TrimEnd(']'))));
        }

        foreach (var step in steps.SkipLast(1))
        {
            node = step is int index ? node[index]! : node[(string)step]!;
        }

        return (node, steps[^1]);
    }
}
