using Colibri.Execution;
using Colibri.Formats;
using Colibri.Generation;
using Colibri.Kernels;
using Colibri.Kernels.Activation;
using Colibri.Kernels.Attention;
using Colibri.Tests.Kernels;
using Colibri.Tests.TestModels;
using Xunit;
using static Colibri.Tests.Execution.SmallModel;

namespace Colibri.Tests.Execution;

/// <summary>The inference runner fuses and the observing runner does not; the bits are the same.</summary>
public class StepCompilerTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    private static readonly int[][] Samples = [[.. Enumerable.Range(3, 70).Select(i => i % Vocabulary)], [7], [.. Enumerable.Range(10, 33).Select(i => i * 7 % Vocabulary)]];

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("Q4_0")]
    [InlineData("Q4_K")]
    public void Fused_LlamaWithFloatActivations_HasTheBitsOfTheObservingRunner(string format)
    {
        using var engine = Engine.Load(files.Llama(format), new LoadOptions { Threads = 2, FloatActivations = true, KeyValueFormat = "F32" });
        Compare(engine.Plan, engine.Cache, engine.Kernels);
    }

    [Theory]
    [InlineData("Q4_0")]
    [InlineData("Q8_0")]
    [InlineData("F16")]
    public void Fused_MoreValuesThanAreKeptTogether_HasTheBitsOfFewRows(string format)
    {
        // 300 rows of 2,048 gated values are taken in three parts, 20 rows at once.
        using var engine = Engine.Load(files.Llama(format, 256, 2048), new LoadOptions { Threads = 2, BatchTokens = 300 });
        var ids = Enumerable.Range(0, 300).Select(i => i * 7 % 300).ToArray();
        KernelTesting.AssertSame(InPieces(20), InPieces(300), format);

        float[] InPieces(int length)
        {
            using var sequence = new KvSequence(engine.Pool, ids.Length);
            var batch = new PackedBatch();
            var logits = new float[engine.Model.Shape.Vocabulary];
            for (var first = 0; first < ids.Length; first += length)
            {
                batch.Clear();
                batch.Add(sequence, ids.AsSpan(first, length), OutputRows.Last);
                engine.Runner.Step(batch, logits);
            }

            return logits;
        }
    }

    public static TheoryData<string> Neighbours =>
    [
        "sum of a layer and the hidden state", "sum the other way round", "two layers of one input, summed", "a layer plus itself", "a layer's result used twice",
        "three layers of one input", "a layer into a layer", "layers of two inputs", "a bias and a sum", "the carry is a layer", "gates", "a gate of two layers", "a gate the other way round", "a gated layer used twice", "a layer gating itself", "a gate of two inputs", "an activated layer", "an activated layer used twice", "a norm with a mean", "attention without turning",
    ];

    [Theory]
    [MemberData(nameof(Neighbours))]
    public void Fused_Neighbours_HaveTheBitsOfTheUnfusedOnes(string what)
    {
        var (a, b, c) = (Matrix(Width, Width, 1), Matrix(Width, Width, 2, "Q4_0"), Matrix(Width, Width, 3, "F16"));
        var (bias, half) = (Matrix(1, Width, 4), Matrix(Width / 2, Width, 5));
        Func<IExecutor, Value, Value> block = what switch
        {
            "sum of a layer and the hidden state" => (x, h) => x.Add(h, x.Linear(h, a)),
            "sum the other way round" => (x, h) => x.Add(x.Linear(h, b), h),
            "two layers of one input, summed" => (x, h) => x.Add(x.Linear(h, a), x.Linear(h, b)),
            "a layer plus itself" => (x, h) => Twice(x, x.Linear(h, a)),
            "a layer's result used twice" => (x, h) =>
            {
                var y = x.Linear(h, a);
                return x.Add(x.Add(h, y), y);
            }
            ,
            "three layers of one input" => (x, h) =>
            {
                var (p, q, r) = (x.Linear(h, a), x.Linear(h, b, bias), x.Linear(h, c));
                return x.Add(x.Add(p, q), r);
            }
            ,
            "a layer into a layer" => (x, h) => x.Linear(x.Linear(x.Linear(h, a), b), c),
            "layers of two inputs" => (x, h) =>
            {
                var n = x.Norm(h, Norm(6));
                var (p, q) = (x.Linear(n, a), x.Linear(h, b));
                return x.Add(q, p);
            }
            ,
            "a bias and a sum" => (x, h) => x.Add(x.Linear(h, c, bias), x.Norm(h, Norm(7))),
            "the carry is a layer" => (x, h) => x.Linear(h, c),
            "gates" => (x, h) => x.Add(h, x.Linear(x.Gate(x.Linear(h, a), x.Activate(x.Linear(h, b), ActivationFunction.GeluTanh), ActivationFunction.Silu), c)),
            "a gate of two layers" => (x, h) => x.Add(h, x.Linear(x.Gate(x.Linear(h, Matrix(96, Width, 11)), x.Linear(h, Matrix(96, Width, 12, "Q8_0"), Matrix(1, 96, 13)), ActivationFunction.Silu), Matrix(Width, 96, 14, "Q4_0"))),
            "a gate the other way round" => (x, h) =>
            {
                var (p, q) = (x.Linear(h, Matrix(80, Width, 15), Matrix(1, 80, 16)), x.Linear(h, Matrix(80, Width, 17, "F16")));
                return x.Add(h, x.Linear(x.Gate(q, p, ActivationFunction.Gelu), Matrix(Width, 80, 18, "BF16")));
            }
            ,
            "a gated layer used twice" => (x, h) =>
            {
                var (p, q) = (x.Linear(h, a), x.Linear(h, b));
                return x.Add(x.Gate(p, q, ActivationFunction.Silu), q);
            }
            ,
            "a layer gating itself" => (x, h) =>
            {
                var p = x.Linear(h, a);
                return x.Add(h, x.Gate(p, p, ActivationFunction.Silu));
            }
            ,
            "a gate of two inputs" => (x, h) =>
            {
                var n = x.Norm(h, Norm(19));
                var (p, q) = (x.Linear(n, a), x.Linear(h, b));
                return x.Gate(p, q, ActivationFunction.Silu);
            }
            ,
            "an activated layer" => (x, h) => x.Linear(x.Activate(x.Linear(h, Matrix(112, Width, 20), Matrix(1, 112, 21)), ActivationFunction.Gelu), Matrix(Width, 112, 22, "F16")),
            "an activated layer used twice" => (x, h) =>
            {
                var p = x.Linear(h, b);
                return x.Add(x.Activate(p, ActivationFunction.GeluTanh), p);
            }
            ,
            "a norm with a mean" => (x, h) => x.Add(h, x.Linear(x.Norm(h, new NormSpec(Matrix(1, Width, 8), bias, 1e-5f, true)), a)),
            _ => (x, h) => x.Attend(x.Linear(h, a), x.Linear(h, half), x.Linear(h, Matrix(Width / 2, Width, 9)), new AttentionSpec(0, 4, 2, 16, 0.25f, null)),
        };
        Compare(Plan.Record(Of(block, (x, h) => x.Add(h, x.Linear(x.Norm(h, Norm(10)), b)))), new KvLayout(2, 2, 16, TensorFormat.Parse("F32")), KernelSet.Of(KernelSelection.Best));

        static Value Twice(IExecutor x, Value y) => x.Add(y, y);
    }

    [Fact]
    public void Observer_EverySample_IsShownEveryLayersInputOnce()
    {
        using var engine = Engine.Load(files.Llama("Q4_0"), new LoadOptions { Threads = 2, KeyValueFormat = "F32" });
        var layers = engine.Plan.Operations.OfType<LinearOperation>().Select(o => o.Weight).ToList();
        Assert.Equal(15, layers.Count);
        Assert.Equal(layers.Select(weight => weight.Format).Distinct(), engine.Plan.LinearFormats);
        Assert.Contains(engine.Plan.Operations.SelectMany(o => o.Weights), weight => !engine.Plan.LinearFormats.Contains(weight.Format));
        var seen = new List<(Weight Weight, int Rows)>();
        using (var runner = new ObservingRunner(engine.Plan, engine.Workers, engine.Kernels, 70, engine.Cache))
        {
            var carries = new float[Samples.Length][];
            for (var segment = 0; segment < engine.Plan.Segments.Count; segment++)
            {
                runner.RunSegment(segment, Samples, carries, (weight, input, stride, rows) =>
                {
                    seen.Add((weight, rows));
                    Assert.Equal(stride * rows, input.Length);
                    Assert.InRange(stride, weight.Columns, weight.Columns + 31);
                    for (var i = 0; i < input.Length; i++)
                    {
                        Assert.True(i % stride >= weight.Columns || float.IsFinite(input[i]));
                    }

                    // The rows are those of the sample, not zeros: RMS norms and attention give no zero rows.
                    Assert.True(input[..weight.Columns].ContainsAnyExcept(0f));
                });
                Assert.Equal(engine.Plan.Segments.Take(segment + 1).Sum(s => s.OfType<LinearOperation>().Count()) * Samples.Length, seen.Count);
            }
        }

        foreach (var layer in layers)
        {
            Assert.Equal(Samples.Select(s => s.Length), seen.Where(s => s.Weight == layer).Select(s => s.Rows));
        }
    }

    [Fact]
    public void Observing_TokenOutsideTheVocabulary_IsAnError()
    {
        using var engine = Engine.Load(files.Llama("F32"), new LoadOptions { Threads = 2 });
        using var runner = new ObservingRunner(engine.Plan, engine.Workers, engine.Kernels, 8, engine.Cache);
        var error = Assert.Throws<InputException>(() => runner.RunSegment(0, [[1, TinyLlama.Vocabulary]], new float[1][], null));
        Assert.Contains("outside the vocabulary of 300", error.Message, StringComparison.Ordinal);
    }

    private static void Compare(Plan plan, KvLayout cache, KernelSet kernels)
    {
        using var workers = new Workers(2);
        using var observing = new ObservingRunner(plan, workers, kernels, 70, cache);
        var carries = new float[Samples.Length][];
        for (var segment = 0; segment < plan.Segments.Count; segment++)
        {
            observing.RunSegment(segment, Samples, carries, null);
        }

        using var inference = new InferenceRunner(plan, workers, kernels, 70, allowInt8: false);
        using var pool = new KvPool(cache, 16);
        for (var i = 0; i < Samples.Length; i++)
        {
            using var sequence = new KvSequence(pool, Samples[i].Length);
            var batch = new PackedBatch();
            batch.Add(sequence, Samples[i], OutputRows.All);
            var logits = new float[Samples[i].Length * plan.Logits.Width];
            inference.Step(batch, logits);
            Assert.Contains(logits, v => v != 0);
            KernelTesting.AssertSame(carries[i], logits, $"sample {i}");
        }
    }
}
