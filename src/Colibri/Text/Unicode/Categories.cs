using System.Globalization;

namespace Colibri.Text.Unicode;

/// <summary>Sets of general categories as masks for <see cref="CharacterClass.CategoryBit"/>.</summary>
internal static class Categories
{
    /// <summary>L: Lu, Ll, Lt, Lm, Lo.</summary>
    public const uint Letter = Upper | Lower | Title | ModifierLetter | OtherLetter;

    /// <summary>Lu.</summary>
    public const uint Upper = 1u << (int)UnicodeCategory.UppercaseLetter;

    /// <summary>Ll.</summary>
    public const uint Lower = 1u << (int)UnicodeCategory.LowercaseLetter;

    /// <summary>Lt.</summary>
    public const uint Title = 1u << (int)UnicodeCategory.TitlecaseLetter;

    /// <summary>Lm.</summary>
    public const uint ModifierLetter = 1u << (int)UnicodeCategory.ModifierLetter;

    /// <summary>Lo.</summary>
    public const uint OtherLetter = 1u << (int)UnicodeCategory.OtherLetter;

    /// <summary>M: Mn, Mc, Me.</summary>
    public const uint Mark = NonspacingMark | (1u << (int)UnicodeCategory.SpacingCombiningMark) | (1u << (int)UnicodeCategory.EnclosingMark);

    /// <summary>Mn.</summary>
    public const uint NonspacingMark = 1u << (int)UnicodeCategory.NonSpacingMark;

    /// <summary>N: Nd, Nl, No.</summary>
    public const uint Number = DecimalDigit | LetterNumber | (1u << (int)UnicodeCategory.OtherNumber);

    /// <summary>Nd.</summary>
    public const uint DecimalDigit = 1u << (int)UnicodeCategory.DecimalDigitNumber;

    /// <summary>Nl.</summary>
    public const uint LetterNumber = 1u << (int)UnicodeCategory.LetterNumber;

    /// <summary>Pc.</summary>
    public const uint Connector = 1u << (int)UnicodeCategory.ConnectorPunctuation;

    /// <summary>P: Pc, Pd, Ps, Pe, Pi, Pf, Po.</summary>
    public const uint Punctuation = Connector
        | (1u << (int)UnicodeCategory.DashPunctuation)
        | (1u << (int)UnicodeCategory.OpenPunctuation)
        | (1u << (int)UnicodeCategory.ClosePunctuation)
        | (1u << (int)UnicodeCategory.InitialQuotePunctuation)
        | (1u << (int)UnicodeCategory.FinalQuotePunctuation)
        | (1u << (int)UnicodeCategory.OtherPunctuation);

    /// <summary>S: Sm, Sc, Sk, So.</summary>
    public const uint Symbol = (1u << (int)UnicodeCategory.MathSymbol)
        | (1u << (int)UnicodeCategory.CurrencySymbol)
        | (1u << (int)UnicodeCategory.ModifierSymbol)
        | (1u << (int)UnicodeCategory.OtherSymbol);

    /// <summary>Z: Zs, Zl, Zp.</summary>
    public const uint Separator = SpaceSeparator
        | (1u << (int)UnicodeCategory.LineSeparator)
        | (1u << (int)UnicodeCategory.ParagraphSeparator);

    /// <summary>C: Cc, Cf, Cs, Co, Cn.</summary>
    public const uint Other = Control | Format | Surrogate | PrivateUse | Unassigned;

    /// <summary>Cs.</summary>
    public const uint Surrogate = 1u << (int)UnicodeCategory.Surrogate;

    /// <summary>Co.</summary>
    public const uint PrivateUse = 1u << (int)UnicodeCategory.PrivateUse;

    /// <summary>Cn.</summary>
    public const uint Unassigned = 1u << (int)UnicodeCategory.OtherNotAssigned;

    /// <summary>Zs.</summary>
    public const uint SpaceSeparator = 1u << (int)UnicodeCategory.SpaceSeparator;

    /// <summary>Cc.</summary>
    public const uint Control = 1u << (int)UnicodeCategory.Control;

    /// <summary>Cf.</summary>
    public const uint Format = 1u << (int)UnicodeCategory.Format;

    /// <summary>The categories of \w.</summary>
    public const uint Word = Letter | Mark | DecimalDigit | LetterNumber | Connector;
}
