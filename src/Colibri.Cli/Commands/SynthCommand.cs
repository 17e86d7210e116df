using System.CommandLine;
using Colibri.Compression.Recipes;
using Colibri.Compression.Synthesis;
using Colibri.Files;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri synth</c>: a model of a real shape with random weights.</summary>
internal sealed class SynthCommand : Verb
{
    private readonly Argument<string> _out = new("OUT.gguf") { Description = "The GGUF file to write; one that is there is replaced." };

    private readonly Option<string> _shape = new("--shape")
    {
        Description = "The sizes: " + string.Join(", ", SyntheticShape.All.Select(s => s.Name)) + ".",
        HelpName = "NAME",
        Required = true,
    };

    private readonly Option<string> _type = new("--type")
    {
        Description = "The weights' formats: " + string.Join(", ", TensorRecipe.All.Select(r => r.Name)) + ".",
        HelpName = "TYPE",
        DefaultValueFactory = _ => "Q4_K_M",
    };

    private readonly Option<string?> _vocabulary = OptionOf.Text("--vocab", "FROM", "Copy the tokenizer of this GGUF file or Hugging Face folder, cut or filled up to the shape's tokens; without it, the model has none.");
    private readonly Option<int> _seed = OptionOf.Integer("--seed", "Another seed, other weights.", 0, int.MaxValue, 0);

    /// <summary>Declares the verb.</summary>
    public SynthCommand(Terminal terminal) : base(
        "synth",
        "Writes a model of a real shape with random weights. It says nothing sensible, but takes time and memory as the real one does: for measuring speed.",
        terminal)
    {
        Add(_out);
        Add(_shape);
        Add(_type);
        Add(_vocabulary);
        Add(_seed);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri synth 1b-q4.gguf --shape tinyllama-1.1b --type Q4_0", "1.1 billion random weights in 4 bits"),
        ("colibri synth small.gguf --shape 125m --type Q8_0 --vocab model.gguf", "A small one that can read text"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.GetValue(_out)!;
        var shape = SyntheticShape.Parse(parsed.GetValue(_shape)!);
        var recipe = TensorRecipe.Parse(parsed.GetValue(_type)!);
        Terminal.Watch($"Writing {shape.Name} as {recipe.Name}", report =>
        {
            var progress = new Reporting<double>(share => report(null, share));
            SyntheticModel.Write(output, shape, recipe, parsed.GetValue(_vocabulary), (ulong)parsed.GetValue(_seed), progress, cancellation);
            return 0;
        });
        Terminal.Error.WriteLine($"{output}: {shape.Parameters:#,0} parameters, {Figures.Bytes(new FileInfo(FinalPath.Of(output)).Length)}");
        return Task.FromResult(ColibriCommand.Success);
    }
}
