using System.Text.Json;
using Colibri.Hardware;
using Spectre.Console;

namespace Colibri.Cli.Benchmarking;

/// <summary>Shows how fast models run, as a table and as JSON.</summary>
internal static class ModelReport
{
    /// <summary>The table: a row per model and phase.</summary>
    public static Table Describe(IReadOnlyList<BenchmarkOutcome> outcomes, MachineCeilings ceilings)
    {
        var first = outcomes[0].Result;
        var energy = outcomes.All(o => o.Result.Phases.All(p => p.JoulesPerToken is not null));
        List<(string Title, bool Shown)> columns =
        [
            ("model", true), ("phase", true), ("tokens", true), ("tokens/s", true), ("best", true),
            ("a sequence", first.Phases.Count > 2), ("to one", first.Phases.Count > 2), ("to the first", outcomes.Count > 1),
            ("of read bandwidth", true), ("of arithmetic", true), ("of the roofline", true), ("J/token", energy),
        ];
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (title, _) in columns.Where(c => c.Shown))
        {
            table.AddColumn(title is "model" or "phase" ? new TableColumn(title) : new TableColumn(title).RightAligned());
        }

        foreach (var outcome in outcomes)
        {
            for (var i = 0; i < outcome.Result.Phases.Count; i++)
            {
                var (phase, threads) = (outcome.Result.Phases[i], outcome.Facts.Threads);
                string[] cells =
                [
                    i == 0 ? outcome.Title : "",
                    phase.Title,
                    $"{phase.Tokens}",
                    Figures.Number(phase.Median),
                    Figures.Number(phase.Best),
                    Figures.Number(phase.Median / phase.Sequences),
                    phase.Sequences == 1 ? "" : Figures.Times(phase.RatioTo(outcome.Result.Generate)),
                    Figures.Times(phase.RatioTo(first.Phases[i])),
                    Figures.Percent(phase.ShareOfRead(ceilings, threads)),
                    Figures.Percent(phase.ShareOfArithmetic(ceilings, threads)),
                    Figures.Percent(phase.ShareOfRoofline(ceilings, threads)),
                    Figures.Number(phase.JoulesPerToken ?? 0),
                ];
                table.AddRow([.. cells.Where((_, column) => columns[column].Shown).Select(cell => new Spectre.Console.Text(ColibriCommand.OneLine(cell)))]);
            }
        }

        return table;
    }

    /// <summary>A line per model with what the table has no room for.</summary>
    public static IEnumerable<string> Notes(IReadOnlyList<BenchmarkOutcome> outcomes)
    {
        foreach (var (facts, setting, result) in outcomes)
        {
            var title = outcomes.Count == 1 ? "" : $"{setting ?? Path.GetFileName(facts.Path.TrimEnd('/', '\\'))}: ";
            yield return ColibriCommand.OneLine(
                $"{title}{(facts.Threads == 1 ? "1 thread" : $"{facts.Threads} threads")}, {facts.Kernels}; loaded in {Figures.Number(result.Load.TotalMilliseconds)} ms, first token after {Figures.Number(result.FirstToken.TotalMilliseconds)} ms" +
                $" (load, and the first prompt of {result.Phases[0].Tokens} tokens)");
        }

        var last = outcomes[^1].Result;
        yield return outcomes.Count == 1
            ? $"peak memory {Figures.Bytes(last.PeakBytes)} (forecast {Figures.Bytes(last.ForecastBytes)})"
            : $"peak memory {Figures.Bytes(last.PeakBytes)} for all of them together";
    }

    /// <summary>The member <c>model</c>, and <c>compared</c> where there is more than one.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<BenchmarkOutcome> outcomes, MachineCeilings ceilings)
    {
        json.WriteStartObject("model");
        Write(json, outcomes[0], outcomes[0], ceilings);
        json.WriteEndObject();
        if (outcomes.Count > 1)
        {
            json.WriteList("compared", outcomes.Skip(1), o => json.WriteItem(() => Write(json, o, outcomes[0], ceilings)));
        }
    }

    private static void Write(Utf8JsonWriter json, BenchmarkOutcome outcome, BenchmarkOutcome first, MachineCeilings ceilings)
    {
        var (facts, setting, result) = outcome;
        json.WriteString("path", facts.Path);
        if (outcome != first)
        {
            json.WriteString("setting", setting);
        }

        json.WriteString("family", facts.Family);
        json.WriteString("format", facts.Format);
        json.WriteNumber("parameters", facts.Parameters);
        json.WriteNumber("weight_bytes", facts.WeightBytes);
        json.WriteNumber("threads", facts.Threads);
        json.WriteString("kernels", facts.Kernels);
        json.WriteNumber("load_ms", Math.Round(result.Load.TotalMilliseconds, 3));
        json.WriteNumber("first_token_ms", Math.Round(result.FirstToken.TotalMilliseconds, 3));
        json.WriteNumber("peak_memory_bytes", result.PeakBytes);
        json.WriteNumber("forecast_bytes", result.ForecastBytes);
        for (var i = 0; i < result.Phases.Count; i++)
        {
            var phase = result.Phases[i];
            json.WriteStartObject(phase.Name);
            json.WriteNumber("tokens", phase.Tokens);
            if (phase.Sequences > 1)
            {
                json.WriteNumber("sequences", phase.Sequences);
                json.WriteNumber("median_tokens_per_second_of_a_sequence", Math.Round(phase.Median / phase.Sequences, 3));
                json.WriteNumber("times_one_sequence", Math.Round(phase.RatioTo(result.Generate), 4));
            }

            json.WriteNumber("median_tokens_per_second", Math.Round(phase.Median, 3));
            json.WriteNumber("best_tokens_per_second", Math.Round(phase.Best, 3));
            json.WriteList("tokens_per_second", phase.Rates, rate => json.WriteNumberValue(Math.Round(rate, 3)));
            if (outcome != first)
            {
                json.WriteNumber("times_the_first", Math.Round(phase.RatioTo(first.Result.Phases[i]), 4));
            }

            json.WriteNumber("integer_operations", phase.Cost.IntegerOperations);
            json.WriteNumber("float_operations", phase.Cost.FloatOperations);
            json.WriteNumber("bf16_operations", phase.Cost.BrainFloatOperations);
            json.WriteNumber("bytes", phase.Cost.Bytes);
            json.WriteNumber("share_of_read_bandwidth", Math.Round(phase.ShareOfRead(ceilings, facts.Threads), 4));
            json.WriteNumber("share_of_arithmetic", Math.Round(phase.ShareOfArithmetic(ceilings, facts.Threads), 4));
            json.WriteNumber("share_of_roofline", Math.Round(phase.ShareOfRoofline(ceilings, facts.Threads), 4));
            json.WriteOptional("joules_per_token", phase.JoulesPerToken);
            if (phase.Profile is { } profile)
            {
                ProfileReport.Write(json, profile, ceilings);
            }

            json.WriteEndObject();
        }
    }
}
