using Colibri.Execution;
using Colibri.Formats;
using Colibri.Generation;
using Colibri.Kernels;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution;

/// <summary>
/// The promise: what a sequence gets is the same to the last bit whether it ran alone, in a batch, as one prompt or in
/// pieces, with one thread or many.
/// </summary>
public class InvarianceTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    // Longer than a page of the cache, no multiple of anything.
    private const int Length = 151;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            // Every format with the best portable kernels; every variant with one format of each shape of kernel.
            foreach (var format in TensorFormat.All.Where(f => f.IsNumeric))
            {
                data.Add(format.Name, "portable");
            }

            foreach (var kernels in Variants().Where(name => name != "portable"))
            {
                data.Add("F32", kernels);
                data.Add("Q4_0", kernels);
                data.Add("Q4_K", kernels);
                data.Add("Q6_K", kernels);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_AloneInPiecesInABatchOnAnyThreads_HaveTheSameBits(string format, string kernels)
    {
        if (TensorFormat.Parse(format).GgufType is null)
        {
            // The 8-bit floats exist in safetensors only; GGUF cannot carry them.
            Assert.Throws<InputException>(() => files.Llama(format));
            return;
        }

        // Reference kernels take their time.
        var hidden = kernels == "reference" ? 256 : 512;
        var path = files.Llama(format, hidden, 512);
        var ids = Ids(Length, 1);
        using var alone = Load(path, kernels, 1);
        var expected = Run(alone, ids, [Length]);
        foreach (var threads in new[] { 2, 3 })
        {
            using var engine = Load(path, kernels, threads);
            AssertSame(expected, Run(engine, ids, [Length]), $"{threads} threads");
            AssertSame(expected, Run(engine, ids, [1, 63, 2, 17, 4, 64]), $"pieces, {threads} threads");
            AssertSame(expected, InCompany(engine, ids), $"a batch, {threads} threads");
        }

        using var few = Load(path, kernels, 2, batchTokens: 5);
        AssertSame(expected, Run(few, ids, [.. Enumerable.Repeat(5, 31)]), "steps of five tokens");
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    public void Logits_OddSizes_HaveTheSameBits(string format)
    {
        var path = files.Llama(format, hidden: 72, feedForward: 100);
        var ids = Ids(Length, 2);
        using var engine = Load(path, "portable", 2);
        var expected = Run(engine, ids, [Length]);
        AssertSame(expected, Run(engine, ids, [.. Enumerable.Repeat(1, Length)]), "one by one");
        AssertSame(expected, InCompany(engine, ids), "a batch");
    }

    [Theory]
    [InlineData("F32", "F32")]
    [InlineData("Q4_0", "F32")]
    [InlineData("Q8_0", "F16")]
    [InlineData("Q4_K", "F16")]
    [InlineData("Q6_K", "F32")]
    public void Logits_EveryVariant_HaveTheBitsOfTheReference(string format, string cache)
    {
        // Stronger than the promise: all variants keep one order of operations, so here they agree exactly.
        var path = files.Llama(format);
        var ids = Ids(70, 3);
        float[]? expected = null;
        foreach (var kernels in Variants().Where(name => name != "portable"))
        {
            using var engine = Engine.Load(path, new LoadOptions { Threads = 2, Kernels = kernels, KeyValueFormat = cache });
            var logits = Run(engine, ids, [70]);
            expected ??= logits;
            AssertSame(expected, logits, kernels);
        }
    }

    private static IEnumerable<string> Variants() => KernelSet.Lists.SelectMany(l => l.Variants).Where(v => v.IsSupported).Select(v => v.Name).Distinct();

    private static Engine Load(string path, string kernels, int threads, int batchTokens = 512) =>
        Engine.Load(path, new LoadOptions { Threads = threads, Kernels = kernels, BatchTokens = batchTokens });

    private static int[] Ids(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(TinyLlama.Vocabulary))];
    }

    private static float[] Run(Engine engine, int[] ids, int[] pieces)
    {
        using var sequence = new KvSequence(engine.Pool, ids.Length);
        var logits = new float[ids.Length * TinyLlama.Vocabulary];
        var batch = new PackedBatch();
        var start = 0;
        foreach (var piece in pieces.Concat([ids.Length]))
        {
            var length = Math.Min(piece, ids.Length - start);
            if (length == 0)
            {
                break;
            }

            batch.Clear();
            batch.Add(sequence, ids.AsSpan(start, Math.Min(length, engine.BatchTokens)), OutputRows.All);
            engine.Runner.Step(batch, logits.AsSpan(start * TinyLlama.Vocabulary));
            start += batch.Count;
        }

        Assert.Equal(ids.Length, start);
        return logits;
    }

    // Three other sequences of other lengths before and behind it, in uneven steps.
    private static float[] InCompany(Engine engine, int[] ids)
    {
        var others = new[] { Ids(90, 11), Ids(7, 12), Ids(130, 13) };
        using var a = new KvSequence(engine.Pool, others[0].Length);
        using var b = new KvSequence(engine.Pool, others[1].Length);
        using var c = new KvSequence(engine.Pool, others[2].Length);
        using var own = new KvSequence(engine.Pool, ids.Length);
        var logits = new float[ids.Length * TinyLlama.Vocabulary];
        var batch = new PackedBatch();
        var step = 0;
        for (var start = 0; start < ids.Length; step++)
        {
            var length = Math.Min(1 + step * 7 % 40, ids.Length - start);
            batch.Clear();
            AddSome(batch, a, others[0], 3 + step);
            AddSome(batch, b, others[1], 1);
            batch.Add(own, ids.AsSpan(start, length), OutputRows.All);
            AddSome(batch, c, others[2], 20);
            engine.Runner.Step(batch, logits.AsSpan(start * TinyLlama.Vocabulary));
            start += length;
        }

        return logits;
    }

    private static void AddSome(PackedBatch batch, KvSequence sequence, int[] ids, int count)
    {
        var left = ids.AsSpan(sequence.Length);
        if (left.Length > 0)
        {
            batch.Add(sequence, left[..Math.Min(count, left.Length)], OutputRows.None);
        }
    }

    private static void AssertSame(float[] expected, float[] actual, string where)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"{where}: position {i / TinyLlama.Vocabulary}, token {i % TinyLlama.Vocabulary}: {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }
}
