using Colibri.Execution;
using Colibri.Generation;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution;

public class InferenceRunnerTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    [Theory]
    [InlineData("F32", 1)]
    [InlineData("Q4_0", 1)]
    [InlineData("Q4_K", 1)]
    [InlineData("Q4_0", 2)]
    [InlineData("F16", 2)]
    public void Step_SteadyState_AllocatesNothing(string format, int threads)
    {
        // The reference kernels are for reading, and allocate; what runs in earnest does not.
        using var engine = Engine.Load(files.Llama(format), new LoadOptions { Threads = threads, Kernels = "portable" });
        using var a = new KvSequence(engine.Pool, 4);
        using var b = new KvSequence(engine.Pool, 4);
        var batch = new PackedBatch();
        var logits = new float[2 * TinyLlama.Vocabulary];
        Decode(5);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Decode(20);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Decode(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                batch.Clear();
                batch.Add(a, [i], OutputRows.Last);
                batch.Add(b, [i + 1], OutputRows.Last);
                engine.Runner.Step(batch, logits);
            }
        }
    }

    [Fact]
    public void Step_TokenOutsideTheVocabulary_IsAnErrorAndTheSequenceStays()
    {
        using var engine = Load("F32", 1);
        using var sequence = new KvSequence(engine.Pool, 4);
        foreach (var token in new[] { TinyLlama.Vocabulary, -1, int.MaxValue })
        {
            var batch = new PackedBatch();
            batch.Add(sequence, [1, token], OutputRows.None);
            var error = Assert.Throws<InputException>(() => engine.Runner.Step(batch, []));
            Assert.Contains($"Token {token}", error.Message, StringComparison.Ordinal);
            Assert.Equal(0, sequence.Length);
        }
    }

    [Fact]
    public void Step_TooLittleRoomOrTooManyTokens_IsRefused()
    {
        using var engine = Engine.Load(files.Llama("F32"), new LoadOptions { Threads = 1, BatchTokens = 4 });
        using var sequence = new KvSequence(engine.Pool, 4);
        var batch = new PackedBatch();
        batch.Add(sequence, [1, 2], OutputRows.All);
        Assert.Throws<ArgumentException>(() => engine.Runner.Step(batch, new float[2 * TinyLlama.Vocabulary - 1]));
        batch.Clear();
        batch.Add(sequence, [1, 2, 3, 4, 5], OutputRows.None);
        Assert.Throws<ArgumentException>(() => engine.Runner.Step(batch, []));
        Assert.Equal(0, sequence.Length);
    }

    [Fact]
    public void Step_Cancelled_LeavesTheSequenceAndTheNextStepIsRight()
    {
        using var engine = Load("Q4_0", 2);
        using var fresh = new KvSequence(engine.Pool, 3);
        using var cancelled = new KvSequence(engine.Pool, 3);
        var (expected, actual) = (new float[TinyLlama.Vocabulary], new float[TinyLlama.Vocabulary]);
        var batch = new PackedBatch();
        batch.Add(fresh, [1, 2, 3], OutputRows.Last);
        engine.Runner.Step(batch, expected);
        batch.Clear();
        batch.Add(cancelled, [4, 5, 6, 7], OutputRows.Last);
        Assert.Throws<OperationCanceledException>(() => engine.Runner.Step(batch, actual, new CancellationToken(true)));
        Assert.Equal(0, cancelled.Length);
        batch.Clear();
        batch.Add(cancelled, [1, 2, 3], OutputRows.Last);
        engine.Runner.Step(batch, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Step_AfterTruncate_IsAsIfTheForgottenHadNeverBeen()
    {
        using var engine = Load("Q8_0", 2);
        using var once = new KvSequence(engine.Pool, 70);
        using var again = new KvSequence(engine.Pool, 70);
        int[] ids = [.. Enumerable.Range(0, 70)];
        int[] others = [.. Enumerable.Range(100, 90)];
        var (expected, actual) = (new float[TinyLlama.Vocabulary], new float[TinyLlama.Vocabulary]);
        Run(once, ids, expected);
        Run(again, ids.AsSpan(0, 20), actual);
        Run(again, others, actual);
        again.Truncate(20);
        Run(again, ids.AsSpan(20), actual);
        Assert.Equal(expected, actual);

        void Run(KvSequence sequence, ReadOnlySpan<int> tokens, float[] logits)
        {
            var batch = new PackedBatch();
            batch.Add(sequence, tokens, OutputRows.Last);
            engine.Runner.Step(batch, logits);
        }
    }

    private Engine Load(string format, int threads) => Engine.Load(files.Llama(format), new LoadOptions { Threads = threads });
}
