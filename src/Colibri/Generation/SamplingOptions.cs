using Colibri.Generation.Constraints;

namespace Colibri.Generation;

/// <summary>
/// How the next token is chosen from the logits. Applied in this order: repetition penalty, constraint, top-k, top-p, min-p,
/// temperature, draw. The draw depends on the seed and the position only, never on other sequences.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Always the likeliest token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Most tokens to generate, at least 0; null: until the text ends or the context is full.</summary>
    public int? MaximumTokens { get; init; }

    /// <summary>Divides the logits; 0 takes the likeliest token. 0 to 100.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>How many of the likeliest tokens are kept; 0 keeps all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>The fewest likeliest tokens whose probabilities reach this sum are kept (Holtzman et al. 2019). Above 0 to 1; 1 keeps all.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Tokens less likely than this share of the likeliest are dropped (Nguyen et al. 2024). 0 to 1; 0 keeps all.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>Divides positive and multiplies negative logits of tokens that have occurred (Keskar et al. 2019). Above 0; 1 changes nothing.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>How many of the last tokens the repetition penalty looks at; 0 looks at all.</summary>
    public int RepetitionWindow { get; init; } = 64;

    /// <summary>The seed; null draws one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Texts that end the answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether generation goes on behind an end-of-text token.</summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>What the text must look like, or null; it then ends where it is complete, also with <see cref="IgnoreEndOfText"/>.</summary>
    public TextConstraint? Constraint { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="InputException">A value is outside its range.</exception>
    internal void Check()
    {
        Expect(MaximumTokens is null or >= 0, "the number of tokens to generate", MaximumTokens, "0 or more");
        Expect(Temperature is >= 0 and <= 100, "temperature", Temperature, "0 to 100");
        Expect(TopK >= 0, "top-k", TopK, "0 (all) or more");
        Expect(TopP is > 0 and <= 1, "top-p", TopP, "above 0 to 1");
        Expect(MinP is >= 0 and <= 1, "min-p", MinP, "0 to 1");
        Expect(RepetitionPenalty is > 0 and <= 100, "repetition penalty", RepetitionPenalty, "above 0 to 100");
        Expect(RepetitionWindow >= 0, "repetition window", RepetitionWindow, "0 (all) or more");
        Expect(Stop.All(s => s.Length > 0), "a stop text", "empty", "at least one character");

        static void Expect(bool holds, string what, object? value, string range)
        {
            if (!holds)
            {
                throw new InputException(FormattableString.Invariant($"{what} is {value}; {range} is expected."));
            }
        }
    }
}
