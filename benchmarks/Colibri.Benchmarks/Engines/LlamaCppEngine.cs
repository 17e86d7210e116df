using System.Diagnostics;
using System.Text;
using Colibri.Benchmarks.LlamaCpp;

namespace Colibri.Benchmarks.Engines;

/// <summary>
/// llama.cpp in this process, set up the way its own llama-bench sets it up: mapped weights, repacking allowed, batches of
/// 2,048 in pieces of 512, flash attention left to it, float16 cache, one polling thread pool for prompts and tokens.
/// </summary>
internal sealed unsafe class LlamaCppEngine : IEngine
{
    private const int Batch = 2048;
    private const int MicroBatch = 512;
    private const int LoadModeMapped = 1;
    private const int TypeF32 = 0;
    private const int FlashAttentionOff = 0;

    private readonly EngineOptions _options;
    private readonly nint _pool;
    private nint _model;
    private nint _context;

    /// <summary>Loads the library where needed, the model and a context.</summary>
    /// <exception cref="InputException">The library is not there, or it refuses the file.</exception>
    public LlamaCppEngine(EngineOptions options)
    {
        if (!File.Exists(options.Model))
        {
            throw new InputException($"'{options.Model}' is not there; llama.cpp reads a GGUF file.");
        }

        LlamaLibrary.Load(options.Peers);
        _options = options;
        var clock = Stopwatch.StartNew();
        var model = Llama.ModelDefaults();
        model.GpuLayers = 0;
        model.LoadMode = LoadModeMapped;
        _model = Llama.LoadModel(options.Model, model);
        if (_model == 0)
        {
            throw new InputException($"llama.cpp cannot load '{options.Model}': {LlamaLibrary.TakeWarnings()}.");
        }

        var context = Llama.ContextDefaults();
        context.Context = checked((uint)(options.Context * options.Sequences));
        context.Batch = Batch;
        context.MicroBatch = MicroBatch;
        context.MaxSequences = (uint)options.Sequences;
        context.Threads = context.ThreadsBatch = options.Threads;
        if (options.PreciseCache)
        {
            context.KeyType = context.ValueType = TypeF32;
            context.FlashAttention = FlashAttentionOff;
        }

        _context = Llama.CreateContext(_model, context);
        if (_context == 0)
        {
            Dispose();
            throw new InputException($"llama.cpp cannot run '{options.Model}': {LlamaLibrary.TakeWarnings()}.");
        }

        // Without a pool of its own ggml starts and ends threads for every token.
        _pool = CreateThreadPool(options.Threads);
        Llama.AttachThreadPool(_context, _pool, 0);
        LoadSeconds = clock.Elapsed.TotalSeconds;
        Vocabulary = Llama.Vocabulary(_model);
        VocabularySize = Llama.VocabularySize(Vocabulary);
        LlamaLibrary.TakeWarnings();
    }

    /// <inheritdoc/>
    public string Name => "llama.cpp";

    /// <inheritdoc/>
    public string Variant => $"{LlamaLibrary.Version}, {LlamaLibrary.CpuBackend}";

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public double LoadSeconds { get; }

    /// <summary>Whether the model wants a beginning-of-text token in front of a text.</summary>
    public bool AddsBeginOfText => Llama.AddsBeginOfText(Vocabulary) != 0;

    /// <summary>The beginning-of-text token, or -1.</summary>
    public int BeginOfText => Llama.BeginOfText(Vocabulary);

    private nint Vocabulary { get; }

    /// <summary>What llama.cpp calls the model, for example <c>llama 1B Q4_0</c>.</summary>
    public string Description
    {
        get
        {
            var buffer = stackalloc byte[256];
            Llama.Describe(_model, buffer, 256);
            return LlamaLibrary.Text((nint)buffer);
        }
    }

    /// <inheritdoc/>
    public double Prompt(ReadOnlySpan<int> ids)
    {
        Clear();
        var clock = Stopwatch.StartNew();
        for (var start = 0; start < ids.Length; start += Batch)
        {
            DecodeOne(ids.Slice(start, Math.Min(Batch, ids.Length - start)));
        }

        Llama.Synchronize(_context);
        return clock.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public double Generate(ReadOnlySpan<int> ids, int depth, int sequences)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequences, _options.Sequences);
        Clear();
        var filling = SampleIds.Take(depth, VocabularySize, seed: 0);
        if (sequences == 1)
        {
            for (var at = 0; at < depth; at += Batch)
            {
                DecodeOne(filling.AsSpan(at, Math.Min(Batch, depth - at)));
            }

            Llama.Synchronize(_context);
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < ids.Length; i++)
            {
                DecodeOne(ids.Slice(i, 1));
                Llama.Synchronize(_context);
            }

