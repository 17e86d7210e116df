namespace Colibri.Text.Files;

/// <summary>Reads 'truncation' and 'padding' of tokenizer.json.</summary>
internal static class LimitsReader
{
    /// <summary>Reads 'truncation'.</summary>
    public static TruncationSettings ReadTruncation(JsonField field)
    {
        var settings = new TruncationSettings
        {
            MaxLength = field.Integer("max_length"),
            Stride = field.Integer("stride"),
            Strategy = field.Text("strategy") switch
            {
                "LongestFirst" => TruncationStrategy.LongestFirst,
                "OnlyFirst" => TruncationStrategy.OnlyFirst,
                "OnlySecond" => TruncationStrategy.OnlySecond,
                _ => throw field.Get("strategy", "a strategy").Wrong("LongestFirst, OnlyFirst or OnlySecond"),
            },
            FromLeft = ReadDirection(field),
        };
        if (settings.Stride >= settings.MaxLength && settings.Stride > 0)
        {
            throw field.Get("stride", "a whole number").Wrong($"a whole number below 'max_length', {settings.MaxLength},");
        }

        return settings;
    }

    /// <summary>Reads 'padding'.</summary>
    public static PaddingSettings ReadPadding(JsonField field)
    {
        var strategy = field.Get("strategy", "BatchLongest or Fixed");
        int? length = null;
        if (strategy.TryGet("Fixed", out var fixedLength))
        {
            length = fixedLength.AsInteger(0, int.MaxValue);
        }
        else if (strategy.AsText() != "BatchLongest")
        {
            throw strategy.Wrong("BatchLongest or Fixed");
        }

        return new PaddingSettings
        {
            Length = length,
            MultipleOf = field.IntegerOrNull("pad_to_multiple_of") is { } multiple and > 0 ? multiple : null,
            OnLeft = ReadDirection(field),
            PadId = field.Integer("pad_id"),
            PadTypeId = field.Integer("pad_type_id"),
            PadToken = field.Text("pad_token"),
        };
    }

    private static bool ReadDirection(JsonField field) => field.TextOrNull("direction") switch
    {
        null or "Right" => false,
        "Left" => true,
        _ => throw field.Get("direction", "Left or Right").Wrong("Left or Right"),
    };
}
