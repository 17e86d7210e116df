using Colibri.Execution;
using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.Attention;
using Colibri.Kernels.Rotary;
using Colibri.Tests.Kernels;
using Xunit;

namespace Colibri.Tests.Execution;

/// <summary>Windows, soft caps, caches and whole texts through a plan: the equation, and the same bits in every company.</summary>
public class AttentionPlanTests
{
    private const int Heads = 4;
    private const int Shared = 2;
    private const int HeadSize = 16;
    private const int Length = 150;

    public static TheoryData<string, string, int, float> Causal
    {
        get
        {
            var data = new TheoryData<string, string, int, float>();
            foreach (var kernels in Variants())
            {
                foreach (var format in KvStorages.Names)
                {
                    data.Add(kernels, format, 0, 0);
                    data.Add(kernels, format, 40, 5);
                }
            }

            return data;
        }
    }

    public static TheoryData<string, int> Texts
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kernels in Variants())
            {
                data.Add(kernels, 0);
                data.Add(kernels, 40);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Causal))]
    public void Causal_AloneInPiecesInABatchOnAnyThreads_HaveTheSameBits(string kernels, string format, int window, float cap)
    {
        var plan = Plan.Record(Model(new AttentionSpec(0, Heads, Shared, HeadSize, 0.25f, null) { Window = window, SoftCap = cap }));
        var ids = Ids(Length, 1);
        using var pool = new KvPool(new KvLayout(1, Shared, HeadSize, TensorFormat.Parse(format)), 64);
        var expected = Logits(plan, kernels, pool, 1, ids, [Length], []);
        Assert.All(expected, v => Assert.True(float.IsFinite(v)));
        foreach (var threads in new[] { 2, 3 })
        {
            KernelTesting.AssertSame(expected, Logits(plan, kernels, pool, threads, ids, [Length], []), "one prompt");
            KernelTesting.AssertSame(expected, Logits(plan, kernels, pool, threads, ids, [1, 63, 2, 17, 4, 63], []), "pieces");
            KernelTesting.AssertSame(expected, Logits(plan, kernels, pool, threads, ids, [30, 40, 1, 79], [90, 7]), "a batch");
        }

        KernelTesting.AssertSame(expected, Logits(plan, "reference", pool, 2, ids, [Length], []), "reference");
        Assert.Equal(64, pool.FreePages);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Texts_AloneAndInABatchOnAnyThreads_HaveTheSameBits(string kernels, int window)
    {
        var plan = Plan.Record(Model(TextSpec(window)));
        Assert.True(plan.TakesTexts);
        var texts = new[] { Ids(70, 1), Ids(1, 2), Ids(129, 3), Ids(64, 4) };
        using var alone = new Workers(1);
        using var single = new InferenceRunner(plan, alone, KernelSet.Of(new(kernels)), 512, allowInt8: false);
        var expected = texts.Select(t => Outputs(single, t)).ToArray();
        using var workers = new Workers(3);
        using var runner = new InferenceRunner(plan, workers, KernelSet.Of(new(kernels)), 512, allowInt8: false);
        KernelTesting.AssertSame([.. expected.SelectMany(e => e)], Outputs(runner, texts), "a batch");
        KernelTesting.AssertSame([.. expected.Reverse().SelectMany(e => e)], Outputs(runner, [.. texts.Reverse()]), "the other way around");
        using var reference = new InferenceRunner(plan, workers, KernelSet.Of(new("reference")), 512, allowInt8: false);
        KernelTesting.AssertSame(expected[0], Outputs(reference, texts[0]), "reference");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    public void Texts_AgainstFloat64_AreTheEquation(int window)
    {
        var spec = new AttentionSpec(0, Heads, Shared, HeadSize, 0.25f, null) { Causal = false, Window = window };
        using var workers = new Workers(2);
        using var runner = new InferenceRunner(Plan.Record(Model(spec)), workers, KernelSet.Of(KernelSelection.Best), 256, allowInt8: false);
        var ids = Ids(70, 5);
        var actual = Outputs(runner, ids);
        var expected = new PlainModel(spec).Logits(ids);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 2e-4);
        }

        // The last token matters to the first, where no window lies between.
        var other = Outputs(runner, [.. ids[..^1], (ids[^1] + 1) % SmallModel.Vocabulary]);
        Assert.Equal(window == 0, !actual.AsSpan(0, SmallModel.Vocabulary).SequenceEqual(other.AsSpan(0, SmallModel.Vocabulary)));
    }

    [Fact]
    public void Texts_UnderTheObservingRunner_HaveTheSameBits()
    {
        var plan = Plan.Record(Model(TextSpec(0)));
        var texts = new[] { Ids(70, 1), Ids(33, 2) };
        using var workers = new Workers(2);
        using var observing = new ObservingRunner(plan, workers, KernelSet.Of(KernelSelection.Best), 128, new KvLayout(1, Shared, HeadSize, TensorFormat.Parse("F32")));
        var carries = new float[texts.Length][];
        for (var segment = 0; segment < plan.Segments.Count; segment++)
        {
            observing.RunSegment(segment, texts, carries, null);
        }

        using var runner = new InferenceRunner(plan, workers, KernelSet.Of(KernelSelection.Best), 128, allowInt8: false);
        KernelTesting.AssertSame([.. carries.SelectMany(c => c)], Outputs(runner, texts), "observing");
    }

    [Fact]
    public void Texts_SteadyState_AllocateNothing()
    {
        var plan = Plan.Record(Model(TextSpec(40)));
        using var workers = new Workers(1);
        using var runner = new InferenceRunner(plan, workers, KernelSet.Of(new("portable")), 128, allowInt8: false);
        var batch = new PackedBatch();
        var ids = Ids(70, 1);
        var logits = new float[SmallModel.Vocabulary];
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step()
        {
            batch.Clear();
            batch.Add(ids, OutputRows.Last);
            runner.Step(batch, logits);
        }
    }

    [Fact]
    public void Step_TextOrSequenceWhereTheOtherIsTaken_IsAnError()
    {
        using var workers = new Workers(1);
        using var pool = new KvPool(new KvLayout(1, Shared, HeadSize, TensorFormat.Parse("F32")), 4);
        using var sequence = new KvSequence(pool);
        var text = new PackedBatch();
        text.Add([1, 2], OutputRows.Last);
        var tokens = new PackedBatch();
        tokens.Add(sequence, [1, 2], OutputRows.Last);
        var logits = new float[SmallModel.Vocabulary];
        using var causal = new InferenceRunner(Plan.Record(Model(new AttentionSpec(0, Heads, Shared, HeadSize, 1, null))), workers, KernelSet.Of(KernelSelection.Best), 8);
        using var whole = new InferenceRunner(Plan.Record(Model(TextSpec(0))), workers, KernelSet.Of(KernelSelection.Best), 8);
        Assert.Contains("added to a sequence", Assert.Throws<ArgumentException>(() => causal.Step(text, logits)).Message, StringComparison.Ordinal);
        Assert.Contains("without a sequence", Assert.Throws<ArgumentException>(() => whole.Step(tokens, logits)).Message, StringComparison.Ordinal);
        Assert.Equal((0, 4L), (sequence.Length, pool.FreePages));
        Assert.Throws<ArgumentException>(() => new PackedBatch().Add([], OutputRows.All));
    }

    [Fact]
    public void Record_CausalAndWholeTextsInOneModel_IsAnError()
    {
        var model = SmallModel.Of(
            (x, h) => Attend(x, h, new AttentionSpec(0, Heads, Shared, HeadSize, 1, null)),
            (x, h) => Attend(x, h, TextSpec(0)));
        Assert.Throws<InvalidOperationException>(() => Plan.Record(model));
    }

    [Fact]
    public void Count_WindowsAndTexts_CountPairsThatMeet()
    {
        var kernels = KernelSet.Of(KernelSelection.Best);
        var cache = new KvLayout(1, Shared, HeadSize, TensorFormat.Parse("F32"));
        const double PerPair = 4 * Heads * HeadSize;
        const double PerPosition = 2 * 4 * Shared * HeadSize;
        var window = Attention(Plan.Record(Model(new AttentionSpec(0, Heads, Shared, HeadSize, 1, null) { Window = 4 })), 10, 20);
        Assert.Equal((10 * 4 * PerPair, (10 + 3 + 10) * PerPosition), window);
        var text = Attention(Plan.Record(Model(new AttentionSpec(0, Heads, Shared, HeadSize, 1, null) { Causal = false })), 10, 0);
        Assert.Equal((100 * PerPair, 0), text);

        (double, double) Attention(Plan plan, int tokens, int position)
        {
            var cost = CostCounter.Count(plan, kernels, cache, tokens, position, 0);
            var linear = plan.Operations.OfType<LinearOperation>().Where(o => o.Result.Rows == RowKind.Tokens).Sum(o => 2.0 * tokens * o.Weight.Rows * o.Weight.Columns);
            return (cost.FloatOperations - linear, cost.KeyValueBytes);
        }
    }

    private static AttentionSpec TextSpec(int window) => new(
        0, Heads, Shared, HeadSize, 0.25f, new RotarySpec(HeadSize, RotaryPairs.Halves, [.. Enumerable.Range(0, HeadSize / 2).Select(i => Math.Pow(1000, -2.0 * i / HeadSize))]))
    {
        Causal = false,
        Window = window,
    };

    private static SmallModel Model(AttentionSpec spec) => SmallModel.Of((x, h) => x.Add(h, Attend(x, h, spec)));

    private static Value Attend(IExecutor x, Value h, AttentionSpec spec) => x.Attend(
        x.Linear(h, SmallModel.Matrix(Heads * HeadSize, SmallModel.Width, 1)),
        x.Linear(h, SmallModel.Matrix(Shared * HeadSize, SmallModel.Width, 2)),
        x.Linear(h, SmallModel.Matrix(Shared * HeadSize, SmallModel.Width, 3)),
        spec);

    private static IEnumerable<string> Variants() => AttentionKernel.List.Variants.Where(v => v.IsSupported).Select(v => v.Name);

    private static int[] Ids(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(SmallModel.Vocabulary))];
    }

    private static float[] Outputs(InferenceRunner runner, params int[][] texts)
    {
        var batch = new PackedBatch();
        foreach (var text in texts)
        {
            batch.Add(text, OutputRows.All);
        }

        var logits = new float[batch.OutputCount * SmallModel.Vocabulary];
        runner.Step(batch, logits);
        return logits;
    }

    private static float[] Logits(Plan plan, string kernels, KvPool pool, int threads, int[] ids, int[] pieces, int[] others)
    {
        using var workers = new Workers(threads);
        using var runner = new InferenceRunner(plan, workers, KernelSet.Of(new(kernels)), 256, allowInt8: false);
        using var own = new KvSequence(pool, ids.Length);
        var company = others.Select(o => new KvSequence(pool, o)).ToList();
        var logits = new float[ids.Length * SmallModel.Vocabulary];
        var batch = new PackedBatch();
        for (int start = 0, step = 0; start < ids.Length; step++)
        {
            batch.Clear();
            for (var i = 0; i < others.Length; i++)
            {
                batch.Add(company[i], Ids(1 + step * 5, 10 + i), OutputRows.None);
            }

            batch.Add(own, ids.AsSpan(start, pieces[step]), OutputRows.All);
            runner.Step(batch, logits.AsSpan(start * SmallModel.Vocabulary));
            start += pieces[step];
        }

        company.ForEach(c => c.Dispose());
        return logits;
    }

    /// <summary>The small model in float64, as one would write it on paper.</summary>
    private sealed class PlainModel(AttentionSpec spec)
    {
        public double[] Logits(int[] ids)
        {
            var h = ids.Select(id => Row(100, SmallModel.Vocabulary, id)).ToArray();
            var (q, k, v) = (Linear(h, 1, Heads * HeadSize), Linear(h, 2, Shared * HeadSize), Linear(h, 3, Shared * HeadSize));
            for (var i = 0; i < h.Length; i++)
            {
                for (var head = 0; head < Heads; head++)
                {
                    var shared = head / (Heads / Shared) * HeadSize;
                    var near = Enumerable.Range(0, h.Length).Where(j => spec.Window == 0 || Math.Abs(i - j) < spec.Window).ToArray();
                    var weights = near.Select(j => Math.Exp(spec.Scale * Enumerable.Range(0, HeadSize).Sum(d => q[i][head * HeadSize + d] * k[j][shared + d]))).ToArray();
                    for (var d = 0; d < HeadSize; d++)
                    {
                        h[i][head * HeadSize + d] += near.Select((j, n) => weights[n] * v[j][shared + d]).Sum() / weights.Sum();
                    }
                }
            }

            return [.. Linear(h, 101, SmallModel.Vocabulary).SelectMany(row => row)];
        }

        private static double[][] Linear(double[][] x, int seed, int rows) =>
            [.. x.Select(row => Enumerable.Range(0, rows).Select(r => Row(seed, rows, r).Zip(row, (a, b) => a * b).Sum()).ToArray())];

        private static double[] Row(int seed, int rows, int row)
        {
            var values = new float[SmallModel.Width];
            SmallModel.Matrix(rows, SmallModel.Width, seed).DecodeRow(row, values);
            return [.. values.Select(v => (double)v)];
        }
    }
}
