using System.Diagnostics;
using System.Threading.Channels;
using Colibri.Execution;
using Colibri.Execution.Profiling;
using Colibri.Generation.Constraints;
using Colibri.Text;

namespace Colibri.Generation;

/// <summary>
/// A generation under way: tokens as they come, then what it took. Disposing the enumeration or cancelling ends it at the
/// next block of the model.
/// </summary>
public sealed class TextGeneration : IAsyncEnumerable<GeneratedToken>
{
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(new() { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _abandoned;
    private readonly StreamingDecoder? _decoder;
    private readonly StopScanner _stops;
    private readonly ConstraintMatcher? _constraint;
    private readonly List<int> _history;
    private readonly int _maximumTokens;
    private readonly Engine _engine;
    private readonly int _cached;
    private readonly int _promptLength;
    private readonly bool _ownsSequence;
    private readonly int _choices;
    private int _enumerated;
    private long _started;
    private long _first;
    private long _last;
    private int _generated;

    internal TextGeneration(Engine engine, Tokenizer? tokenizer, int[] prompt, SamplingOptions sampling, KvSequence? sequence, CancellationToken cancellation)
    {
        _engine = engine;
        Sampling = sampling;
        Sampler = new Sampler(sampling, engine.Kernels.Softmax);
        _constraint = Constrain(sampling.Constraint, tokenizer, engine);

        // Some decoders take a space off a text's start, and an answer stands behind its prompt. A constrained text is what
        // it matched, whatever the prompt left open.
        _decoder = tokenizer?.CreateStreamingDecoder(_constraint is null ? Known(prompt, tokenizer) : tokenizer.Encode("a", addSpecialTokens: false));
        _stops = new StopScanner(sampling.Stop);
        _history = [.. prompt];
        _promptLength = prompt.Length;
        _maximumTokens = Math.Min(sampling.MaximumTokens ?? int.MaxValue, engine.ContextLength - prompt.Length);
        _choices = Math.Min(engine.Model.Shape.Vocabulary, tokenizer?.VocabularySize ?? int.MaxValue);
        _ownsSequence = sequence is null;
        Sequence = sequence ?? new KvSequence(engine.Pool);
        Sequence.PromptLength = prompt.Length;
        _cached = Sequence.Length;
        _abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Cancellation = _abandoned.Token;
    }

    /// <summary>What it has taken so far.</summary>
    public GenerationStatistics Statistics => new()
    {
        PromptTokens = _promptLength,
        CachedTokens = _cached,
        GeneratedTokens = Volatile.Read(ref _generated),
        PromptTime = Stopwatch.GetElapsedTime(_started, Volatile.Read(ref _first)),
        GenerateTime = Stopwatch.GetElapsedTime(Volatile.Read(ref _first), Volatile.Read(ref _last)),
        Seed = Sampler.Seed,
    };

    /// <summary>All token ids so far, prompt included. Complete when the enumeration has ended.</summary>
    public IReadOnlyList<int> Ids => _history;

    internal SamplingOptions Sampling { get; }

    internal Sampler Sampler { get; }

    internal KvSequence Sequence { get; }

    internal CancellationToken Cancellation { get; }

    /// <summary>Nothing is to be generated: the prompt fills the context, or no token was asked for.</summary>
    internal bool IsEmpty => _maximumTokens <= 0;

    /// <summary>Tokens whose keys and values are not in the cache yet.</summary>
    internal ReadOnlySpan<int> Pending => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_history)[Sequence.Length..];

    /// <summary>The tokens as they come. Can be enumerated once.</summary>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _enumerated, 1) != 0)
        {
            throw new InvalidOperationException("A generation can be enumerated once; call Generate again for another one.");
        }

        using var registration = cancellationToken.Register(_abandoned.Cancel);
        try
        {
            await foreach (var token in _tokens.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return token;
            }
        }
        finally
        {
            await _abandoned.CancelAsync().ConfigureAwait(false);
            _abandoned.Dispose();
        }
    }

    /// <summary>Counts the time from here.</summary>
    internal void Begin()
    {
        if (_started == 0)
        {
            _first = _last = _started = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Takes the logits behind the last pending token.</summary>
    /// <returns>Whether generation goes on.</returns>
    internal bool Take(ReadOnlySpan<float> logits)
    {
        var begun = Stopwatch.GetTimestamp();
        _engine.RequireFinite(logits);
        var id = Sampler.Next(logits[.._choices], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_history), _constraint);
        Volatile.Write(ref _last, Stopwatch.GetTimestamp());
        if (_generated == 0)
        {
            Volatile.Write(ref _first, _last);
        }

        _history.Add(id);
        Volatile.Write(ref _generated, _generated + 1);
        var ended = (!Sampling.IgnoreEndOfText || _constraint is not null) && _engine.IsEndOfText(id);
        if (_constraint is not null && !_constraint.Take(id))
        {
            throw new InvalidOperationException($"Token {id} was chosen against the constraint.");
        }
        var text = ended ? "" : _stops.Append(_decoder?.Append(id) ?? "");
        FinishReason? finish = ended || _stops.Stopped || _constraint is { IsComplete: true } ? FinishReason.Stop : _generated >= _maximumTokens ? FinishReason.Length : null;
        if (finish is not null && !_stops.Stopped)
        {
            text += _stops.Append(_decoder?.Flush() ?? "");
            text += _stops.Flush();
        }

        _tokens.Writer.TryWrite(new GeneratedToken(id, text, finish));
        Observe(_last - begun, Stopwatch.GetTimestamp() - _last);
        return finish is null;
    }

    private void Observe(long sampling, long text)
    {
        _engine.Runner.Profile?.AddToken(sampling, text);
        if (ExecutionEvents.Log.IsEnabled())
        {
            ExecutionEvents.Log.Token(ExecutionEvents.Microseconds(sampling), ExecutionEvents.Microseconds(text));
        }
    }

    // A model's vocabulary may be larger than its tokenizer's.
    private static int[] Known(int[] prompt, Tokenizer tokenizer) =>
        Array.TrueForAll(prompt, id => id < tokenizer.VocabularySize) ? prompt : Array.FindAll(prompt, id => id < tokenizer.VocabularySize);

    private static ConstraintMatcher? Constrain(TextConstraint? constraint, Tokenizer? tokenizer, Engine engine)
    {
        if (constraint is null)
        {
            return null;
        }

        return tokenizer is not null
            ? constraint.CreateMatcher(tokenizer, engine.Source.EndOfTextIds)
            : throw new InputException("A constraint needs a tokenizer, and this model has none.");
    }

    /// <summary>Ends the generation.</summary>
    /// <param name="fault">What went wrong, or null.</param>
    internal void End(Exception? fault)
    {
        if (_ownsSequence)
        {
            Sequence.Dispose();
        }

        _tokens.Writer.TryComplete(fault);
    }
}
