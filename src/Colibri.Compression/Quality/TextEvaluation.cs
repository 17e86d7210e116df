using Colibri.Generation;
using Colibri.Text;

namespace Colibri.Compression.Quality;

/// <summary>How a language model is evaluated on a text.</summary>
public sealed record TextEvaluationOptions
{
    /// <summary>Tokens of a chunk, at least 2; the second half of each is scored.</summary>
    public int Context { get; init; } = 512;

    /// <summary>Most chunks that are taken, or null for all.</summary>
    public int? MaximumChunks { get; init; }

    /// <summary>Told after each chunk.</summary>
    public IProgress<TextEvaluationReport>? Progress { get; init; }
}

/// <summary>How well a language model predicts a text, and how far it is from a reference.</summary>
/// <param name="Chunks">Chunks evaluated.</param>
/// <param name="TotalChunks">Chunks the text has.</param>
/// <param name="ScoredTokens">Tokens whose prediction was scored.</param>
/// <param name="Perplexity">exp of the mean negative log likelihood.</param>
/// <param name="PerplexityError">Standard error of the perplexity.</param>
/// <param name="Comparison">The distance from the reference, where one was given.</param>
public sealed record TextEvaluationReport(
    int Chunks, int TotalChunks, long ScoredTokens, double Perplexity, double PerplexityError, ReferenceComparison? Comparison);

/// <summary>How far a model's predictions are from a reference's, over the scored tokens.</summary>
/// <param name="ReferencePerplexity">The reference's own perplexity.</param>
/// <param name="DivergenceMean">Mean Kullback-Leibler divergence from the reference, in nats.</param>
/// <param name="Divergence99">Its 99th percentile.</param>
/// <param name="DivergenceLargest">Its largest value.</param>
/// <param name="TopAgreement">Share of positions where both hold the same token the likeliest, 0 to 1.</param>
public sealed record ReferenceComparison(
    double ReferencePerplexity, double DivergenceMean, double Divergence99, double DivergenceLargest, double TopAgreement);

/// <summary>
/// Perplexity the way llama.cpp counts it: the text is tokenized once, cut into chunks, each chunk begins with the
/// beginning-of-text token where the model wants one, and the predictions in its second half are scored. Against a
/// reference both models see each chunk at the same time, and nothing but a number per position is kept.
/// </summary>
public static class TextEvaluation
{
    /// <summary>Evaluates a model.</summary>
    /// <param name="model">The model; its context holds a chunk.</param>
    /// <param name="text">UTF-8 text of at least one chunk.</param>
    /// <param name="reference">A model with the same tokens to compare with, or null.</param>
    /// <param name="options">Sizes and progress; null: the defaults.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="InputException">The text is too short, or the models' vocabularies differ.</exception>
    public static TextEvaluationReport Run(
        TextModel model, ReadOnlySpan<byte> text, TextModel? reference = null, TextEvaluationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new TextEvaluationOptions();
        var tokenizer = model.Tokenizer ?? throw new InputException("The model has no tokenizer; it cannot be evaluated on text.");
        Check(model, reference, options);
        var ids = tokenizer.Encode(text);
        var chunks = ids.Length / options.Context;
        if (chunks == 0)
        {
            throw new InputException($"The text has {ids.Length} tokens; at least one chunk of {options.Context} is needed. Give a longer text or a smaller context.");
        }

        if (reference is not null && !reference.Tokenizer!.Encode(text).AsSpan().SequenceEqual(ids))
        {
            throw new InputException("The reference turns the text into other tokens; only models with the same tokenizer can be compared.");
        }

        var scores = new ScoreSums();
        var take = Math.Min(chunks, options.MaximumChunks ?? chunks);
        for (var chunk = 0; chunk < take; chunk++)
        {
            var piece = ids.AsSpan(chunk * options.Context, options.Context).ToArray();
            Score(model, reference, piece, tokenizer, scores, cancellation);
            options.Progress?.Report(scores.Report(chunk + 1, take, reference is not null));
        }

        return scores.Report(take, take, reference is not null);
    }

    private static void Check(TextModel model, TextModel? reference, TextEvaluationOptions options)
    {
        if (options.Context < 2 || options.Context > model.ContextLength || options.Context > (reference?.ContextLength ?? int.MaxValue))
        {
            throw new InputException($"A context of {options.Context} was asked for; 2 to {Math.Min(model.ContextLength, reference?.ContextLength ?? int.MaxValue)} is possible here.");
        }

        if (options.MaximumChunks < 1)
        {
            throw new InputException($"{options.MaximumChunks} chunks were asked for; at least 1 is expected.");
        }

        if (reference is not null && (reference.Shape.Vocabulary != model.Shape.Vocabulary || reference.Tokenizer is null))
        {
            throw new InputException($"The model has a vocabulary of {model.Shape.Vocabulary}, the reference one of {reference.Shape.Vocabulary}{(reference.Tokenizer is null ? " and no tokenizer" : "")}; only models with the same tokens can be compared.");
        }
    }

    private static void Score(TextModel model, TextModel? reference, int[] ids, Tokenizer tokenizer, ScoreSums scores, CancellationToken cancellation)
    {
        var targets = (int[])ids.Clone();
        if (tokenizer is { AddsBeginOfText: true, BeginOfTextId: { } begin })
        {
            ids[0] = begin;
        }

        // The token behind a position is what its logits predict; the last position predicts nothing that is there.
        var first = ids.Length / 2;
        var input = ids[..^1];
        using var rows = model.ReadLogits(input, first);
        using var referenceRows = reference?.ReadLogits(input, first);
        while (rows.Next(cancellation))
        {
            referenceRows?.Next(cancellation);
            for (var i = 0; i < rows.Count; i++)
            {
                scores.Add(model.Engine.Kernels.Softmax, rows.Row(i), referenceRows is null ? default : referenceRows.Row(i), targets[rows.Position + i + 1]);
            }
        }
    }
}
