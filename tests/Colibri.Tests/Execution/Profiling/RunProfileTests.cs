using Colibri.Execution;
using Colibri.Execution.Profiling;
using Colibri.Generation;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution.Profiling;

public class RunProfileTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    [Theory]
    [InlineData("F32", true)]
    [InlineData("Q4_0", true)]
    [InlineData("Q4_0", false)]
    public void Costs_OfTheSteps_AddUpToThePlans(string format, bool allowInt8)
    {
        using var engine = Engine.Load(files.Llama(format), new LoadOptions { Threads = 2, FloatActivations = !allowInt8 });
        var profile = engine.Runner.Profile = new RunProfile();
        using var a = new KvSequence(engine.Pool, 5);
        using var b = new KvSequence(engine.Pool, 5);
        var logits = new float[2 * TinyLlama.Vocabulary];
        var batch = new PackedBatch();
        batch.Add(a, [1, 2, 3, 4, 5], OutputRows.Last);
        batch.Add(b, [1, 2, 3, 4, 5], OutputRows.Last);
        engine.Runner.Step(batch, logits);
        batch.Clear();
        batch.Add(a, [6], OutputRows.Last);
        batch.Add(b, [7], OutputRows.Last);
        engine.Runner.Step(batch, logits);

        var expected = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 5, 0, 1, allowInt8, sequences: 2)
            + CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 5, 1, allowInt8, sequences: 2);
        Assert.Equal(expected, profile.Steps.Aggregate(new StepCost(), (sum, s) => sum + s.Cost));
        Assert.Equal(2, profile.Passes);
        Assert.All(profile.Steps, s => Assert.Equal(2, s.Calls));
    }

    [Fact]
    public void Times_OfTheSteps_LieWithinThePasses()
    {
        using var engine = Engine.Load(files.Llama("Q8_0"), new LoadOptions { Threads = 2 });
        var profile = engine.Runner.Profile = new RunProfile();
        using var sequence = new KvSequence(engine.Pool, 40);
        var batch = new PackedBatch();
        batch.Add(sequence, [.. Enumerable.Range(0, 40)], OutputRows.Last);
        engine.Runner.Step(batch, new float[TinyLlama.Vocabulary]);
        var steps = profile.Steps.ToList();
        Assert.InRange(steps.Sum(s => s.Time.Ticks), 1, profile.PassTime.Ticks);
        Assert.All(steps, s => Assert.InRange(s.Busy, TimeSpan.Zero, profile.Workers * s.Time + TimeSpan.FromMicroseconds(1)));
        Assert.True(steps.Single(s => s.Label.Weights == "output").Busy > TimeSpan.Zero);
    }

    [Fact]
    public void Step_Profiled_GivesTheSameBitsAndAllocatesNothing()
    {
        using var engine = Engine.Load(files.Llama("Q4_0"), new LoadOptions { Threads = 2, Kernels = "portable" });
        var (plain, profiled) = (Decode(null, 6), Decode(new RunProfile(), 6));
        Assert.Equal(plain.Logits, profiled.Logits);
        Assert.Equal(0, profiled.Allocated);

        (float[] Logits, long Allocated) Decode(RunProfile? profile, int steps)
        {
            engine.Runner.Profile = profile;
            using var sequence = new KvSequence(engine.Pool, 1);
            var batch = new PackedBatch();
            var logits = new float[TinyLlama.Vocabulary];
            var before = 0L;
            for (var i = 0; i < steps; i++)
            {
                // The first steps make the buffers.
                before = i == 2 ? GC.GetAllocatedBytesForCurrentThread() : before;
                batch.Clear();
                batch.Add(sequence, [i], OutputRows.Last);
                engine.Runner.Step(batch, logits);
            }

            return (logits, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Add_FirstPassesSkipped_CountsOnlyTheOthers()
    {
        using var engine = Engine.Load(files.Llama("F32"), new LoadOptions { Threads = 1 });
        var profile = engine.Runner.Profile = new RunProfile(skip: 2);
        using var sequence = new KvSequence(engine.Pool, 1);
        var batch = new PackedBatch();
        for (var i = 0; i < 3; i++)
        {
            profile.AddToken(1000, 1000);
            Assert.Equal((0, TimeSpan.Zero), (profile.Passes, profile.SamplingTime));
            batch.Clear();
            batch.Add(sequence, [i], OutputRows.Last);
            engine.Runner.Step(batch, new float[TinyLlama.Vocabulary]);
        }

        profile.AddToken(1000, 2000);
        Assert.Equal(1, profile.Passes);
        Assert.Equal(2 * profile.SamplingTime, profile.TextTime);
        Assert.True(profile.SamplingTime > TimeSpan.Zero);
        var expected = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 2, 1);
        Assert.Equal(expected, profile.Steps.Aggregate(new StepCost(), (sum, s) => sum + s.Cost));
    }

    [Fact]
    public void Generate_Together_EveryPassHoldsAllSequences()
    {
        using var model = TextModel.Load(files.Llama("F32"), new LoadOptions { Threads = 1, MaximumSequences = 3 });
        var profile = model.Engine.Runner.Profile = new RunProfile();
        KvSequence[] sequences = [.. Enumerable.Range(0, 3).Select(_ => new KvSequence(model.Engine.Pool, 1))];
        var generations = model.GenerateTogether([1], SamplingOptions.Greedy with { MaximumTokens = 4, IgnoreEndOfText = true }, sequences, default);
        Assert.All(generations, g => Assert.Equal(4, g.ToBlockingEnumerable().Count()));
        Assert.Equal(4, profile.Passes);
        Assert.Single(generations.Select(g => string.Join(',', g.Ids)).Distinct());
        Array.ForEach(sequences, s => s.Dispose());
    }
}