            return clock.Elapsed.TotalSeconds;
        }

        return GenerateTogether(ids, filling, sequences);
    }

    /// <inheritdoc/>
    public float[] Logits(ReadOnlySpan<int> ids)
    {
        Clear();
        var result = new float[checked(ids.Length * VocabularySize)];
        using var batch = new Packed(Math.Min(ids.Length, Batch));
        for (var start = 0; start < ids.Length; start += Batch)
        {
            var count = Math.Min(Batch, ids.Length - start);
            batch.Reset();
            for (var i = 0; i < count; i++)
            {
                batch.Add(ids[start + i], start + i, sequence: 0, output: true);
            }

            Decode(batch.Value);
            for (var i = 0; i < count; i++)
            {
                LogitsAt(i).CopyTo(result.AsSpan((start + i) * VocabularySize, VocabularySize));
            }
        }

        return result;
    }

    /// <summary>The logits of an output of the last step; valid until the next.</summary>
    /// <param name="index">The token's place in the batch.</param>
    public ReadOnlySpan<float> LogitsAt(int index)
    {
        var row = Llama.LogitsAt(_context, index);
        return row is null
            ? throw new InvalidOperationException($"llama.cpp kept no logits for token {index} of the batch.")
            : new ReadOnlySpan<float>(row, VocabularySize);
    }

    /// <summary>Token ids of a text, with the special tokens the model wants around it and none read inside it.</summary>
    public int[] Tokenize(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var ids = new int[utf8.Length + 8];
        fixed (byte* bytes = utf8)
        fixed (int* room = ids)
        {
            var count = Llama.Tokenize(Vocabulary, bytes, utf8.Length, room, ids.Length, addSpecial: 1, parseSpecial: 0);
            return count >= 0 ? ids[..count] : throw new InvalidOperationException("llama.cpp made more tokens than the text has bytes.");
        }
    }

    /// <summary>Frees context, pool and model.</summary>
    public void Dispose()
    {
        if (_context != 0)
        {
            Llama.FreeContext(_context);
            _context = 0;
            if (_pool != 0)
            {
                ((delegate* unmanaged<nint, void>)CpuFunction("ggml_threadpool_free"))(_pool);
            }
        }

        if (_model != 0)
        {
            Llama.FreeModel(_model);
            _model = 0;
        }
    }

    private static nint CreateThreadPool(int threads)
    {
        GgmlThreadPoolParams parameters;
        Llama.ThreadPoolDefaults(&parameters, threads);
        var pool = ((delegate* unmanaged<GgmlThreadPoolParams*, nint>)CpuFunction("ggml_threadpool_new"))(&parameters);
        return pool != 0 ? pool : throw new InvalidOperationException($"llama.cpp could not start {threads} threads.");
    }

    private static nint CpuFunction(string name)
    {
        var function = Llama.BackendFunction(Llama.BackendRegistry("CPU"), name);
        return function != 0 ? function : throw new InvalidOperationException($"llama.cpp's processor backend has no function '{name}'.");
    }

    private double GenerateTogether(ReadOnlySpan<int> ids, int[] filling, int sequences)
    {
        var depth = filling.Length;
        using var batch = new Packed(Math.Max(sequences, Math.Min(Batch, Math.Max(depth, 1))));
        for (var s = 0; s < sequences; s++)
        {
            for (var at = 0; at < depth; at += Batch)
            {
                var piece = filling.AsSpan(at, Math.Min(Batch, depth - at));
                batch.Reset();
                for (var i = 0; i < piece.Length; i++)
                {
                    batch.Add(piece[i], at + i, s, output: i == piece.Length - 1);
                }

                Decode(batch.Value);
            }
        }

        Llama.Synchronize(_context);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < ids.Length; i++)
        {
            batch.Reset();
            for (var s = 0; s < sequences; s++)
            {
                batch.Add(ids[i], depth + i, s, output: true);
            }

            Decode(batch.Value);
            Llama.Synchronize(_context);
        }

        return clock.Elapsed.TotalSeconds;
    }

    private void Clear() => Llama.ClearMemory(Llama.Memory(_context), data: 0);

    private void DecodeOne(ReadOnlySpan<int> ids)
    {
        fixed (int* tokens = ids)
        {
            Decode(Llama.BatchOfOne(tokens, ids.Length));
        }
    }

    private void Decode(LlamaBatch batch)
    {
        var result = Llama.Decode(_context, batch);
        if (result != 0)
        {
            throw new InvalidOperationException($"llama.cpp's step failed with {result}: {LlamaLibrary.TakeWarnings()}.");
        }
    }

    /// <summary>A batch that names each token's position and sequence.</summary>
    private sealed class Packed(int room) : IDisposable
    {
        private LlamaBatch _batch = Llama.CreateBatch(room, embedding: 0, maxSequences: 1);

        public LlamaBatch Value => _batch;

        public void Reset() => _batch.Count = 0;

        public void Add(int id, int position, int sequence, bool output)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_batch.Count, room);
            var i = _batch.Count++;
            _batch.Tokens[i] = id;
            _batch.Positions[i] = position;
            _batch.SequenceCounts[i] = 1;
            _batch.SequenceIds[i][0] = sequence;
            _batch.Outputs[i] = output ? (sbyte)1 : (sbyte)0;
        }

        public void Dispose() => Llama.FreeBatch(_batch);
    }
}
