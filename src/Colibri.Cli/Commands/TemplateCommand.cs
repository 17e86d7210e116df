using System.CommandLine;
using System.Text.Json;
using Colibri.Files;
using Colibri.Generation;
using Colibri.Text.Templates;

namespace Colibri.Cli.Commands;

/// <summary><c>colibri template</c>: a conversation as the prompt a model's chat template makes of it.</summary>
internal sealed class TemplateCommand : Verb
{
    private static readonly string[] TemplateEndings = [".jinja", ".jinja2", ".j2"];

    private readonly Argument<string> _source = new("MODEL|FILE.jinja")
    {
        Description = "A model whose chat template is used (GGUF file or Hugging Face folder), or a template file (.jinja, .jinja2, .j2).",
    };

    private readonly Option<string> _messages = new("--messages")
    {
        Description = "The conversation: a JSON list of messages, or an object with \"messages\" and further variables; '-' is standard input.",
        HelpName = "FILE.json",
        Required = true,
    };

    private readonly Option<string?> _tools = OptionOf.Text("--tools", "FILE.json", "The tools the model may call: a JSON list.");
    private readonly Option<bool> _noGenerationPrompt = OptionOf.Flag("--no-generation-prompt", "Do not open the assistant's answer at the end.");

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Give the template a variable, for example bos_token=<s>; JSON values are taken as JSON. May be given several times.",
        HelpName = "name=value",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Declares the verb.</summary>
    public TemplateCommand(Terminal terminal) : base(
        "template",
        "Renders a conversation with a chat template and prints the prompt, byte for byte.",
        terminal)
    {
        Add(_source);
        Add(_messages);
        Add(_tools);
        Add(_noGenerationPrompt);
        Add(_set);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string, string)> Examples =>
    [
        ("colibri template model.gguf --messages chat.json", "What the model gets to read"),
        ("colibri template chat_template.jinja --messages chat.json --tools tools.json --set bos_token=<s>", "A template on its own, with tools"),
    ];

    /// <inheritdoc/>
    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var tools = parsed.GetValue(_tools) is { } path ? ReadJson(path) : default(JsonElement?);
        var (template, options) = Open(parsed.GetValue(_source)!, tools is not null);
        options = options with
        {
            AddGenerationPrompt = !parsed.GetValue(_noGenerationPrompt),
            Tools = tools,
            Variables = Variables(parsed.GetValue(_set) ?? []),
        };
        Terminal.Out.Write(template.Render(ReadJson(parsed.GetValue(_messages)!), options, cancellation));
        if (Terminal.PersonReads)
        {
            Terminal.Out.WriteLine();
        }

        return Task.FromResult(ColibriCommand.Success);
    }

    private static (ChatTemplate Template, ChatTemplateOptions Options) Open(string path, bool withTools)
    {
        if (TemplateEndings.Contains(Path.GetExtension(path).ToLowerInvariant()) && !Directory.Exists(path))
        {
            return (ChatTemplate.Parse(InputFile.Text(path), path), ChatTemplateOptions.Default);
        }

        using var source = ModelSource.Open(path);
        var named = withTools ? source.ChatTemplates.GetValueOrDefault("tool_use") : null;
        var text = named ?? source.ChatTemplate ?? throw new InputException($"{path}: has no chat template.");
        return (ChatTemplate.Parse(text, path), ChatSession.OptionsFor(source.LoadTokenizer()));
    }

    private static Dictionary<string, JsonElement> Variables(IEnumerable<string> settings)
    {
        var variables = new Dictionary<string, JsonElement>();
        foreach (var setting in settings)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new InputException($"--set: '{setting}' is no setting; name=value is expected.");
            }

            variables[setting[..equals]] = ChatTemplateOptions.ParseVariable(setting[(equals + 1)..]);
        }

        return variables;
    }

    private JsonElement ReadJson(string path)
    {
        var bytes = path == "-" ? InputFile.ArgumentFileOrInput(null, null, Terminal, "--messages FILE.json") : InputFile.Bytes(path);
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: is not JSON: {e.Message}", e);
        }
    }
}
