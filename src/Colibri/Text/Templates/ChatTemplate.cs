using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Colibri.Text.Templates;

/// <summary>
/// A model's chat template: the Jinja program, as its authors wrote it, that turns a conversation into the prompt the
/// model was trained on. Parsed once, rendered as often as wanted, from any thread. The program runs in an interpreter
/// of ours that knows text, numbers, lists and dicts and nothing else, and that stops at <see cref="TemplateLimits"/>.
/// Renderings equal those of transformers (jinja2's sandbox with trim_blocks, lstrip_blocks and loop controls).
/// </summary>
public sealed class ChatTemplate
{
    private readonly string _text;
    private readonly Statement[] _statements;
    private readonly Binding _binding;
    private readonly TemplateLimits _limits;

    private ChatTemplate(string source, string text, string name, Statement[] statements, Binding binding, TemplateLimits limits)
    {
        Source = source;
        Name = name;
        _text = text;
        _statements = statements;
        _binding = binding;
        _limits = limits;
        Variables = binding.ContextNames.ToFrozenSet();
    }

    /// <summary>Where the template comes from, for messages.</summary>
    public string Name { get; }

    /// <summary>The template as it was given.</summary>
    public string Source { get; }

    /// <summary>
    /// The names the template looks up outside of itself: what it takes from the caller (messages, tools, bos_token ...)
    /// and the functions it calls. A template that does not list <c>tools</c> cannot show any.
    /// </summary>
    public IReadOnlySet<string> Variables { get; }

    /// <summary>Whether the template shows tools to the model.</summary>
    public bool ReadsTools => Variables.Contains("tools");

    /// <summary>Whether the template can open the assistant's answer.</summary>
    public bool ReadsGenerationPrompt => Variables.Contains("add_generation_prompt");

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">Where it comes from (a file, a key), for messages.</param>
    /// <param name="limits">What its renderings may use; the defaults where null.</param>
    /// <exception cref="InputException">The template is malformed, or uses what a chat template may not (include, import
    /// ...); the message names line and column.</exception>
    public static ChatTemplate Parse(string source, string name, TemplateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        limits ??= TemplateLimits.Default;
        if (source.Length > limits.MaxTemplateLength)
        {
            throw new InputException($"chat template {name}: {source.Length} characters are more than the {limits.MaxTemplateLength} a template may have");
        }

        var text = Lexer.Normalize(source);
        try
        {
            var statements = Parser.Parse(text);
            return new ChatTemplate(source, text, name, statements, Binder.Bind(statements), limits);
        }
        catch (TemplateFault fault)
        {
            throw Located(name, text, fault, 0);
        }
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="options">Tools, special tokens, further variables; the defaults where null.</param>
    /// <param name="cancellation">Stops a rendering.</param>
    /// <returns>The prompt.</returns>
    /// <exception cref="InputException">The template refused the conversation (raise_exception), failed, or ran beyond its
    /// limits; the message names line and column.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, ChatTemplateOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        long size = 0;
        var list = new ListValue(new List<TemplateValue>(messages.Count));
        foreach (var message in messages)
        {
            list.Items.Add(message.ToValue(ref size));
        }

        return Render(list, size, null, options ?? ChatTemplateOptions.Default, cancellation);
    }

    /// <summary>Renders a conversation given as JSON.</summary>
    /// <param name="conversation">A list of messages, each as the template's authors expect it; or an object with them
    /// under "messages", whose other members become variables (tools, documents, add_generation_prompt ...) unless the
    /// options give them.</param>
    /// <param name="options">Tools, special tokens, further variables; the defaults where null.</param>
    /// <param name="cancellation">Stops a rendering.</param>
    /// <returns>The prompt.</returns>
    /// <exception cref="InputException">The JSON is no conversation, or the template refused it, failed, or ran beyond its
    /// limits.</exception>
    public string Render(JsonElement conversation, ChatTemplateOptions? options = null, CancellationToken cancellation = default)
    {
        JsonElement? request = null;
        if (conversation.ValueKind == JsonValueKind.Object)
        {
            request = conversation;
            conversation = conversation.TryGetProperty("messages", out var messages)
                ? messages
                : throw new InputException("the conversation: the JSON object has no \"messages\"; a list of messages, or an object with one, is expected");
        }

        if (conversation.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"the conversation: a JSON list of messages is expected, found {conversation.ValueKind}");
        }

