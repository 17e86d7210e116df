using System.Diagnostics;
using System.Globalization;
using System.Text;
using Colibri.Generation.Constraints;
using Colibri.Text;

namespace Colibri.Benchmarks.Text;

/// <summary>
/// Follows real JSON texts, and texts of random tokens, through constraints and times all that a constraint adds to a
/// token: the mask, taking it off the logits, and going on with the token. Each text has a fresh constraint, so nothing is
/// known beforehand but what the process has compiled. Processor time is counted, so that what else runs counts little.
/// </summary>
internal static class MaskBenchmark
{
    private const int RandomTokens = 150;

    public static string Run(Tokenizer tokenizer, string name, double tokenMilliseconds, int repeats, CancellationToken cancellation)
    {
        var building = Stopwatch.StartNew();
        VocabularyTrie.Of(tokenizer);
        var built = building.Elapsed.TotalMilliseconds;
        var report = new StringBuilder();
        report.Append(CultureInfo.InvariantCulture, $"{Heading.OfMachine()}\n\n{name}: {tokenizer.VocabularySize} tokens; vocabulary prepared in {built:0} ms; a token without a constraint: {tokenMilliseconds:0.#} ms; {repeats} texts each, every one by a fresh constraint\n\n");
        report.Append("| schema | tokens | compile ms | mean ms | median | p99 | max | share of decoding |\n|---|---|---|---|---|---|---|---|\n");

        // The first ones pay for what .NET compiles.
        foreach (var schema in MaskSchemas.All)
        {
            Follow(tokenizer, schema, 0, [], out _);
        }

        var all = new List<double>();
        foreach (var schema in MaskSchemas.All)
        {
            var (times, compile) = (new List<double>(), new List<double>());
            for (var i = 0; i < repeats; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Follow(tokenizer, schema, i, times, out var milliseconds);
                compile.Add(milliseconds);
            }

            all.AddRange(times);
            compile.Sort();
            Row(report, schema.Name, times, compile[compile.Count / 2].ToString("0.0", CultureInfo.InvariantCulture), tokenMilliseconds);
        }

        Row(report, "**all**", all, "", tokenMilliseconds);
        return report.ToString();
    }

    private static void Follow(Tokenizer tokenizer, MaskSchemas.Case schema, int repeat, List<double> times, out double compile)
    {
        var watch = Stopwatch.StartNew();
        var constraint = schema.Create();
        var end = tokenizer.EndOfTextId ?? 0;
        var matcher = constraint.CreateMatcher(tokenizer, [end]);
        compile = watch.Elapsed.TotalMilliseconds;
        var random = new Random(repeat);
        var logits = new float[tokenizer.VocabularySize];
        var ids = schema.Text is null ? [] : Within(tokenizer, schema.Text);
        var limit = schema.Text is null ? RandomTokens : ids.Length;
        for (var i = 0; i < limit; i++)
        {
            Array.Clear(logits);
            var before = Environment.CpuUsage.TotalTime;
            matcher.Apply(logits);
            var masked = Environment.CpuUsage.TotalTime - before;
            var id = schema.Text is not null ? ids[i] : Draw(logits, random, end);
            before = Environment.CpuUsage.TotalTime;
            if (id == end || !matcher.Take(id))
            {
                if (schema.Text is not null)
                {
                    throw new InputException($"{schema.Name}: the text is not taken from token {i} on.");
                }

                return;
            }

            times.Add((masked + Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
    }

    // The ids of a text that others come before: some tokenizers put a space before every text.
    private static int[] Within(Tokenizer tokenizer, string text)
    {
        var ids = tokenizer.Encode("\u00A7\n" + text, addSpecialTokens: false);
        var bytes = new List<byte>();
        for (var i = 0; i < ids.Length; i++)
        {
            if (bytes.Count > 0 && bytes[^1] == (byte)'\n')
            {
                return ids[i..];
            }

            bytes.AddRange(tokenizer.TryGetTokenBytes(ids[i], out var more) ? more : []);
        }

        return tokenizer.Encode(text, addSpecialTokens: false);
    }

    private static int Draw(float[] logits, Random random, int end)
    {
        var allowed = new List<int>();
        for (var id = 0; id < logits.Length; id++)
        {
            if (!float.IsNegativeInfinity(logits[id]) && id != end)
            {
                allowed.Add(id);
            }
        }

        return allowed.Count == 0 ? end : allowed[random.Next(allowed.Count)];
    }

    private static void Row(StringBuilder report, string name, List<double> times, string compile, double tokenMilliseconds)
    {
        if (times.Count == 0)
        {
            return;
        }

        times.Sort();
        var mean = times.Average();
        report.Append(CultureInfo.InvariantCulture, $"| {name} | {times.Count} | {compile} | {mean:0.000} | {times[times.Count / 2]:0.000} | {times[(int)(times.Count * 0.99)]:0.000} | {times[^1]:0.00} | {mean / (mean + tokenMilliseconds):P1} |\n");
    }
}
