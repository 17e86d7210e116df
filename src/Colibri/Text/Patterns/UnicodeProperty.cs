using Colibri.Text.Unicode;

namespace Colibri.Text.Patterns;

/// <summary>The properties that \p{...} and [[:...:]] can name: general categories, scripts and the usual classes.</summary>
internal static class UnicodeProperty
{
    private static readonly Dictionary<string, CodePointSet> Known = Build();

    /// <summary>The set of a property, or null where the name is not known. Case, spaces, '-' and '_' do not count.</summary>
    public static CodePointSet? Find(string name)
    {
        var key = Key(name);
        foreach (var prefix in (string[])["generalcategory=", "gc=", "script=", "sc="])
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                key = key[prefix.Length..];
            }
        }

        return Known.TryGetValue(key, out var set) ? set : FindScript(key);
    }

    private static CodePointSet? FindScript(string key)
    {
        var script = Scripts.Find(key);
        return script < 0 ? null : CodePointSet.Of(c => Scripts.Of(c) == script);
    }

    private static string Key(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '-' or '_')).Select(char.ToLowerInvariant));

    private static Dictionary<string, CodePointSet> Build()
    {
        var known = new Dictionary<string, CodePointSet>(StringComparer.Ordinal);
        void Add(CodePointSet set, params string[] names)
        {
            foreach (var name in names)
            {
                known[Key(name)] = set;
            }
        }

        void AddCategory(int number, params string[] names) => Add(CodePointSet.OfCategories(1u << number), names);

        string[][] categories =
        [
            ["Lu", "Uppercase_Letter"], ["Ll", "Lowercase_Letter"], ["Lt", "Titlecase_Letter"], ["Lm", "Modifier_Letter"], ["Lo", "Other_Letter"],
            ["Mn", "Nonspacing_Mark"], ["Mc", "Spacing_Mark"], ["Me", "Enclosing_Mark"],
            ["Nd", "Decimal_Number", "Digit"], ["Nl", "Letter_Number"], ["No", "Other_Number"],
            ["Zs", "Space_Separator"], ["Zl", "Line_Separator"], ["Zp", "Paragraph_Separator"],
            ["Cc", "Control", "Cntrl"], ["Cf", "Format"], ["Cs", "Surrogate"], ["Co", "Private_Use"],
            ["Pc", "Connector_Punctuation"], ["Pd", "Dash_Punctuation"], ["Ps", "Open_Punctuation"], ["Pe", "Close_Punctuation"],
            ["Pi", "Initial_Punctuation"], ["Pf", "Final_Punctuation"], ["Po", "Other_Punctuation"],
            ["Sm", "Math_Symbol"], ["Sc", "Currency_Symbol"], ["Sk", "Modifier_Symbol"], ["So", "Other_Symbol"],
            ["Cn", "Unassigned"],
        ];
        for (var i = 0; i < categories.Length; i++)
        {
            AddCategory(i, categories[i]);
        }

        Add(CodePointSet.OfCategories(Categories.Letter), "L", "Letter");
        Add(CodePointSet.OfCategories(Categories.Upper | Categories.Lower | Categories.Title), "L&", "LC", "Cased_Letter");
        Add(CodePointSet.OfCategories(Categories.Mark), "M", "Mark", "Combining_Mark");
        Add(CodePointSet.OfCategories(Categories.Number), "N", "Number");
        Add(CodePointSet.OfCategories(Categories.Punctuation), "P", "Punctuation");
        Add(CodePointSet.OfCategories(Categories.Punctuation | Categories.Symbol), "Punct");
        Add(CodePointSet.OfCategories(Categories.Symbol), "S", "Symbol");
        Add(CodePointSet.OfCategories(Categories.Separator), "Z", "Separator");
        Add(CodePointSet.OfCategories(Categories.Other), "C", "Other");
        Add(CodePointSet.OfCategories(Categories.Other).Negate(), "Assigned");
        Add(CodePointSet.Any, "Any");
        Add(CodePointSet.OfRange(0, 0x7F), "ASCII");
        Add(CodePointSet.Space, "White_Space", "Space");
        Add(CodePointSet.Word, "Word");
        Add(CodePointSet.Of(CharacterClass.IsAlphabetic), "Alphabetic", "Alpha");
        Add(CodePointSet.Of(c => CharacterClass.IsAlphabetic(c) || (CharacterClass.CategoryBit(c) & Categories.DecimalDigit) != 0), "Alnum");
        Add(CodePointSet.Of(c => (CharacterClass.CategoryBit(c) & Categories.Upper) != 0 || IsOtherUpper(c)), "Upper", "Uppercase");
        Add(CodePointSet.Of(c => (CharacterClass.CategoryBit(c) & Categories.Lower) != 0 || IsOtherLower(c)), "Lower", "Lowercase");
        Add(CodePointSet.Of(c => c < 0x80 && char.IsAsciiHexDigit((char)c)), "XDigit", "ASCII_Hex_Digit");
        Add(CodePointSet.Of(c => c == '\t' || (CharacterClass.CategoryBit(c) & Categories.SpaceSeparator) != 0), "Blank");
        var graph = CodePointSet.Of(c => !CharacterClass.IsSpace(c) && (CharacterClass.CategoryBit(c) & (Categories.Control | Categories.Surrogate | Categories.Unassigned)) == 0);
        Add(graph, "Graph");
        Add(CodePointSet.Of(c => graph.Contains(c) || (CharacterClass.CategoryBit(c) & Categories.SpaceSeparator) != 0), "Print");
        return known;
    }

    // Other_Uppercase: Roman numerals and letters in circles and squares.
    private static bool IsOtherUpper(int c) => c is
        (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    // Other_Lowercase: modifier letters, Roman numerals and circled letters.
    private static bool IsOtherLower(int c) => c is
        0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8) or 0x2C0 or 0x2C1 or (>= 0x2E0 and <= 0x2E4) or 0x345 or 0x37A or 0x10FC
        or (>= 0x1D2C and <= 0x1D6A) or 0x1D78 or (>= 0x1D9B and <= 0x1DBF) or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C)
        or (>= 0x2170 and <= 0x217F) or (>= 0x24D0 and <= 0x24E9) or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770
        or (>= 0xA7F2 and <= 0xA7F4) or 0xA7F8 or 0xA7F9 or (>= 0xAB5C and <= 0xAB5F) or 0xAB69 or 0x10780
        or (>= 0x10783 and <= 0x10785) or (>= 0x10787 and <= 0x107B0) or (>= 0x107B2 and <= 0x107BA) or (>= 0x1E030 and <= 0x1E06D);
}
