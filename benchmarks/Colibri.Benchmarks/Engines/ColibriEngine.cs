using System.Diagnostics;
using Colibri.Execution;
using Colibri.Generation;
using Colibri.Kernels;

namespace Colibri.Benchmarks.Engines;

/// <summary>
/// Colibri in this process, with the library's own defaults: below sampling and text, as <see cref="LlamaCppEngine"/> is.
/// </summary>
internal sealed class ColibriEngine : IEngine
{
    private readonly TextModel _model;
    private readonly Engine _engine;
    private readonly PackedBatch _batch = new();
    private readonly float[] _logits;

    /// <summary>Loads the model.</summary>
    /// <exception cref="InputException">The file is faulty, or the options do not suit the model.</exception>
    public ColibriEngine(EngineOptions options)
    {
        var clock = Stopwatch.StartNew();
        _model = TextModel.Load(options.Model, new LoadOptions
        {
            Threads = options.Threads,
            ContextLength = options.Context,
            MaximumSequences = options.Sequences,
            FloatActivations = options.FloatActivations,
        });
        _engine = _model.Engine;
        VocabularySize = _model.Shape.Vocabulary;
        _logits = new float[options.Sequences * VocabularySize];
        LoadSeconds = clock.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public string Name => "Colibri";

    /// <inheritdoc/>
    public string Variant
    {
        get
        {
            var selection = KernelSelection.FromEnvironment();
            var kernels = KernelSet.Lists.Select(list => list.Choose(selection).Name).Distinct();
            return $"{typeof(TextModel).Assembly.GetName().Version?.ToString(3)}, {string.Join(" ", kernels)}, {_engine.Options.KeyValueFormat} cache";
        }
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public double LoadSeconds { get; }

    /// <inheritdoc/>
    public double Prompt(ReadOnlySpan<int> ids)
    {
        using var sequence = new KvSequence(_engine.Pool, ids.Length);
        var clock = Stopwatch.StartNew();
        Fill(sequence, ids);
        return clock.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public double Generate(ReadOnlySpan<int> ids, int depth, int sequences)
    {
        var all = new KvSequence[sequences];
        try
        {
            for (var s = 0; s < sequences; s++)
            {
                all[s] = new KvSequence(_engine.Pool, depth + ids.Length);
                if (depth > 0)
                {
                    Fill(all[s], SampleIds.Take(depth, VocabularySize, seed: 0));
                }
            }

            var clock = Stopwatch.StartNew();
            for (var i = 0; i < ids.Length; i++)
            {
                _batch.Clear();
                foreach (var sequence in all)
                {
                    _batch.Add(sequence, ids.Slice(i, 1), OutputRows.Last);
                }

                _engine.Runner.Step(_batch, _logits);
            }

            return clock.Elapsed.TotalSeconds;
        }
        finally
        {
            foreach (var sequence in all)
            {
                sequence?.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public float[] Logits(ReadOnlySpan<int> ids)
    {
        var result = new float[checked(ids.Length * VocabularySize)];
        _model.Logits(ids.ToArray(), (position, row) => row.CopyTo(result.AsSpan(position * VocabularySize)));
        return result;
    }

    /// <summary>Token ids of a text.</summary>
    /// <exception cref="InputException">The model has no tokenizer.</exception>
    public int[] Tokenize(string text) => _model.Encode(text);

    /// <summary>Frees the model.</summary>
    public void Dispose() => _model.Dispose();

    private void Fill(KvSequence sequence, ReadOnlySpan<int> ids)
    {
        for (var start = 0; start < ids.Length; start += _engine.BatchTokens)
        {
            var piece = ids.Slice(start, Math.Min(_engine.BatchTokens, ids.Length - start));
            _batch.Clear();
            _batch.Add(sequence, piece, start + piece.Length == ids.Length ? OutputRows.Last : OutputRows.None);
            _engine.Runner.Step(_batch, _logits);
        }
    }
}
