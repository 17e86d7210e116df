using Colibri.Execution;
using Colibri.Files;
using Colibri.Models;
using Colibri.Text;

namespace Colibri.Generation;

/// <summary>
/// A language model, ready to run. Safe to use from many threads: generations that run at the same time share each step,
/// and each gets exactly what it would get alone.
/// </summary>
public sealed class TextModel : IDisposable
{
    private readonly Engine _engine;
    private readonly Scheduler _scheduler;

    private TextModel(Engine engine, Tokenizer? tokenizer)
    {
        _engine = engine;
        Tokenizer = tokenizer;
        _scheduler = new Scheduler(engine);
    }

    /// <summary>The model's sizes.</summary>
    public ModelShape Shape => _engine.Model.Shape;

    /// <summary>The tokenizer, or null where the model has none.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Longest sequence in tokens, prompt and answer together.</summary>
    public int ContextLength => _engine.ContextLength;

    /// <summary>Threads that compute.</summary>
    public int Threads => _engine.Workers.Count;

    /// <summary>The model's chat template, or null.</summary>
    public string? ChatTemplate => _engine.Source.ChatTemplate;

    /// <summary>How the model's makers advise to sample.</summary>
    public GenerationDefaults GenerationDefaults => _engine.Source.GenerationDefaults;

    /// <summary>What the model needs in memory, as computed before it was loaded.</summary>
    public MemoryForecast Forecast => _engine.Forecast;

    internal Engine Engine => _engine;

