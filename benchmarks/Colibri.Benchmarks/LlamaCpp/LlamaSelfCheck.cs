using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Benchmarks.LlamaCpp;

/// <summary>
/// A wrong struct layout does not fail, it measures something else. So before anything is measured: the release's name,
/// the size of every struct as the library itself writes it, and every default value the header's source names.
/// </summary>
internal static unsafe class LlamaSelfCheck
{
    private const byte Untouched = 0xCD;
    private const int Room = 4096;

    /// <summary>Checks the loaded library.</summary>
    /// <param name="library">Handle of libllama.</param>
    /// <exception cref="InputException">It is not the library the structs were written for; names every difference.</exception>
    public static void Structs(nint library)
    {
        var faults = new List<string>();
        void Expect<T>(string what, T found, T expected)
        {
            if (!EqualityComparer<T>.Default.Equals(found, expected))
            {
                faults.Add($"{what} is {found}, expected {expected}");
            }
        }

        // The end of the last field, or of the struct where the library copied its padding along.
        void ExpectBytes<T>(string name, string lastField, int lastFieldBytes) where T : unmanaged
        {
            var written = Written(library, $"{name}_default_params");
            var used = (int)Marshal.OffsetOf<T>(lastField) + lastFieldBytes;
            if (written < used || written > sizeof(T))
            {
                faults.Add($"{name}_params has {written} bytes, expected {used} to {sizeof(T)}");
            }
        }

        Expect("version", LlamaLibrary.Version, LlamaLibrary.ExpectedVersion);
        if (faults.Count == 0 && RuntimeInformation.ProcessArchitecture == Architecture.X64 && !OperatingSystem.IsWindows())
        {
            ExpectBytes<LlamaModelParams>("llama_model", nameof(LlamaModelParams.LoadMultiTokenLayers), 1);
            ExpectBytes<LlamaContextParams>("llama_context", nameof(LlamaContextParams.OtherContext), sizeof(nint));
            ExpectBytes<LlamaQuantizeParams>("llama_model_quantize", nameof(LlamaQuantizeParams.MaxBufferSize), sizeof(nuint));
        }

        if (faults.Count == 0)
        {
            Model(Llama.ModelDefaults(), Expect, Expect);
            Context(Llama.ContextDefaults(), Expect, Expect, Expect);
            Quantize(Llama.QuantizeDefaults(), Expect, Expect);
            GgmlThreadPoolParams pool;
            Unsafe.InitBlock(&pool, Untouched, (uint)sizeof(GgmlThreadPoolParams));
            Llama.ThreadPoolDefaults(&pool, 7);
            Expect("threadpool n_threads", pool.Threads, 7);
            Expect("threadpool prio", pool.Priority, 0);
            Expect("threadpool poll", pool.Poll, 50u);
            Expect("threadpool strict_cpu", pool.StrictCpu, (byte)0);
            Expect("threadpool paused", pool.Paused, (byte)0);
            Expect("threadpool cpumask's end", pool.CpuMask[511], (byte)0);
        }

        if (faults.Count > 0)
        {
            throw new InputException($"This libllama is not the one the comparison was written for: {string.Join("; ", faults)}. Run 'fetch-peers --force'.");
        }
    }

    private static void Model(LlamaModelParams p, Action<string, int, int> integer, Action<string, byte, byte> flag)
    {
        integer("model n_gpu_layers", p.GpuLayers, -1);
        integer("model split_mode", p.SplitMode, 1);
        integer("model load_mode", p.LoadMode, -1);
        integer("model lazy_mode", p.LazyMode, 1);
        integer("model main_gpu", p.MainGpu, 0);
        flag("model vocab_only", p.VocabularyOnly, 0);
        flag("model check_tensors", p.CheckTensors, 0);
        flag("model use_extra_bufts", p.UseExtraBuffers, 1);
        flag("model no_host", p.NoHost, 0);
        flag("model no_alloc", p.NoAllocation, 0);
        flag("model load_mtp", p.LoadMultiTokenLayers, 0);
    }

