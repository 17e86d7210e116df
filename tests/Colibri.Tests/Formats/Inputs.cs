namespace Colibri.Tests.Formats;

/// <summary>Numbers to encode, the same on every machine: integers from a small generator, scaled exactly.</summary>
internal static class Inputs
{
    /// <summary>The kinds of data the tests of all formats run over.</summary>
    public static readonly string[] Kinds =
        ["bell", "uniform", "positive", "negative", "heavy", "shifted", "tiny", "huge", "constant", "zero", "outlier", "mixed", "ties"];

    /// <summary>256 bell-shaped values between -1 and 1.</summary>
    public static float[] Plain() => [.. Bell(7).Take(256)];

    /// <summary>Eight groups of 32: zero, constant, positive, negative, tiny, large, one outlier, a negative constant.</summary>
    public static float[] Odd()
    {
        var values = Bell(7).Skip(256).Take(256).ToArray();
        for (var i = 0; i < 256; i++)
        {
            values[i] = (i / 32) switch
            {
                0 => 0,
                1 => 0.75f,
                2 => MathF.Abs(values[i]),
                3 => -MathF.Abs(values[i]),
                4 => values[i] * MathF.ScaleB(1, -30),
                5 => values[i] * 1024,
                6 => i % 32 == 5 ? values[i] * 16 : values[i],
                _ => -3,
            };
        }

        return values;
    }

    /// <summary>Values of one of the <see cref="Kinds"/>.</summary>
    public static float[] Of(string kind, int count, uint seed = 1)
    {
        var bell = Bell(seed).Take(count).ToArray();
        var uniform = Uniform(seed).Take(count).ToArray();
        return kind switch
        {
            "bell" => bell,
            "uniform" => uniform,
            "positive" => [.. bell.Select(MathF.Abs)],
            "negative" => [.. bell.Select(v => -MathF.Abs(v))],
            "heavy" => [.. uniform.Select(v => v * v * v * v * v)],
            "shifted" => [.. bell.Select(v => v + 3)],
            "tiny" => [.. bell.Select(v => v * 1e-9f)],
            "huge" => [.. bell.Select(v => v * 1e3f)],
            "constant" => [.. Enumerable.Repeat(0.3f, count)],
            "zero" => new float[count],
            "outlier" => [.. bell.Select((v, i) => i % 61 == 0 ? v * 50 : v)],
            "mixed" => [.. bell.Select((v, i) => v * MathF.ScaleB(1, -(i / 16 % 6)))],
            "ties" => [.. uniform.Select(v => MathF.Round(v * 3) / 4)],
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static IEnumerable<float> Bell(uint seed)
    {
        for (var state = seed; ;)
        {
            var sum = 0;
            for (var i = 0; i < 4; i++)
            {
                state = unchecked(state * 1664525 + 1013904223);
                sum += (int)(state >> 16);
            }

            yield return (sum - 131070) * MathF.ScaleB(1, -17);
        }
    }

    private static IEnumerable<float> Uniform(uint seed)
    {
        for (var state = seed; ;)
        {
            state = unchecked(state * 1664525 + 1013904223);
            yield return ((int)(state >> 8) - (1 << 23)) * MathF.ScaleB(1, -23);
        }
    }
}
