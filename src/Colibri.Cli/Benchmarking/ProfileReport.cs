using System.Text.Json;
using Colibri.Hardware;
using Spectre.Console;

namespace Colibri.Cli.Benchmarking;

/// <summary>Shows where the time of a phase went, as a table and as JSON.</summary>
internal static class ProfileReport
{
    /// <summary>What the columns mean, in a sentence or two.</summary>
    public const string Legend =
        "bound: the least time this machine could take for the bytes or the arithmetic, whichever is longer, as a share of the time taken (bytes that lie in caches may come faster than memory reads). " +
        "busy: how much of the workers' time was work; the rest is waiting for each other.";

    /// <summary>The table of a phase.</summary>
    /// <param name="phase">A phase with a profile.</param>
    /// <param name="ceilings">What the machine can do.</param>
    /// <param name="blocks">Whether each block's operations are listed, instead of their sums.</param>
    public static Table Describe(PhaseResult phase, MachineCeilings ceilings, bool blocks)
    {
        var profile = phase.Profile!;

        // A prompt is one thing to wait for; of generation it is the step that one knows.
        var steps = phase.Name == "prompt" ? 1 : profile.Passes;
        var table = new Table().Border(TableBorder.Simple).Title(Title(phase));
        foreach (var (title, right) in new[]
        {
            ("operation", false), ("weights", false), ("calls", true), (steps == 1 ? "ms" : "ms/step", true), ("of time", true),
            ("GB/s", true), ("GOP/s", true), ("of its bound", true), ("busy", true),
        })
        {
            table.AddColumn(right ? new TableColumn(title).RightAligned() : new TableColumn(title));
        }

        string Milliseconds(TimeSpan time) => Figures.Milliseconds(time / steps);
        string Share(TimeSpan time) => Figures.Part(time / profile.Total);
        void Row(params string[] cells) => table.AddRow([.. cells.Concat(Enumerable.Repeat("", 9 - cells.Length)).Select(c => new Spectre.Console.Text(ColibriCommand.OneLine(c)))]);
        void Operation(ProfileRow row) => Row(
            row.Operation, row.Weights, $"{row.Calls / (double)steps:0.#}", Milliseconds(row.Time), Share(row.Time),
            row.HasBound ? Figures.Giga(row.BytesPerSecond) : "",
            row.HasBound ? Figures.Giga(row.OperationsPerSecond) : "",
            row.HasBound ? $"{Figures.Percent(row.ShareOfRoofline(ceilings, profile.Workers))} {row.Bound(ceilings, profile.Workers)}" : "",
            Figures.Percent(row.ShareBusy(profile.Workers)));

        if (blocks)
        {
            foreach (var block in profile.Blocks)
            {
                Row(block.Name, "", "", Milliseconds(block.Time), Share(block.Time));
                foreach (var operation in block.Operations)
                {
                    Operation(operation with { Operation = "  " + operation.Operation });
                }
            }
        }
        else
        {
            foreach (var operation in profile.Operations)
            {
                Operation(operation);
            }
        }

        foreach (var gap in profile.Gaps)
        {
            Row($"({gap.Name})", "", "", Milliseconds(gap.Time), Share(gap.Time));
        }

        Row("all", "", "", Milliseconds(profile.Total), Share(profile.Total));
        return table;
    }

    /// <summary>What a phase did, and how fast.</summary>
    public static string Title(PhaseResult phase) => phase.Name switch
    {
        "prompt" => $"prompt: {phase.Tokens} tokens, {Figures.Number(phase.Median)} tokens/s",
        "batch" => $"generate: {phase.Sequences} sequences, {Figures.Number(phase.Median)} tokens/s in all, {phase.Profile!.Passes} steps",
        _ => $"generate: {Figures.Number(phase.Median)} tokens/s, {phase.Profile!.Passes} steps",
    };

    /// <summary>The member <c>profile</c>; times and counts are sums over the phase.</summary>
    public static void Write(Utf8JsonWriter json, PhaseProfile profile, MachineCeilings ceilings)
    {
        void Operation(ProfileRow row) => json.WriteItem(() =>
        {
            json.WriteString("operation", row.Operation.Trim());
            json.WriteString("weights", row.Weights);
            json.WriteNumber("calls", row.Calls);
            json.WriteNumber("ms", Milliseconds(row.Time));
            json.WriteNumber("share_of_time", Math.Round(row.Time / profile.Total, 4));
            json.WriteNumber("workers_busy", Math.Round(row.ShareBusy(profile.Workers), 4));
            json.WriteNumber("integer_operations", row.Cost.IntegerOperations);
            json.WriteNumber("float_operations", row.Cost.FloatOperations);
            json.WriteNumber("bf16_operations", row.Cost.BrainFloatOperations);
            json.WriteNumber("bytes", row.Cost.Bytes);
            json.WriteString("bound", row.HasBound ? row.Bound(ceilings, profile.Workers) : null);
            json.WriteOptional("share_of_read_bandwidth", row.HasBound ? Math.Round(row.ShareOfRead(ceilings, profile.Workers), 4) : (double?)null);
            json.WriteOptional("share_of_arithmetic", row.HasBound ? Math.Round(row.ShareOfArithmetic(ceilings, profile.Workers), 4) : (double?)null);
            json.WriteOptional("share_of_roofline", row.HasBound ? Math.Round(row.ShareOfRoofline(ceilings, profile.Workers), 4) : (double?)null);
        });

        json.WriteStartObject("profile");
        json.WriteNumber("ms", Milliseconds(profile.Total));
        json.WriteNumber("steps", profile.Passes);
        json.WriteList("operations", profile.Operations, Operation);
        json.WriteList("gaps", profile.Gaps, gap => json.WriteItem(() =>
        {
            json.WriteString("name", gap.Name);
            json.WriteNumber("ms", Milliseconds(gap.Time));
            json.WriteNumber("share_of_time", Math.Round(gap.Time / profile.Total, 4));
        }));
        json.WriteList("blocks", profile.Blocks, block => json.WriteItem(() =>
        {
            json.WriteString("name", block.Name);
            json.WriteNumber("ms", Milliseconds(block.Time));
            json.WriteList("operations", block.Operations, Operation);
        }));
        json.WriteEndObject();
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 4);
}
