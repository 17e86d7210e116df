using Colibri.Text.AddedTokens;

namespace Colibri.Text.Files;

/// <summary>
/// Holds a translated vocabulary against the tokenizer it came from: many texts, and texts put together from the tokens
/// themselves, must give the same ids.
/// </summary>
internal static class GgufVocabularyCheck
{
    private const int TextsFromTokens = 2000;
    private const int TokensOfAText = 4;

    private static readonly string[] Texts =
    [
        "", " ", "  ", "   ", "a", " a", "a ", "\n", "\n\n", " \n ", "\t", "\t\tx = y;\r\n\r\n  return x;\r\n", "Hello, world!", "hello  world   again",
        "I'll say it's what they've done, we'd said; I'm sure you're right, don't doubt.", "I'LL SAY IT'S WHAT THEY'VE DONE, WE'D SAID; I'M SURE YOU'RE RIGHT, DON'T.",
        "1 12 123 1234 12345 123456 1234567", "3.14159, 1,000,000 and 0x1F; 2nd of 10", "a1b22c333d4444", "$5.00 (50%) #tag @name a_b-c+d=e/f*g^h~i|j\\k",
        "!?.,;:-_()[]{}<>\"'`", "...!!!???---===###", "((( )))  [[ ]] // /* */ && || != <= >= ->", "for (int i = 0; i < 10; i++)\n{\n    sum += i;\n}\n",
        "éàüñ ÉÀÜÑ straße œuvre", "Привет, мир! Как дела?", "Γειά σου κόσμε", "你好，世界。今天天气很好", "こんにちは世界、カタカナ", "안녕하세요 세계", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก",
        "👋 🌍 👩‍👩‍👧 🇩🇪", "a\u00A0b\u2003c\u200Bd", "\u0001\u007F", "word\u2019s \u201Cquoted\u201D \u2014 dash\u2026", "   leading and trailing   ", "line one\n  line two\n\n\n    line three", "UPPERlowerMiXeD camelCase snake_case", "ﬁ ½ ² Ⅷ ٣ ३",
        "x\n\ny\n \nz", "end of line   \nnext", "\r\r\n\n\r", "tab\tbetween\twords", "http://example.org/path?query=1&b=2#frag", "e-mail: name@example.org",
    ];

    /// <summary>The first of several readings that gives the same ids.</summary>
    /// <param name="candidates">Readings, likeliest first.</param>
    /// <param name="expected">The tokenizer they came from.</param>
    /// <param name="added">Its added tokens.</param>
    /// <param name="notes">Receives what differs in corners: unusual spellings, and added tokens within a text.</param>
    /// <exception cref="InputException">None does.</exception>
    public static GgufVocabulary First(
        IEnumerable<GgufVocabulary> candidates, PipelineTokenizer expected, IReadOnlyList<AddedToken> added, ICollection<string> notes)
    {
        var texts = Texts.Concat(FromTokens(expected)).ToList();
        var ids = texts.ConvertAll(text => expected.Encode(text));
        string? fault = null;
        string? file = null;
        foreach (var candidate in candidates)
        {
            var tokenizer = new PipelineTokenizer(GgufTokenizer.Read(candidate));
            var different = Enumerable.Range(0, texts.Count).FirstOrDefault(i => !tokenizer.Encode(texts[i]).AsSpan().SequenceEqual(ids[i]), -1);
            if (different < 0)
            {
                NoteCorners(tokenizer, expected, added, notes);
                return candidate;
            }

            file = candidate.File;
            fault ??= texts[different];
        }

        throw new InputException($"{file}: GGUF has no counterpart for this tokenizer: the likeliest one gives other ids, for example for {Quote(fault ?? "")}.");
    }

    private static void NoteCorners(PipelineTokenizer tokenizer, PipelineTokenizer expected, IReadOnlyList<AddedToken> added, ICollection<string> notes)
    {
        var corners = new[] { "e\u0301 A\u030A", "\uFB01\u0308" }.Concat(added.Take(64).SelectMany(t => new[] { t.Content, $"a{t.Content}b", $"a {t.Content} b", $"{t.Content}\n\n" }));
        if (corners.FirstOrDefault(text => !tokenizer.Encode(text).AsSpan().SequenceEqual(expected.Encode(text))) is { } text)
        {
            notes.Add($"the tokenizer gives other ids in corners, for example for {Quote(text)}: GGUF cannot say everything that the folder's tokenizer does with combining characters or added tokens");
        }
    }

    // A wrong cut shows where a token is torn apart; so every kind of token should occur beside every other.
    private static IEnumerable<string> FromTokens(PipelineTokenizer tokenizer)
    {
        var state = 1UL;
        var ids = new int[TokensOfAText];
        for (var i = 0; i < TextsFromTokens && tokenizer.VocabularySize > 0; i++)
        {
            for (var j = 0; j < ids.Length; j++)
            {
                // Knuth's linear congruential generator: the same texts everywhere.
                state = (state * 6364136223846793005) + 1442695040888963407;
                ids[j] = (int)((state >> 33) % (ulong)tokenizer.VocabularySize);
            }

            yield return tokenizer.Decode(ids);
        }
    }

    private static string Quote(string text) => $"'{string.Concat(text.Take(60).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()))}'";
}
