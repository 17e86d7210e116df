using System.CommandLine;
using Colibri.Files;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri convert</c>: other people's files to GGUF.</summary>
internal sealed class ConvertCommand : Verb
{
    private readonly Argument<string> _in = new("IN") { Description = "A llama2.c checkpoint (.bin, versions 0, 1 and 2)." };
    private readonly Argument<string> _out = new("OUT") { Description = "The GGUF file to write; one that is there is replaced." };
    private readonly Option<string?> _tokenizer = OptionOf.Text("--tokenizer", "FILE", "The checkpoint's tokenizer (llama2.c's tokenizer.bin); without it, the model can only continue token ids.");
    private readonly Option<bool> _keepInt8 = OptionOf.Flag("--keep-int8", "Keep the 8-bit weights of a version 2 checkpoint as Q8_0, which rounds their scales; without it, weights become float32 exactly.");

    /// <summary>Declares the verb.</summary>
    public ConvertCommand(Terminal terminal) : base("convert", "Turns a llama2.c checkpoint into a GGUF file.", terminal)
    {
        Add(_in);
        Add(_out);
        Add(_tokenizer);
        Add(_keepInt8);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri convert stories260K.bin stories.gguf --tokenizer tok512.bin", "A checkpoint and its tokenizer in one file"),
        ("colibri run stories.gguf --prompt \"\" --temperature 0", "And the story it tells"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.GetValue(_out)!;
        Terminal.Watch("Converting", report =>
        {
            var progress = new Reporting<ByteProgress>(p => report(null, (double)p.Done / Math.Max(p.Total, 1)));
            Llama2cConverter.Convert(parsed.GetValue(_in)!, parsed.GetValue(_tokenizer), output, parsed.GetValue(_keepInt8), progress, cancellation);
            return 0;
        });
        Terminal.Error.WriteLine($"{output}: {Figures.Bytes(new FileInfo(output).Length)}");
        return Task.FromResult(ColibriCommand.Success);
    }
}