    /// <summary>Loads a model. Weights stay in the mapped file; <see cref="LoadOptions.Loading"/> says when they are read.</summary>
    /// <param name="path">A GGUF file or a Hugging Face folder.</param>
    /// <param name="options">How to load it.</param>
    /// <param name="cancellationToken">Ends reading the weights.</param>
    /// <exception cref="InputException">The files or the options are wrong, or the memory does not suffice.</exception>
    public static TextModel Load(string path, LoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var engine = Engine.Load(path, options ?? new LoadOptions(), cancellationToken);
        try
        {
            var tokenizer = engine.Source.LoadTokenizer();
            // Folders may have a table that is padded to a round size; a GGUF file has a token for each of its rows.
            if (tokenizer is not null && (tokenizer.VocabularySize > engine.Model.Shape.Vocabulary
                || (engine.Source.Layout == ModelLayout.Gguf && tokenizer.VocabularySize < engine.Model.Shape.Vocabulary)))
            {
                throw new InputException($"{path}: the tokenizer has {tokenizer.VocabularySize} tokens, but the model's vocabulary has {engine.Model.Shape.Vocabulary}. The tokenizer belongs to another model.");
            }

            foreach (var id in engine.Source.EndOfTextIds)
            {
                if (id >= engine.Model.Shape.Vocabulary)
                {
                    throw new InputException($"{path}: the text is to end with token {id} (eos_token_id, or what is like it), which is outside the vocabulary of {engine.Model.Shape.Vocabulary}.");
                }
            }

            return new TextModel(engine, tokenizer);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Continues a text.</summary>
    /// <param name="prompt">The text; empty starts from the beginning-of-text token.</param>
    /// <param name="sampling">How tokens are chosen; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    /// <exception cref="InputException">The prompt is longer than the context, or an option is out of range.</exception>
    public TextGeneration Generate(string prompt, SamplingOptions? sampling = null, CancellationToken cancellationToken = default) =>
        Generate(Encode(prompt), sampling, cancellationToken);

    /// <summary>Continues token ids.</summary>
    /// <param name="ids">At least one token id.</param>
    /// <param name="sampling">How tokens are chosen; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    /// <exception cref="InputException">An id is unknown, the prompt longer than the context, or an option out of range.</exception>
    public TextGeneration Generate(IReadOnlyList<int> ids, SamplingOptions? sampling = null, CancellationToken cancellationToken = default) =>
        Generate(ids, sampling, null, cancellationToken);

    /// <summary>Token ids of a prompt: what <see cref="Generate(string, SamplingOptions?, CancellationToken)"/> continues.</summary>
    /// <param name="prompt">The text; empty gives the beginning-of-text token.</param>
    /// <exception cref="InputException">The model has no tokenizer, or an empty prompt has nothing to start from.</exception>
    public int[] Encode(string prompt)
    {
        var tokenizer = Tokenizer ?? throw new InputException($"{_engine.Source.Path}: has no tokenizer; only token ids can be continued.");
        var ids = tokenizer.Encode(prompt);
        if (ids.Length > 0)
        {
            return ids;
        }

        // Models that end and begin texts with the same token name it the end.
        var start = tokenizer.BeginOfTextId ?? tokenizer.EndOfTextId;
        return start is { } id ? [id] : throw new InputException("An empty prompt needs a beginning-of-text token, and this model has none. Give a prompt.");
    }

    /// <summary>Logits behind every token of a sequence.</summary>
    /// <param name="ids">Token ids, at most the context.</param>
    /// <param name="row">Called for each position in order with [vocabulary] logits, valid during the call.</param>
    /// <param name="first">First position whose logits are computed; earlier ones only fill the cache.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="InputException">An id is unknown, or the sequence is longer than the context.</exception>
    public void Logits(IReadOnlyList<int> ids, LogitsRow row, int first = 0, CancellationToken cancellationToken = default)
    {
        using var reader = ReadLogits([.. ids], first);
        while (reader.Next(cancellationToken))
        {
            for (var i = 0; i < reader.Count; i++)
            {
                row(reader.Position + i, reader.Row(i));
            }
        }
    }

    /// <summary>Frees the model; generations that run end with an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _scheduler.Dispose();
        _engine.Dispose();
    }

    /// <summary>Continues token ids, with a cache that holds some of them already.</summary>
    /// <param name="ids">All token ids.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="sequence">Keys and values of the first ids, fewer than all; it stays the caller's. Null: none.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    internal TextGeneration Generate(IReadOnlyList<int> ids, SamplingOptions? sampling, KvSequence? sequence, CancellationToken cancellationToken)
    {
        Check(ids);
        var generation = new TextGeneration(_engine, Tokenizer, [.. ids], sampling ?? new SamplingOptions(), sequence, cancellationToken);
        _scheduler.Add(generation);
        return generation;
    }

    /// <summary>Continues the same token ids in several sequences that take every step together.</summary>
    /// <param name="ids">All token ids.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="sequences">Keys and values of the first ids, fewer than all; no more sequences than the model was loaded for.</param>
    /// <param name="cancellationToken">Ends the generations.</param>
    internal TextGeneration[] GenerateTogether(
        IReadOnlyList<int> ids, SamplingOptions sampling, IReadOnlyList<KvSequence> sequences, CancellationToken cancellationToken)
    {
        Check(ids);
        TextGeneration[] generations = [.. sequences.Select(s => new TextGeneration(_engine, Tokenizer, [.. ids], sampling, s, cancellationToken))];
        _scheduler.Add(generations);
        return generations;
    }

    /// <summary>Begins to compute the logits behind every token of a sequence.</summary>
    /// <param name="ids">Token ids, at most the context.</param>
    /// <param name="first">First position whose logits are wanted.</param>
    internal LogitsReader ReadLogits(int[] ids, int first)
    {
        Check(ids);
        return new LogitsReader(_engine, ids, first);
    }

    private void Check(IReadOnlyList<int> ids)
    {
        if (ids.Count == 0)
        {
            throw new InputException("There is no token to start from; give at least one.");
        }

        if (ids.Count > ContextLength)
        {
            throw new InputException($"The prompt has {ids.Count} tokens; the context holds {ContextLength}" + (ContextLength < Shape.Context
                ? $". Shorten the prompt, or load the model with a longer context (it has at most {Shape.Context})."
                : ", as many as this model can. Shorten the prompt."));
        }

        foreach (var id in ids)
        {
            if ((uint)id >= (uint)Shape.Vocabulary)
            {
                throw new InputException($"Token {id} is outside the vocabulary of {Shape.Vocabulary}.");
            }
        }
    }
}

/// <summary>Receives the logits of one position.</summary>
/// <param name="position">Position in the sequence.</param>
/// <param name="logits">[vocabulary].</param>
public delegate void LogitsRow(int position, ReadOnlySpan<float> logits);
