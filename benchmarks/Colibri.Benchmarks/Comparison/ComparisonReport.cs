using System.Globalization;
using System.Text;
using System.Text.Json;
using Colibri.Hardware;

namespace Colibri.Benchmarks.Comparison;

/// <summary>A comparison as a Markdown page for people and as JSON for programs.</summary>
internal static class ComparisonReport
{
    private const double Mebi = 1 << 20;

    /// <summary>The page: machine, every pair, medians, shares of the roofline, memory, load times.</summary>
    public static string Markdown(ComparisonResult r)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        var o = r.Options;
        var together = o.Sequences == 1 ? "" : $" x {o.Sequences} sequences";
        Line($"### {Path.GetFileName(o.Model)}: {r.Engine.Name} and {r.Peer.Name}");
        Line($"");
        Line($"{r.Machine.Processor.Name}, {r.Machine.Processor.PhysicalCores} cores, {o.Threads} threads; {r.Machine.OperatingSystem}; {r.Machine.Runtime}; commit {r.Commit ?? "unknown"}; {r.Started:yyyy-MM-dd HH:mm} UTC; load average before {Number(r.LoadBefore, "0.00")}.  ");
        Line($"{r.Engine.Name}: {r.Engine.Variant}. {r.Peer.Name}: {r.Peer.Variant}.  ");
        Line($"Ceilings with {o.Threads} threads: reading {r.Ceilings.Read.At(o.Threads) / 1e9:0.0} GB/s, float32 {r.Ceilings.Float32.At(o.Threads) / 1e9:0} GFLOP/s ({r.Ceilings.Float32.Instruction}), int8 {r.Ceilings.Int8.At(o.Threads) / 1e9:0} GOP/s ({r.Ceilings.Int8.Instruction}){(r.Ceilings.BrainFloat is { } bf16 ? $", bf16 {bf16.At(o.Threads) / 1e9:0} GFLOP/s ({bf16.Instruction})" : "")}.");
        Line($"");
        Line($"| pair | prompt {o.Prompt}: {r.Engine.Name} tokens/s | {r.Peer.Name} | ratio | generate {o.Generate}{together}: {r.Engine.Name} tokens/s | {r.Peer.Name} | ratio | memory reads, GB/s |");
        Line($"|---|---|---|---|---|---|---|---|");
        for (var i = 0; i < r.Prompt.Count; i++)
        {
            Line($"| {i + 1} | {r.Prompt[i].Engine:0.0} | {r.Prompt[i].Peer:0.0} | {r.Prompt[i].Ratio:0.00} | {r.Generate[i].Engine:0.0} | {r.Generate[i].Peer:0.0} | {r.Generate[i].Ratio:0.00} | {r.Generate[i].EngineRead / 1e9:0.0} / {r.Generate[i].PeerRead / 1e9:0.0} |");
        }

        var p = Medians(r.Prompt);
        var g = Medians(r.Generate);
        Line($"| **median** | **{p.Engine:0.0}** | **{p.Peer:0.0}** | **{p.Ratio:0.00}** | **{g.Engine:0.0}** | **{g.Peer:0.0}** | **{g.Ratio:0.00}** | |");
        Line($"");
        Line($"| | {r.Engine.Name} | {r.Peer.Name} |");
        Line($"|---|---|---|");
        var (kind, _) = PromptCeiling(r);
        Line($"| prompt: share of the {kind} peak | {PromptShare(r, p.Engine):P0} | {PromptShare(r, p.Peer):P0} |");
        if (o.Sequences == 1)
        {
            Line($"| generate: share of what memory reads beside it (median of the pairs) | {GenerateShare(r, pair => pair.Engine / pair.EngineRead):P0} | {GenerateShare(r, pair => pair.Peer / pair.PeerRead):P0} |");
        }

