using System.Text.Json;
using Colibri.Generation;
using Colibri.Hardware;
using Spectre.Console;

namespace Colibri.Cli;

/// <summary>What a report says of a model besides its speed; taken while it is loaded.</summary>
internal sealed class ModelFacts
{
    /// <summary>Notes the facts.</summary>
    public ModelFacts(string path, TextModel model)
    {
        Path = path;
        Family = model.Shape.Family;
        Threads = model.Threads;
        Kernels = KernelNames.Of(model);
        Format = KernelNames.MainFormat(model).Name;
        Parameters = model.Engine.Source.Tensors.Values.Sum(t => t.Count);
        WeightBytes = model.Engine.Source.Tensors.Values.Sum(t => t.Bytes);
    }

    /// <summary>As the user named it.</summary>
    public string Path { get; }

    /// <summary>The family.</summary>
    public string Family { get; }

    /// <summary>Threads that computed.</summary>
    public int Threads { get; }

    /// <summary>The matrix product's variant.</summary>
    public string Kernels { get; }

    /// <summary>The format most bytes are in.</summary>
    public string Format { get; }

    /// <summary>Number of weights.</summary>
    public long Parameters { get; }

    /// <summary>Bytes of weights.</summary>
    public long WeightBytes { get; }
}

/// <summary>Shows how fast a model runs, as a table and as JSON.</summary>
internal static class ModelReport
{
    /// <summary>The table.</summary>
    public static Table Describe(ModelFacts facts, ModelBenchmarkResult result, MachineCeilings ceilings)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("model").AddColumn("phase")
            .AddColumn(Right("tokens")).AddColumn(Right("tokens/s")).AddColumn(Right("best"))
            .AddColumn(Right("of read bandwidth")).AddColumn(Right("of arithmetic")).AddColumn(Right("of the roofline"));
        var energy = result.Generate.JoulesPerToken is not null;
        if (energy)
        {
            table.AddColumn(Right("J/token"));
        }

        foreach (var (name, phase) in Phases(result))
        {
            List<string> row =
            [
                name == "prompt" ? $"{Path.GetFileName(facts.Path.TrimEnd('/', '\\'))} ({facts.Format}, {Figures.Bytes(facts.WeightBytes)})" : "",
                name,
                $"{phase.Tokens}",
                Figures.Number(phase.Median),
                Figures.Number(phase.Best),
                Figures.Percent(phase.ShareOfRead(ceilings, facts.Threads)),
                Figures.Percent(phase.ShareOfArithmetic(ceilings, facts.Threads)),
                Figures.Percent(phase.ShareOfRoofline(ceilings, facts.Threads)),
            ];
            if (energy)
            {
                row.Add(Figures.Number(phase.JoulesPerToken ?? 0));
            }

            table.AddRow([.. row.Select(cell => new Spectre.Console.Text(ColibriCommand.OneLine(cell)))]);
        }

        table.Caption(Markup.Escape(
            $"{facts.Threads} threads, {facts.Kernels}; loaded in {Figures.Number(result.Load.TotalMilliseconds)} ms, first token after {Figures.Number(result.FirstToken.TotalMilliseconds)} ms; " +
            $"peak memory {Figures.Bytes(result.PeakBytes)} (forecast {Figures.Bytes(result.Forecast.Total)})"));
        return table;
    }

    /// <summary>The member <c>model</c>.</summary>
    public static void Write(Utf8JsonWriter json, ModelFacts facts, ModelBenchmarkResult result, MachineCeilings ceilings)
    {
        json.WriteStartObject("model");
        json.WriteString("path", facts.Path);
        json.WriteString("family", facts.Family);
        json.WriteString("format", facts.Format);
        json.WriteNumber("parameters", facts.Parameters);
        json.WriteNumber("weight_bytes", facts.WeightBytes);
        json.WriteNumber("threads", facts.Threads);
        json.WriteString("kernels", facts.Kernels);
        json.WriteNumber("load_ms", Math.Round(result.Load.TotalMilliseconds, 3));
        json.WriteNumber("first_token_ms", Math.Round(result.FirstToken.TotalMilliseconds, 3));
        json.WriteNumber("peak_memory_bytes", result.PeakBytes);
        json.WriteNumber("forecast_bytes", result.Forecast.Total);
        foreach (var (name, phase) in Phases(result))
        {
            json.WriteStartObject(name);
            json.WriteNumber("tokens", phase.Tokens);
            json.WriteNumber("median_tokens_per_second", Math.Round(phase.Median, 3));
            json.WriteNumber("best_tokens_per_second", Math.Round(phase.Best, 3));
            json.WriteList("tokens_per_second", phase.Rates, rate => json.WriteNumberValue(Math.Round(rate, 3)));
            json.WriteNumber("integer_operations", phase.Cost.IntegerOperations);
            json.WriteNumber("float_operations", phase.Cost.FloatOperations);
            json.WriteNumber("bytes", phase.Cost.Bytes);
            json.WriteNumber("share_of_read_bandwidth", Math.Round(phase.ShareOfRead(ceilings, facts.Threads), 4));
            json.WriteNumber("share_of_arithmetic", Math.Round(phase.ShareOfArithmetic(ceilings, facts.Threads), 4));
            json.WriteNumber("share_of_roofline", Math.Round(phase.ShareOfRoofline(ceilings, facts.Threads), 4));
            json.WriteOptional("joules_per_token", phase.JoulesPerToken);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static (string Name, PhaseResult Phase)[] Phases(ModelBenchmarkResult result) => [("prompt", result.Prompt), ("generate", result.Generate)];

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
