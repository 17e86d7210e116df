using System.CommandLine;
using System.Globalization;
using Colibri.Kernels;
using Colibri.Kernels.Assembly;
using Spectre.Console;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri kernels</c>: the variants of every operation, and which one is chosen here.</summary>
internal sealed class KernelsCommand : Verb
{
    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "Show only operations whose name contains this, for example 'matmul'.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _listing = OptionOf.Flag(
        "--listing", "Print the machine code that the chosen kernels run, where it is assembled for this processor: offset, bytes and instruction a line.");

    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public KernelsCommand(Terminal terminal) : base(
        "kernels",
        $"Lists the variants of every operation, which one is chosen on this processor, and why. The environment variable {KernelSelection.Variable} forces one by its name (reference, portable, portable-256, assembled ...).",
        terminal)
    {
        Add(_name);
        Add(_listing);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri kernels", "What computes here"),
        ("colibri kernels matmul", "Only the matrix products"),
        ("colibri kernels \"matmul int8 Q4_0\" --listing", "The machine code of one product"),
        ("colibri kernels --json", "The same for a program to read"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var name = parsed.GetValue(_name) ?? "";
        var selection = KernelSelection.FromEnvironment();
        var lists = KernelSet.Lists.Where(list => list.Operation.Contains(name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (lists.Count == 0)
        {
            throw new InputException($"No operation's name contains '{name}'. Operations: {string.Join(", ", KernelSet.Lists.Select(list => list.Operation))}.");
        }

        var listing = parsed.GetValue(_listing);
        var functions = listing ? lists.ToDictionary(list => list, list => KernelListing.Functions(list, selection)) : [];
        if (listing && functions.Values.All(f => f.Count == 0))
        {
            throw new InputException($"Nothing to list: {string.Join(", ", lists.Take(3).Select(l => $"{l.Operation} computes with {l.Choose(selection).Name}"))}, which .NET compiles."
                + (AssemblySupport.Notice is { } notice ? $" {notice}" : ""));
        }

        if (parsed.GetValue(_json))
        {
            JsonReport.Write(Terminal, json =>
            {
                json.WriteString("forced", selection.Forced);
                json.WriteString("not_assembled_because", AssemblySupport.WhyNot);
                json.WriteList("operations", lists, list => json.WriteItem(() =>
                {
                    var (chosen, reason) = list.Choose(selection);
                    json.WriteString("operation", list.Operation);
                    json.WriteString("chosen", chosen);
                    json.WriteString("reason", reason);
                    json.WriteList("variants", list.Variants, variant => json.WriteItem(() =>
                    {
                        json.WriteString("name", variant.Name);
                        json.WriteString("needs", variant.Needs);
                        json.WriteBoolean("supported", variant.IsSupported);
                    }));
                    if (listing)
                    {
                        KernelListing.Write(json, functions[list]);
                    }
                }));
            });
        }
        else if (listing)
        {
            var all = functions.Values.SelectMany(f => f).DistinctBy(f => f.Name).ToList();
            all.ForEach(function => KernelListing.Print(Terminal.Out, function));
            Terminal.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{all.Count} functions, {all.Sum(f => f.Length)} bytes, assembled in {AssemblySupport.Time.TotalMilliseconds:0.0} ms"));
        }
        else
        {
            var table = new Table().Border(TableBorder.Simple).AddColumn("operation").AddColumn("chosen").AddColumn("why").AddColumn("other variants");
            foreach (var list in lists)
            {
                var (chosen, reason) = list.Choose(selection);
                var others = list.Variants.Where(v => v.Name != chosen).Select(v => v.IsSupported ? v.Name : $"{v.Name} (needs {v.Needs})");
                table.AddRow(list.Operation, chosen, reason, string.Join(", ", others));
            }

            Terminal.Draw(table);
            if (AssemblySupport.Notice is { } notice)
            {
                Terminal.Out.WriteLine(notice);
            }
        }

        return Task.FromResult(ColibriCommand.Success);
    }
}
