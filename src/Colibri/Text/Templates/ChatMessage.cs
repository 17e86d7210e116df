using System.Text.Json;

namespace Colibri.Text.Templates;

/// <summary>One message of a conversation.</summary>
public sealed record ChatMessage
{
    /// <summary>A message of plain text.</summary>
    /// <param name="role">Who speaks: system, user, assistant, tool, or whatever the model's template knows.</param>
    /// <param name="content">What is said.</param>
    public ChatMessage(string role, string? content)
    {
        Role = role;
        Content = content;
    }

    /// <summary>Who speaks.</summary>
    public string Role { get; init; }

    /// <summary>What is said; null for an assistant that only calls tools (templates see <c>none</c>).</summary>
    public string? Content { get; init; }

    /// <summary>
    /// What is said, as a list of parts ({"type": "text", "text": ...}, {"type": "image"} ...); where given, it stands in
    /// place of <see cref="Content"/>.
    /// </summary>
    public JsonElement? Parts { get; init; }

    /// <summary>What an assistant thought before it answered, for templates that show it (reasoning_content).</summary>
    public string? Reasoning { get; init; }

    /// <summary>The tools an assistant calls.</summary>
    public IReadOnlyList<ChatToolCall> ToolCalls { get; init; } = [];

    /// <summary>For a tool's answer: the call it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>The name of the tool or participant.</summary>
    public string? Name { get; init; }

    /// <summary>Further fields, for templates that read them.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; init; } = new Dictionary<string, JsonElement>();

    internal DictValue ToValue(ref long size)
    {
        var message = new DictValue(4);
        message.Set("role", StringValue.Of(Role));
        message.Set("content", Parts is { } parts ? JsonConversion.ToValue(parts, "the message's content", ref size)
            : Content is null ? NoneValue.Instance : StringValue.Of(Content));
        size += Role.Length + (Content?.Length ?? 0) + (Reasoning?.Length ?? 0);
        Optional("reasoning_content", Reasoning);
        Optional("name", Name);
        if (ToolCalls.Count > 0)
        {
            var calls = new ListValue();
            foreach (var call in ToolCalls)
            {
                calls.Items.Add(call.ToValue(ref size));
            }

            message.Set("tool_calls", calls);
        }

        Optional("tool_call_id", ToolCallId);
        foreach (var (name, value) in Fields)
        {
            message.Set(name, JsonConversion.ToValue(value, $"the message's field '{name}'", ref size));
        }

        return message;

        void Optional(string name, string? value)
        {
            if (value is not null)
            {
                message.Set(name, StringValue.Of(value));
            }
        }
    }
}

/// <summary>A call of a tool.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">Its arguments: an object, as most templates expect, or a string of JSON.</param>
public sealed record ChatToolCall(string Name, JsonElement Arguments)
{
    /// <summary>The id its answer refers to.</summary>
    public string? Id { get; init; }

    internal DictValue ToValue(ref long size)
    {
        var function = new DictValue(2);
        function.Set("name", StringValue.Of(Name));
        function.Set("arguments", JsonConversion.ToValue(Arguments, "a tool call's arguments", ref size));
        var call = new DictValue(3);
        if (Id is not null)
        {
            call.Set("id", StringValue.Of(Id));
        }

        call.Set("type", new StringValue("function"));
        call.Set("function", function);
        return call;
    }
}