    private static void Context(
        LlamaContextParams p, Action<string, int, int> integer, Action<string, float, float> number, Action<string, byte, byte> flag)
    {
        integer("context n_ctx", (int)p.Context, 512);
        integer("context n_batch", (int)p.Batch, 2048);
        integer("context n_ubatch", (int)p.MicroBatch, 512);
        integer("context n_seq_max", (int)p.MaxSequences, 1);
        integer("context n_rs_seq", (int)p.RecurrentSnapshots, 0);
        integer("context n_outputs_max", (int)p.MaxOutputs, 0);
        integer("context n_outputs_max_per_seq", (int)p.MaxOutputsPerSequence, 1);
        integer("context n_threads", p.Threads, 4);
        integer("context n_threads_batch", p.ThreadsBatch, 4);
        integer("context ctx_type", p.ContextType, 0);
        integer("context rope_scaling_type", p.RopeScalingType, -1);
        integer("context pooling_type", p.PoolingType, -1);
        integer("context attention_type", p.AttentionType, -1);
        integer("context flash_attn_type", p.FlashAttention, -1);
        number("context rope_freq_base", p.RopeFrequencyBase, 0);
        number("context rope_freq_scale", p.RopeFrequencyScale, 0);
        number("context yarn_ext_factor", p.YarnExtrapolation, -1);
        number("context yarn_attn_factor", p.YarnAttention, -1);
        number("context yarn_beta_fast", p.YarnBetaFast, -1);
        number("context yarn_beta_slow", p.YarnBetaSlow, -1);
        integer("context yarn_orig_ctx", (int)p.YarnOriginalContext, 0);
        number("context defrag_thold", p.DefragmentationThreshold, -1);
        integer("context type_k", p.KeyType, 1);
        integer("context type_v", p.ValueType, 1);
        flag("context embeddings", p.Embeddings, 0);
        flag("context offload_kqv", p.OffloadAttention, 1);
        flag("context no_perf", p.NoTimings, 1);
        flag("context op_offload", p.OffloadOperations, 1);
        flag("context swa_full", p.FullWindowCache, 1);
        flag("context kv_unified", p.UnifiedCache, 0);
        integer("context n_samplers", (int)p.SamplerCount, 0);
    }

    private static void Quantize(LlamaQuantizeParams p, Action<string, int, int> integer, Action<string, byte, byte> flag)
    {
        integer("quantize nthread", p.Threads, 0);
        integer("quantize ftype", p.FileType, 7);
        integer("quantize output_tensor_type", p.OutputTensorType, 43);
        integer("quantize token_embedding_type", p.TokenEmbeddingType, 43);
        flag("quantize allow_requantize", p.AllowRequantize, 0);
        flag("quantize quantize_output_tensor", p.QuantizeOutputTensor, 1);
        flag("quantize only_copy", p.OnlyCopy, 0);
        flag("quantize pure", p.Pure, 0);
        flag("quantize keep_split", p.KeepSplit, 0);
        flag("quantize dry_run", p.DryRun, 0);
        integer("quantize max_buf_size in MiB", (int)(p.MaxBufferSize >> 20), 8192);
    }

    /// <summary>
    /// How far the library writes when it returns the struct. On System V x86-64 a large struct comes back through a
    /// hidden first argument that is returned as well, so a filled buffer shows the last byte written.
    /// </summary>
    private static int Written(nint library, string function)
    {
        var get = (delegate* unmanaged<byte*, byte*>)NativeLibrary.GetExport(library, function);
        var buffer = stackalloc byte[Room];
        Unsafe.InitBlock(buffer, Untouched, Room);
        get(buffer);
        return new ReadOnlySpan<byte>(buffer, Room).LastIndexOfAnyExcept(Untouched) + 1;
    }
}