        long size = 0;
        var list = JsonConversion.ToValue(conversation, "the conversation", ref size);
        return Render(list, size, request, options ?? ChatTemplateOptions.Default, cancellation);
    }

    /// <summary>Renders a conversation given as JSON, and its tools.</summary>
    /// <param name="conversation">A list of messages, or an object with them under "messages".</param>
    /// <param name="tools">A list of tools, or null.</param>
    /// <param name="options">Special tokens, further variables; the defaults where null.</param>
    /// <returns>The prompt in UTF-8.</returns>
    /// <exception cref="InputException">The JSON is no conversation, or the template refused it, failed, or ran beyond its
    /// limits.</exception>
    public byte[] RenderUtf8(JsonElement conversation, JsonElement? tools = null, ChatTemplateOptions? options = null)
    {
        options ??= ChatTemplateOptions.Default;
        return Encoding.UTF8.GetBytes(Render(conversation, tools is null ? options : options with { Tools = tools }));
    }

    /// <summary>
    /// Whether a system message reaches the prompt. Found by trying: some templates refuse the role, some drop it
    /// silently. A caller may then put the text in front of the first user message.
    /// </summary>
    public bool KeepsSystemMessage()
    {
        const string Probe = "colibri-probe-7f3a";
        try
        {
            return Render([new ChatMessage("system", Probe), new ChatMessage("user", "Hello")]).Contains(Probe, StringComparison.Ordinal);
        }
        catch (InputException)
        {
            // The template refuses the role, or needs more than it was given here: either way no.
            return false;
        }
    }

    private string Render(TemplateValue messages, long size, JsonElement? request, ChatTemplateOptions options, CancellationToken cancellation)
    {
        var variables = new Dictionary<string, TemplateValue>();
        if (request is { } members)
        {
            foreach (var name in Variables)
            {
                Set(name, members.TryGetProperty(name, out var member) ? member : null);
            }
        }

        variables["messages"] = messages;
        if (request is null || !options.AddGenerationPrompt || !variables.ContainsKey("add_generation_prompt"))
        {
            variables["add_generation_prompt"] = BoolValue.Of(options.AddGenerationPrompt);
        }

        if (options.BeginOfText is not null)
        {
            variables["bos_token"] = StringValue.Of(options.BeginOfText);
        }

        if (options.EndOfText is not null)
        {
            variables["eos_token"] = StringValue.Of(options.EndOfText);
        }

        Set("tools", options.Tools);
        Set("documents", options.Documents);
        foreach (var (name, value) in options.Variables)
        {
            Set(name, value);
        }

        var interpreter = new Interpreter(_binding, variables.GetValueOrDefault, _limits, size, options.Clock, cancellation);
        try
        {
            return interpreter.Run(_statements);
        }
        catch (TemplateFault fault)
        {
            throw Located(Name, _text, fault, interpreter.Offset);
        }

        // Only what the template asks for is converted.
        void Set(string name, JsonElement? value)
        {
            if (value is { } given && name != "messages" && Variables.Contains(name))
            {
                variables[name] = JsonConversion.ToValue(given, $"the variable '{name}'", ref size);
            }
        }
    }

    private static InputException Located(string name, string text, TemplateFault fault, int usual)
    {
        var offset = Math.Clamp(fault.Offset >= 0 ? fault.Offset : usual, 0, text.Length);
        var before = text.AsSpan(0, offset);
        var line = before.Count('\n') + 1;
        var column = PythonText.CodePoints(before[(before.LastIndexOf('\n') + 1)..]) + 1;
        return new InputException($"chat template {name}, line {line}, column {column}: {fault.Message}", fault);
    }
}
