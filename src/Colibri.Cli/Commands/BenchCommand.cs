using System.CommandLine;
using Colibri.Hardware;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri bench</c>: what the machine is and what it can do at most.</summary>
internal sealed class BenchCommand : Verb
{
    private readonly Option<int?> _threads = OptionOf.Threads();
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public BenchCommand(Terminal terminal) : base(
        "bench",
        "Measures this machine: the hardware found, and the rates at which it reads memory and multiplies, which no model can exceed.",
        terminal)
    {
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri bench", "The machine and its ceilings, with 1 thread up to the number of cores"),
        ("colibri bench --threads 4 --json", "The same up to 4 threads, for a program to read"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var machine = MachineInfo.Detect();
        var ceilings = Measure(machine, parsed.GetValue(_threads), cancellation);
        if (parsed.GetValue(_json))
        {
            JsonReport.Write(Terminal, json =>
            {
                MachineReport.Write(json, machine);
                MachineReport.Write(json, ceilings);
            });
        }
        else
        {
            Terminal.Draw(MachineReport.Describe(machine));
            Terminal.Draw(MachineReport.Describe(ceilings));
        }

        return Task.FromResult(ColibriCommand.Success);
    }

    private MachineCeilings Measure(MachineInfo machine, int? threads, CancellationToken cancellation)
    {
        var caches = machine.Processor.Caches.Select(c => c.Bytes * c.Count).DefaultIfEmpty(0).Max();
        return Terminal.Watch("Measuring the machine", report =>
            MachineBenchmark.Measure(threads ?? machine.Threads, machine.Memory, caches, (what, done) => report(what, done), cancellation));
    }
}
