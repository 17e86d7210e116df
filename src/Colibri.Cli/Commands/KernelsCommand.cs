using System.CommandLine;
using Colibri.Kernels;
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

    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public KernelsCommand(Terminal terminal) : base(
        "kernels",
        $"Lists the variants of every operation, which one is chosen on this processor, and why. The environment variable {KernelSelection.Variable} forces one by its name (reference, portable, portable-256 ...).",
        terminal)
    {
        Add(_name);
        Add(_json);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri kernels", "What computes here"),
        ("colibri kernels matmul", "Only the matrix products"),
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

        if (parsed.GetValue(_json))
        {
            JsonReport.Write(Terminal, json =>
            {
                json.WriteString("forced", selection.Forced);
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
                }));
            });
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
        }

        return Task.FromResult(ColibriCommand.Success);
    }
}
