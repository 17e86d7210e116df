using System.Runtime.CompilerServices;
using System.Text;
using Colibri.Execution;
using Colibri.Text;
using Colibri.Text.Templates;

namespace Colibri.Generation;

/// <summary>
/// A conversation with a model: it keeps what was said, turns it into the prompt the model was trained on, and computes
/// only what is new since the last turn. For one thread at a time; several sessions may share a model.
/// </summary>
public sealed class ChatSession : IDisposable
{
    private readonly TextModel _model;
    private readonly ChatTemplate? _template;
    private readonly ChatTemplateOptions _options;
    private readonly bool _keepsSystem;
    private readonly KvSequence _sequence;
    private readonly List<ChatMessage> _messages = [];
    private int[] _stored = [];
    private string? _system;
    private bool _answering;

    /// <summary>Begins a conversation.</summary>
    /// <param name="model">The model; it must outlive the session.</param>
    /// <param name="system">How the model shall behave, or null.</param>
    /// <exception cref="InputException">The model's chat template is malformed.</exception>
    public ChatSession(TextModel model, string? system = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _template = model.ChatTemplate is { } source ? ChatTemplate.Parse(source, "of the model") : null;
        _options = OptionsFor(model.Tokenizer);
        _keepsSystem = _template?.KeepsSystemMessage() ?? false;
        _sequence = new KvSequence(model.Engine.Pool);
        _system = system;
    }

    /// <summary>
    /// Whether the model has a chat template. Without one it was not trained to talk: what is said is one growing text, and
    /// an answer is how the model continues it.
    /// </summary>
    public bool HasTemplate => _template is not null;

    /// <summary>How the model shall behave, or null. Changing it begins a new conversation.</summary>
    public string? System
    {
        get => _system;
        set
        {
            _system = value;
            Reset();
        }
    }

    /// <summary>What was said, oldest first, without the system's message.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>What the last answer took, or null before the first.</summary>
    public GenerationStatistics? Statistics { get; private set; }

    /// <summary>Forgets what was said.</summary>
    public void Reset()
    {
        Expect();
        _messages.Clear();
    }

    /// <summary>
    /// Says something and gives the answer as it comes. An answer that is cancelled or no longer enumerated stays in the
    /// conversation as far as it came.
    /// </summary>
    /// <param name="text">What is said.</param>
    /// <param name="sampling">How tokens are chosen; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    /// <exception cref="InputException">The conversation is longer than the context, or the template refuses it; then nothing was said.</exception>
    /// <exception cref="OperationCanceledException">The answer was cancelled.</exception>
    public async IAsyncEnumerable<GeneratedToken> AskAsync(
        string text, SamplingOptions? sampling = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        Expect();
        _messages.Add(new ChatMessage("user", text));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var generation = Begin(sampling, ending.Token);
        _answering = true;
        var answer = new StringBuilder();
        var tokens = generation.GetAsyncEnumerator(CancellationToken.None);
        try
        {
            while (await tokens.MoveNextAsync().ConfigureAwait(false))
            {
                answer.Append(tokens.Current.Text);
                yield return tokens.Current;

                // Also where the model was quicker, and has all it will say ready.
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            // The cache is in use until the model has let go of it, also when the caller no longer listens.
            await ending.CancelAsync().ConfigureAwait(false);
            await DrainAsync(tokens).ConfigureAwait(false);
            _stored = [.. generation.Ids.Take(_sequence.Length)];
            Statistics = generation.Statistics;
            _messages.Add(new ChatMessage("assistant", answer.ToString()));
            _answering = false;
        }
    }

    /// <summary>Ends the conversation.</summary>
    public void Dispose() => _sequence.Dispose();

    /// <summary>What a template is told of a model's tokens.</summary>
    internal static ChatTemplateOptions OptionsFor(Tokenizer? tokenizer) => new()
    {
        BeginOfText = tokenizer?.BeginOfTextId is { } begin ? tokenizer.TokenText(begin) : null,
        EndOfText = tokenizer?.EndOfTextId is { } end ? tokenizer.TokenText(end) : null,
    };

    private static async Task<bool> DrainAsync(IAsyncEnumerator<GeneratedToken> tokens)
    {
        try
        {
            while (await tokens.MoveNextAsync().ConfigureAwait(false))
            {
                // Nobody wants these.
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            // This is how a cancelled generation says that it has ended.
            return false;
        }
        finally
        {
            await tokens.DisposeAsync().ConfigureAwait(false);
        }
    }

    private TextGeneration Begin(SamplingOptions? sampling, CancellationToken cancellation)
    {
        try
        {
            var ids = Prompt();

            // At least one token is computed: its logits begin the answer.
            var common = Math.Min(ids.AsSpan().CommonPrefixLength(_stored), ids.Length - 1);
            _sequence.Truncate(Math.Min(common, _sequence.Length));
            _stored = _stored[.._sequence.Length];
            return _model.Generate(ids, sampling, _sequence, cancellation);
        }
        catch (InputException)
        {
            _messages.RemoveAt(_messages.Count - 1);
            throw;
        }
    }

    private int[] Prompt()
    {
        if (_template is null)
        {
            return _model.Encode(string.Concat(_messages.Select(m => m.Content).Prepend(_system)));
        }

        var messages = new List<ChatMessage>(_messages);
        if (_system is not null && _keepsSystem)
        {
            messages.Insert(0, new ChatMessage("system", _system));
        }
        else if (_system is not null)
        {
            // A template without a place for it: the first thing that is said carries it.
            messages[0] = messages[0] with { Content = _system + "\n\n" + messages[0].Content };
        }

        // The template writes the special tokens itself.
        var prompt = _template.Render(messages, _options);
        var tokenizer = _model.Tokenizer ?? throw new InputException("The model has no tokenizer; it cannot be talked to.");
        var ids = tokenizer.Encode(prompt, addSpecialTokens: false);
        return ids.Length > 0 ? ids : throw new InputException("The model's chat template made an empty prompt of the conversation.");
    }

    private void Expect()
    {
        if (_answering)
        {
            throw new InvalidOperationException("The last answer is still being enumerated; end that first.");
        }
    }
}
