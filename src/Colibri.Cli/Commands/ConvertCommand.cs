using System.CommandLine;
using Colibri.Compression.Conversion;
using Colibri.Compression.Recipes;
using Colibri.Files;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri convert</c>: other people's files to GGUF.</summary>
internal sealed class ConvertCommand : Verb
{
    private readonly Argument<string> _in = new("IN") { Description = "A Hugging Face folder, a GGUF file, or a llama2.c checkpoint (.bin, versions 0, 1 and 2)." };
    private readonly Argument<string> _out = new("OUT") { Description = "The GGUF file to write; one that is there is replaced." };

    private readonly Option<string?> _type = OptionOf.Text("--type", "TYPE",
        "The weights' formats: " + string.Join(", ", TensorRecipe.All.Select(r => r.Name))
        + ". Those with a _ and a letter at the end, and Q2_K, mix formats as llama.cpp does; Q3_K, Q4_K and Q5_K mean their _M. Without it, the stored formats stay.");

    private readonly Option<bool> _pure = OptionOf.Flag("--pure", "Every matrix in the --type itself, without the exceptions of its mixture.");
    private readonly Option<bool> _requantize = OptionOf.Flag("--allow-requantize", "Quantize again what is quantized already; that loses more than quantizing the original.");
    private readonly Option<int?> _threads = OptionOf.Threads();
    private readonly Option<string?> _tokenizer = OptionOf.Text("--tokenizer", "FILE", "The tokenizer of a llama2.c checkpoint (tokenizer.bin); without it, the model can only continue token ids.");
    private readonly Option<bool> _keepInt8 = OptionOf.Flag("--keep-int8", "Keep the 8-bit weights of a llama2.c checkpoint of version 2 as Q8_0, which rounds their scales; without it, weights become float32 exactly.");

    /// <summary>Declares the verb.</summary>
    public ConvertCommand(Terminal terminal) : base("convert", "Turns a Hugging Face folder, another GGUF file or a llama2.c checkpoint into a GGUF file, with other weight formats if asked.", terminal)
    {
        Add(_in);
        Add(_out);
        Add(_type);
        Add(_pure);
        Add(_requantize);
        Add(_threads);
        Add(_tokenizer);
        Add(_keepInt8);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri convert models/starter starter.gguf", "A Hugging Face folder as one file, weights as they are"),
        ("colibri convert models/starter starter-q4.gguf --type Q4_K_M", "The same in four to six bits a weight"),
        ("colibri convert starter.gguf starter-q8.gguf --type Q8_0 --threads 2", "Smaller weights from a GGUF file"),
        ("colibri convert starter.gguf starter-q3.gguf --type Q3_K_S --pure", "Every matrix in one format"),
        ("colibri convert starter-q8.gguf again.gguf --type Q4_0 --allow-requantize", "From weights that are quantized already"),
        ("colibri convert stories260K.bin stories.gguf --tokenizer tok512.bin", "A llama2.c checkpoint and its tokenizer in one file"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (input, output) = (parsed.GetValue(_in)!, parsed.GetValue(_out)!);
        var notes = IsCheckpoint(parsed, input) ? ConvertCheckpoint(parsed, input, output, cancellation) : ConvertModel(parsed, input, output, cancellation);
        foreach (var note in notes)
        {
            Terminal.Error.WriteLine(ColibriCommand.OneLine($"note: {note}"));
        }

        Terminal.Error.WriteLine($"{output}: {Figures.Bytes(new FileInfo(FinalPath.Of(output)).Length)}");
        return Task.FromResult(ColibriCommand.Success);
    }

    // The options of checkpoints say what the input is, where its content is damaged.
    private bool IsCheckpoint(ParseResult parsed, string input)
    {
        var asked = parsed.GetValue(_tokenizer) is not null ? "--tokenizer" : parsed.GetValue(_keepInt8) ? "--keep-int8" : null;
        return asked is not null && (Directory.Exists(input) || input.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            ? throw new InputException($"{asked} is for llama2.c checkpoints; {input} is none.")
            : asked is not null || Llama2cCheckpoint.LooksLike(input);
    }

    private IReadOnlyList<string> ConvertCheckpoint(ParseResult parsed, string input, string output, CancellationToken cancellation)
    {
        foreach (var (option, given) in new[] { ("--type", parsed.GetValue(_type) is not null), ("--pure", parsed.GetValue(_pure)), ("--allow-requantize", parsed.GetValue(_requantize)) })
        {
            if (given)
            {
                throw new InputException($"{option} is not for llama2.c checkpoints; convert {input} without it, and the result again with it.");
            }
        }

        FinalPath.RequireAnother(parsed.GetValue(_tokenizer) is { } tokenizer ? [input, tokenizer] : [input], output);
        return Terminal.Watch("Converting", report =>
        {
            var progress = new Reporting<ByteProgress>(p => report(null, (double)p.Done / Math.Max(p.Total, 1)));
            Llama2cConverter.Convert(input, parsed.GetValue(_tokenizer), output, parsed.GetValue(_keepInt8), progress, cancellation);
            return Array.Empty<string>();
        });
    }

    private IReadOnlyList<string> ConvertModel(ParseResult parsed, string input, string output, CancellationToken cancellation)
    {
        var recipe = parsed.GetValue(_type) is { } type ? TensorRecipe.Parse(type) : null;
        if (recipe is null && parsed.GetValue(_pure))
        {
            throw new InputException("--pure needs --type: it says that every matrix gets that type itself.");
        }

        return Terminal.Watch($"Converting{(recipe is null ? "" : $" to {recipe.Name}")}", report => GgufConverter.Convert(
            input,
            output,
            new ConversionOptions
            {
                Recipe = recipe,
                Pure = parsed.GetValue(_pure),
                AllowRequantize = parsed.GetValue(_requantize),
                Threads = parsed.GetValue(_threads),
                Progress = new Reporting<double>(share => report(null, share)),
            },
            cancellation));
    }
}
