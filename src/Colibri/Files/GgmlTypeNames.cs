namespace Colibri.Files;

/// <summary>The names of all tensor type numbers that ggml has given out, so that an error can name a type Colibri does not read.</summary>
internal static class GgmlTypeNames
{
    private static readonly string?[] Names =
    [
        "F32", "F16", "Q4_0", "Q4_1", "Q4_2 (withdrawn)", "Q4_3 (withdrawn)", "Q5_0", "Q5_1", "Q8_0", "Q8_1",
        "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S",
        "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M",
        "BF16", "Q4_0_4_4 (withdrawn)", "Q4_0_4_8 (withdrawn)", "Q4_0_8_8 (withdrawn)", "TQ1_0", "TQ2_0",
        "IQ4_NL_4_4 (withdrawn)", "IQ4_NL_4_8 (withdrawn)", "IQ4_NL_8_8 (withdrawn)", "MXFP4", "NVFP4", "Q1_0", "Q2_0",
    ];

    /// <summary>For example <c>IQ1_S (tensor type 19)</c>, or <c>tensor type 77</c>.</summary>
    public static string Describe(uint type) =>
        type < Names.Length ? $"{Names[type]} (tensor type {type})" : $"tensor type {type}";
}