        Line($"| load, s (median of {r.Engine.Starts.Count}) | {Load(r.Engine):0.000} | {Load(r.Peer):0.000} |");
        Line($"| process start to first token, s | {First(r.Engine):0.000} | {First(r.Peer):0.000} |");
        Line($"| peak memory, MiB (of it before loading) | {r.Engine.PeakBytes / Mebi:0} ({r.Engine.BaseBytes / Mebi:0}) | {r.Peer.PeakBytes / Mebi:0} ({r.Peer.BaseBytes / Mebi:0}) |");
        Line($"| peak memory / file | {(double)r.Engine.PeakBytes / r.Cost.FileBytes:0.00} | {(double)r.Peer.PeakBytes / r.Cost.FileBytes:0.00} |");
        return text.ToString();
    }

    /// <summary>The same and every raw value.</summary>
    public static void Json(ComparisonResult r, Stream output)
    {
        using var w = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        w.WriteStartObject();
        w.WriteString("model", Path.GetFileName(r.Options.Model));
        w.WriteNumber("file_bytes", r.Cost.FileBytes);
        w.WriteString("main_format", r.Cost.MainFormat);
        w.WriteNumber("prompt_tokens", r.Options.Prompt);
        w.WriteNumber("generate_tokens", r.Options.Generate);
        w.WriteNumber("depth", r.Options.Depth);
        w.WriteNumber("sequences", r.Options.Sequences);
        w.WriteNumber("threads", r.Options.Threads);
        w.WriteString("commit", r.Commit);
        w.WriteString("started", r.Started);
        w.WriteStartObject("machine");
        w.WriteString("processor", r.Machine.Processor.Name);
        w.WriteNumber("cores", r.Machine.Processor.PhysicalCores);
        w.WriteString("operating_system", r.Machine.OperatingSystem);
        w.WriteString("runtime", r.Machine.Runtime);
        w.WriteNumber("memory_bytes", r.Machine.Memory.Total);
        WriteNumber(w, "load_average_before", r.LoadBefore);
        w.WriteNumber("read_bytes_per_second", r.Ceilings.Read.At(r.Options.Threads));
        w.WriteNumber("float32_operations_per_second", r.Ceilings.Float32.At(r.Options.Threads));
        w.WriteNumber("int8_operations_per_second", r.Ceilings.Int8.At(r.Options.Threads));
        w.WriteString("int8_measured_with", r.Ceilings.Int8.Instruction);
        if (r.Ceilings.BrainFloat is { } bf16)
        {
            w.WriteNumber("bf16_operations_per_second", bf16.At(r.Options.Threads));
        }

        w.WriteEndObject();
        w.WriteStartObject("cost");
        w.WriteNumber("operations_per_prompt_token", r.Cost.OperationsPerPromptToken);
        w.WriteNumber("weight_bytes_per_token", r.Cost.WeightBytesPerToken);
        w.WriteNumber("cache_bytes_per_position", r.Cost.CacheBytesPerPosition);
        w.WriteEndObject();
        WriteSide(w, "engine", r, r.Engine, pair => pair.Engine, pair => pair.EngineRead);
        WriteSide(w, "peer", r, r.Peer, pair => pair.Peer, pair => pair.PeerRead);
        WriteNumbers(w, "prompt_ratios", r.Prompt.Select(pair => pair.Ratio));
        w.WriteNumber("prompt_ratio_median", Medians(r.Prompt).Ratio);
        WriteNumbers(w, "generate_ratios", r.Generate.Select(pair => pair.Ratio));
        w.WriteNumber("generate_ratio_median", Medians(r.Generate).Ratio);
        w.WriteEndObject();
    }

    /// <summary>Medians of either side, and the median of the pairs' ratios (which is not the ratio of the medians).</summary>
    internal static (double Engine, double Peer, double Ratio) Medians(IReadOnlyList<Pair> pairs) =>
        (Sample.Median(pairs.Select(p => p.Engine)), Sample.Median(pairs.Select(p => p.Peer)), Sample.Median(pairs.Select(p => p.Ratio)));

    private static void WriteSide(Utf8JsonWriter w, string key, ComparisonResult r, SideResult side, Func<Pair, double> of, Func<Pair, double> read)
    {
        var prompt = r.Prompt.Select(of).ToList();
        var generate = r.Generate.Select(of).ToList();
        w.WriteStartObject(key);
        w.WriteString("name", side.Name);
        w.WriteString("variant", side.Variant);
        WriteNumbers(w, "prompt_tokens_per_second", prompt);
        w.WriteNumber("prompt_tokens_per_second_median", Sample.Median(prompt));
        w.WriteNumber($"prompt_share_of_{PromptCeiling(r).Name}_peak", PromptShare(r, Sample.Median(prompt)));
        WriteNumbers(w, "generate_tokens_per_second", generate);
        w.WriteNumber("generate_tokens_per_second_median", Sample.Median(generate));
        if (r.Options.Sequences == 1)
        {
            WriteNumbers(w, "read_bytes_per_second", r.Generate.Select(read));
            w.WriteNumber("generate_share_of_read_bandwidth", GenerateShare(r, pair => of(pair) / read(pair)));
        }

        WriteNumbers(w, "load_seconds", side.Starts.Select(s => s.LoadSeconds));
        w.WriteNumber("load_seconds_median", Load(side));
        WriteNumbers(w, "start_to_first_token_seconds", side.Starts.Select(s => s.FirstTokenSeconds));
        w.WriteNumber("start_to_first_token_seconds_median", First(side));
        w.WriteNumber("peak_memory_bytes", side.PeakBytes);
        w.WriteNumber("peak_memory_bytes_before_loading", side.BaseBytes);
        w.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter w, string key, IEnumerable<double> values)
    {
        w.WriteStartArray(key);
        foreach (var value in values)
        {
            w.WriteNumberValue(value);
        }

        w.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter w, string key, double? value)
    {
        if (value is { } number)
        {
            w.WriteNumber(key, number);
        }
        else
        {
            w.WriteNull(key);
        }
    }

    /// <summary>Which arithmetic limits prompts: bf16 dots where there are any, float32 for the other plain floats, int8 for everything that is held in blocks.</summary>
    private static (string Name, MachineCeiling Ceiling) PromptCeiling(ComparisonResult r) =>
        r.Cost.MainFormat == "BF16" && r.Ceilings.BrainFloat is { } bf16 ? ("bf16", bf16)
        : r.Cost.MainFormat is "F32" or "F16" or "BF16" ? ("float32", r.Ceilings.Float32) : ("int8", r.Ceilings.Int8);

    private static double PromptShare(ComparisonResult r, double tokensPerSecond) =>
        tokensPerSecond * r.Cost.OperationsPerPromptToken / PromptCeiling(r).Ceiling.At(r.Options.Threads);

    // The median over the pairs of tokens per byte that memory would have given.
    private static double GenerateShare(ComparisonResult r, Func<Pair, double> tokensPerByte) =>
        r.Cost.BytesPerToken(r.Options.Depth + r.Options.Generate / 2.0) * Sample.Median(r.Generate.Select(tokensPerByte));

    private static double Load(SideResult side) => Sample.Median(side.Starts.Select(s => s.LoadSeconds));

    private static double First(SideResult side) => Sample.Median(side.Starts.Select(s => s.FirstTokenSeconds));

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "unknown";
}
