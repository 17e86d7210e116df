using System.Diagnostics;
using System.Text;
using Colibri.Generation.Constraints;
using Colibri.TestData;
using Colibri.Text;
using Xunit;
using Xunit.Abstractions;

namespace Colibri.Tests.Generation.Constraints;

public class TokenMaskTests(ITestOutputHelper output)
{
    [Fact]
    public void Allowed_EqualsTryingEveryToken()
    {
        var tokenizer = Tokenizer.FromFolder(SharedData.Starter);
        TextConstraint[] constraints =
        [
            TextConstraint.Json,
            TextConstraint.FromRegex("[a-zé]+( [\\w]+){0,5}\\."),
            TextConstraint.FromJsonSchema("""{"properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":0,"maximum":150}},"required":["name","age"],"additionalProperties":true}"""),
            TextConstraint.FromGrammar("root ::= \"once\" (\" upon\" | \" a\"? root)* [^a-m]"),
        ];
        foreach (var constraint in constraints)
        {
            var random = new Random(5);
            var masks = constraint.Masks(tokenizer);
            for (var walk = 0; walk < 6; walk++)
            {
                var state = masks.Start;
                for (var step = 0; step < 12; step++)
                {
                    var mask = masks.Allowed(state);
                    var allowed = new List<int>();
                    for (var id = 0; id < tokenizer.VocabularySize; id++)
                    {
                        var expected = tokenizer.TryGetTokenBytes(id, out var bytes) && bytes.Length > 0 && masks.Advance(state, bytes) is not null;
                        Assert.Equal(expected, (mask[id / 64] >> (id % 64) & 1) != 0);
                        if (expected)
                        {
                            allowed.Add(id);
                        }
                    }

                    Assert.True(allowed.Count > 0 || state.Accepting);
                    if (allowed.Count == 0)
                    {
                        break;
                    }

                    state = masks.Advance(state, masks.Bytes(allowed[random.Next(allowed.Count)]))!;
                }
            }
        }
    }

    [Fact]
    public void Allowed_KnownStates_AreNotComputedAgain()
    {
        var tokenizer = Tokenizer.FromFolder(SharedData.Starter);
        var masks = TextConstraint.FromRegex("[a-z]*").Masks(tokenizer);
        var state = masks.Start;
        for (var i = 0; i < 50; i++)
        {
            masks.Allowed(state);
            state = masks.Advance(state, "abc"u8)!;
        }

        Assert.InRange(masks.Computed, 1, 2);
    }

    [Fact]
    public void TryGetTokenBytes_JoinedOverATokenizedText_AreTheText()
    {
        var tokenizer = Tokenizer.FromFolder(SharedData.Starter);
        const string Text = "a little {\"x\": [1, 2]}  café 😀\n";
        Assert.Equal(Text, Join(tokenizer, Text));
    }

    [SkippableTheory]
    [InlineData("ggml-vocab-llama-spm.gguf")]
    [InlineData("ggml-vocab-gpt-2.gguf")]
    [InlineData("ggml-vocab-falcon.gguf")]
    public void Allowed_LargeVocabularies_TakeFewMilliseconds(string file)
    {
        var tokenizer = Tokenizer.FromGguf(SharedData.Require($"data/tokenizers/gguf/{file}"));
        const string Text = """{"name": "Ann of Tréguier 😀", "list": [1, 2.5, -3e4, true, null], "nested": {"a": {"b": ["x", "yz"]}}}""";
        Assert.EndsWith(Text, Join(tokenizer, Text), StringComparison.Ordinal);
        var building = Stopwatch.StartNew();
        var masks = TextConstraint.FromJsonSchema("true").Masks(tokenizer);
        var (built, computed) = (building.ElapsedMilliseconds, 0);
        for (var pass = 0; pass < 2; pass++)
        {
            var (state, tokens, worst) = (masks.Start, 0, 0.0);
            var watch = Stopwatch.StartNew();
            foreach (var id in tokenizer.Encode("a" + Text, addSpecialTokens: false))
            {
                var before = watch.Elapsed.TotalMilliseconds;
                masks.Allowed(state);
                worst = Math.Max(worst, watch.Elapsed.TotalMilliseconds - before);
                tokenizer.TryGetTokenBytes(id, out var bytes);
                if (tokens++ > 0 || !Encoding.UTF8.GetString(bytes).EndsWith('a'))
                {
                    state = masks.Advance(state, tokens == 1 ? bytes.AsSpan(bytes.AsSpan().IndexOf((byte)'a') + 1) : bytes)!;
                }
            }

            output.WriteLine($"{file} pass {pass}: {tokens} tokens, {watch.Elapsed.TotalMilliseconds / tokens:F3} ms per token, worst {worst:F2} ms, {masks.Computed} masks computed, vocabulary read in {built} ms");
            Assert.True(state.Accepting);
            computed = pass == 0 ? masks.Computed : computed;
        }

        // Far above what it takes (about a millisecond), so that a busy machine does not fail it.
        var known = Stopwatch.StartNew();
        for (var i = 0; i < 1000; i++)
        {
            masks.Allowed(masks.Start);
        }

        Assert.InRange(known.ElapsedMilliseconds, 0, 500);
        Assert.Equal(computed, masks.Computed);
    }

    private static string Join(Tokenizer tokenizer, string text)
    {
        var joined = new List<byte>();
        foreach (var id in tokenizer.Encode(text, addSpecialTokens: false))
        {
            Assert.True(tokenizer.TryGetTokenBytes(id, out var bytes));
            joined.AddRange(bytes);
        }

        return Encoding.UTF8.GetString([.. joined]);
    }
}
