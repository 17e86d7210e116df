using System.Text.Json;
using Colibri.Hardware;
using Spectre.Console;

namespace Colibri.Cli;

/// <summary>Shows a machine and its ceilings, as a table and as JSON.</summary>
internal static class MachineReport
{
    /// <summary>What the machine is.</summary>
    public static Table Describe(MachineInfo machine)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("what").AddColumn("is");
        void Row(string what, string value) => table.AddRow(Cell(what), Cell(value));

        var p = machine.Processor;
        Row("Processor", $"{p.Name} ({p.Architecture})");
        Row("Cores", $"{p.PhysicalCores} physical, {p.LogicalProcessors} logical" +
            (machine.CpuQuota is { } quota ? $", quota of {Figures.Number(quota)}" : ", no quota") + $"; computes with {machine.Threads} threads");
        Row("Caches", p.Caches.Count == 0 ? "unknown" : string.Join(", ", p.Caches.Select(c => $"L{c.Level} {c.Kind} {c.Count} x {Figures.Bytes(c.Bytes)}")));
        Row("Instruction sets", Names(p, DotNetSupport.On));
        Row("  not reached by C#", Names(p, DotNetSupport.NoMethods));
        Row("  switched off", Names(p, DotNetSupport.Off));
        Row("  absent", Join(p.InstructionSets.Where(s => !s.Present).Select(s => s.Name)));
        Row("Memory", Figures.Bytes(machine.Memory.Total) +
            (machine.Memory.Available is { } free ? $", {Figures.Bytes(free)} available" : "") +
            (machine.Memory.Limit is not null ? " (limit of the container)" : "") +
            $", pages of {Figures.Bytes(machine.PageSize)}");
        Row("System", $"{machine.OperatingSystem}, {machine.Runtime}");
        Row("Battery", Join(machine.Batteries.Select(b => $"{b.Name} {b.Percent?.ToString() ?? "?"} % {b.Status}".Trim())));
        Row("Temperature", Join(machine.Temperatures.Select(t => $"{t.Name} {Figures.Number(t.Celsius)} °C")));
        Row("Graphics", Join(machine.Graphics.Select(g => g.Driver is null ? g.Name : $"{g.Name} ({g.Driver})")));
        Row("Energy counters", Join(machine.EnergyCounters));
        return table;
    }

    /// <summary>What the machine can do at most.</summary>
    public static Table Describe(MachineCeilings ceilings)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("threads").AddColumn("ceiling").AddColumn(new TableColumn("best").RightAligned()).AddColumn(new TableColumn("median").RightAligned()).AddColumn("unit").AddColumn("measured with");
        foreach (var (name, unit, ceiling) in Named(ceilings))
        {
            foreach (var rate in ceiling.Rates)
            {
                table.AddRow($"{rate.Threads}", name, Figures.Giga(rate.Best), Figures.Giga(rate.Median), unit, ceiling.Instruction);
            }
        }

        return table;
    }

    /// <summary>The member <c>machine</c>.</summary>
    public static void Write(Utf8JsonWriter json, MachineInfo machine)
    {
        var p = machine.Processor;
        json.WriteStartObject("machine");
        json.WriteStartObject("processor");
        json.WriteString("name", p.Name);
        json.WriteString("architecture", p.Architecture);
        json.WriteNumber("physical_cores", p.PhysicalCores);
        json.WriteNumber("logical_processors", p.LogicalProcessors);
        json.WriteList("caches", p.Caches, c => json.WriteItem(() =>
        {
            json.WriteNumber("level", c.Level);
            json.WriteString("kind", c.Kind);
            json.WriteNumber("bytes", c.Bytes);
            json.WriteNumber("count", c.Count);
        }));
        json.WriteList("instruction_sets", p.InstructionSets, s => json.WriteItem(() =>
        {
            json.WriteString("name", s.Name);
            json.WriteBoolean("present", s.Present);
            json.WriteString("dotnet", s.DotNet switch { DotNetSupport.On => "on", DotNetSupport.Off => "off", _ => "no methods" });
        }));
        json.WriteEndObject();
        json.WriteOptional("cpu_quota", machine.CpuQuota);
        json.WriteNumber("threads", machine.Threads);
        json.WriteStartObject("memory");
        json.WriteNumber("total_bytes", machine.Memory.Total);
        json.WriteOptional("available_bytes", machine.Memory.Available);
        json.WriteOptional("limit_bytes", machine.Memory.Limit);
        json.WriteNumber("page_bytes", machine.PageSize);
        json.WriteEndObject();
        json.WriteString("operating_system", machine.OperatingSystem);
        json.WriteString("runtime", machine.Runtime);
        json.WriteList("batteries", machine.Batteries, b => json.WriteItem(() =>
        {
            json.WriteString("name", b.Name);
            json.WriteOptional("percent", b.Percent);
            json.WriteString("status", b.Status);
        }));
        json.WriteList("temperatures", machine.Temperatures, t => json.WriteItem(() =>
        {
            json.WriteString("name", t.Name);
            json.WriteNumber("celsius", t.Celsius);
        }));
        json.WriteList("graphics", machine.Graphics, g => json.WriteItem(() =>
        {
            json.WriteString("name", g.Name);
            json.WriteString("driver", g.Driver);
        }));
        json.WriteList("energy_counters", machine.EnergyCounters, json.WriteStringValue);
        json.WriteEndObject();
    }

    /// <summary>The member <c>ceilings</c>.</summary>
    public static void Write(Utf8JsonWriter json, MachineCeilings ceilings)
    {
        json.WriteStartObject("ceilings");
        foreach (var (name, _, ceiling) in Named(ceilings))
        {
            json.WriteStartObject(name.Replace(' ', '_'));
            json.WriteString("measured_with", ceiling.Instruction);
            json.WriteString("unit", ceiling.Unit);
            json.WriteList("rates", ceiling.Rates, r => json.WriteItem(() =>
            {
                json.WriteNumber("threads", r.Threads);
                json.WriteNumber("best", Math.Round(r.Best));
                json.WriteNumber("median", Math.Round(r.Median));
            }));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static (string Name, string Unit, MachineCeiling Ceiling)[] Named(MachineCeilings ceilings) =>
    [
        ("memory read", "GB/s", ceilings.Read),
        ("float32", "GFLOP/s", ceilings.Float32),
        ("int8", "GOP/s", ceilings.Int8),
        .. ceilings.BrainFloat is { } bf16 ? [("bf16", "GFLOP/s", bf16)] : Array.Empty<(string, string, MachineCeiling)>(),
    ];

    /// <summary>Text as it is: names from the system are not markup.</summary>
    private static Spectre.Console.Text Cell(string text) => new(text);

    private static string Names(ProcessorInfo processor, DotNetSupport support) =>
        Join(processor.InstructionSets.Where(s => s.Present && s.DotNet == support).Select(s => s.Name));

    private static string Join(IEnumerable<string> items) => string.Join(", ", items) is { Length: > 0 } joined ? joined : "none";
}
