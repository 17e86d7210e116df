using System.CommandLine;
using System.Text;
using Colibri.Text;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri tokenize</c>: text to token ids, and back.</summary>
internal sealed class TokenizeCommand : Verb
{
    private readonly Argument<string> _model = new("MODEL")
    {
        Description = "A GGUF file, a Hugging Face folder, or a tokenizer's file alone (tokenizer.json, tokenizer.model, *.tiktoken, vocab.json beside merges.txt, vocab.txt).",
    };

    private readonly Argument<string?> _text = new("TEXT")
    {
        Description = "The text (with --decode: the ids); without it and without --file, standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _file = OptionOf.Text("--file", "FILE", "Take the text (with --decode: the ids) from a file, byte for byte.");
    private readonly Option<bool> _ids = OptionOf.Flag("--ids", "Print the ids, one space apart. This is what happens without options too.");
    private readonly Option<bool> _decode = OptionOf.Flag("--decode", "The other way: read ids, print their text without special tokens and without a line end of its own.");
    private readonly Option<bool> _noSpecial = OptionOf.Flag("--no-special", "Add no special tokens (such as the beginning of text) and read none in the text: what looks like one is text.");
    private readonly Option<bool> _json = OptionOf.Json();

    /// <summary>Declares the verb.</summary>
    public TokenizeCommand(Terminal terminal) : base(
        "tokenize",
        "Turns text into a model's token ids, or ids back into text.",
        terminal)
    {
        Add(_model);
        Add(_text);
        Add(_file);
        Add(_ids);
        Add(_decode);
        Add(_noSpecial);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.GetValue(_decode) && result.GetValue(_ids))
            {
                result.AddError("--ids prints ids and --decode prints text: give one of them.");
            }
        });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri tokenize model.gguf \"It was a dark night\"", "The ids of a text"),
        ("colibri tokenize model.gguf --file book.txt --no-special", "The ids of a file's exact bytes and nothing else"),
        ("colibri tokenize model.gguf \"1 733 267\" --decode", "The text of ids"),
        ("colibri tokenize cl100k_base.tiktoken \"It was\"", "A tokenizer without a model"),
        ("colibri tokenize model.gguf \"It was\" --json", "Each token with its own spelling"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var input = InputFile.ArgumentFileOrInput(parsed.GetValue(_text), parsed.GetValue(_file), Terminal, "TEXT or --file FILE");
        var tokenizer = Load(parsed.GetValue(_model)!);
        var decode = parsed.GetValue(_decode);
        var special = !parsed.GetValue(_noSpecial);
        var ids = decode ? TokenIds.Parse(Encoding.UTF8.GetString(input), "--decode") : tokenizer.Encode(input, special, special);
        if (parsed.GetValue(_json))
        {
            WriteJson(tokenizer, ids);
        }
        else if (decode)
        {
            Terminal.Out.Write(tokenizer.Decode(ids));
            if (Terminal.PersonReads)
            {
                Terminal.Out.WriteLine();
            }
        }
        else
        {
            Terminal.Out.WriteLine(TokenIds.Join(ids));
        }

        return Task.FromResult(ColibriCommand.Success);
    }

    private static Tokenizer Load(string path)
    {
        if (File.Exists(path) && Tokenizer.IsFile(path))
        {
            return Tokenizer.FromFile(path);
        }

        using var source = ModelChoice.Open(path);
        return source.LoadTokenizer() ?? throw new InputException($"{source.Path}: has no tokenizer.");
    }

    private void WriteJson(Tokenizer tokenizer, int[] ids) => JsonReport.Write(Terminal, json =>
    {
        json.WriteNumber("count", ids.Length);
        json.WriteList("ids", ids, json.WriteNumberValue);
        json.WriteString("text", tokenizer.Decode(ids));
        json.WriteList("tokens", ids, id => json.WriteItem(() =>
        {
            json.WriteNumber("id", id);
            json.WriteString("token", tokenizer.TokenText(id));
            json.WriteBoolean("special", tokenizer.IsSpecial(id));
        }));
    });
}
