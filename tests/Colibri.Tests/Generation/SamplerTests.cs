using Colibri.Generation;
using Colibri.Kernels;
using Xunit;

namespace Colibri.Tests.Generation;

public class SamplerTests
{
    private static readonly float[] Logits = [1, 4, 2, 3.5f, -1, 4];

    [Fact]
    public void Next_TemperatureZero_TakesTheLikeliestAndOfEqualsTheFirst() =>
        Assert.Equal(1, Make(SamplingOptions.Greedy).Next(Logits, [0]));

    [Fact]
    public void Next_TopKOfOne_TakesTheLikeliestWhateverTheTemperature() =>
        Assert.All(Draws(new SamplingOptions { TopK = 1, Temperature = 50 }, 100), id => Assert.Equal(1, id));

    [Fact]
    public void Next_TopK_NeverLeavesTheBest()
    {
        var drawn = Draws(new SamplingOptions { TopK = 3, Temperature = 100, TopP = 1, MinP = 0 }, 600).ToHashSet();
        Assert.Equal([1, 3, 5], drawn.Order());
    }

    [Fact]
    public void Next_TopP_KeepsTheFewestThatReachIt()
    {
        // Shares of 0.39, 0.39, 0.24 ...: two reach 0.7.
        var drawn = Draws(new SamplingOptions { TopK = 0, Temperature = 1, TopP = 0.7f, MinP = 0 }, 600).ToHashSet();
        Assert.Equal([1, 5], drawn.Order());
    }

    [Fact]
    public void Next_MinP_DropsWhatIsFarBelowTheBest()
    {
        // e^-0.5 = 0.61 stays at 0.5, e^-2 = 0.14 goes.
        var drawn = Draws(new SamplingOptions { TopK = 0, Temperature = 1, TopP = 1, MinP = 0.5f }, 600).ToHashSet();
        Assert.Equal([1, 3, 5], drawn.Order());
    }

    [Fact]
    public void Next_PlainTemperature_DrawsByProbability()
    {
        var options = new SamplingOptions { TopK = 0, Temperature = 2, TopP = 1, MinP = 0 };
        var draws = Draws(options, 40_000);
        var weights = Logits.Select(l => Math.Exp(l / 2)).ToArray();
        for (var id = 0; id < Logits.Length; id++)
        {
            Assert.Equal(weights[id] / weights.Sum(), draws.Count(d => d == id) / 40_000.0, 0.01);
        }
    }

    [Fact]
    public void Next_RepetitionPenalty_LowersWhatHasOccurredOnce()
    {
        var options = SamplingOptions.Greedy with { RepetitionPenalty = 1.5f };
        Assert.Equal(3, Make(options).Next(Logits, [1, 5, 5, 1]));
        Assert.Equal(1, Make(options with { RepetitionWindow = 1 }).Next(Logits, [1, 5]));
    }

    [Fact]
    public void Next_SameSeedAndPosition_DrawsTheSame()
    {
        var options = new SamplingOptions { TopK = 0, Temperature = 3, Seed = 7 };
        Assert.Equal(Make(options).Next(Logits, [1, 2, 3]), Make(options).Next(Logits, [9, 9, 9]));
        Assert.NotEqual(Sampler.Uniform(7, 1), Sampler.Uniform(8, 1));
        Assert.NotEqual(Sampler.Uniform(7, 1), Sampler.Uniform(7, 2));
    }

    [Fact]
    public void Seed_NotGiven_IsAnotherEachTimeAndFitsJson()
    {
        var seeds = Enumerable.Range(0, 200).Select(_ => Make(SamplingOptions.Greedy).Seed).ToList();
        Assert.Equal(200, seeds.Distinct().Count());
        Assert.All(seeds, seed => Assert.Equal(seed, (ulong)(double)seed));
    }

    [Fact]
    public void Check_ValuesOutOfRange_NameThemselves()
    {
        Assert.Contains("temperature", Error(new SamplingOptions { Temperature = -1 }));
        Assert.Contains("temperature", Error(new SamplingOptions { Temperature = float.NaN }));
        Assert.Contains("top-p", Error(new SamplingOptions { TopP = 0 }));
        Assert.Contains("top-k", Error(new SamplingOptions { TopK = -1 }));
        Assert.Contains("min-p", Error(new SamplingOptions { MinP = 2 }));
        Assert.Contains("repetition penalty", Error(new SamplingOptions { RepetitionPenalty = 0 }));
        Assert.Contains("stop", Error(new SamplingOptions { Stop = [""] }));

        static string Error(SamplingOptions options) => Assert.Throws<InputException>(() => Make(options)).Message;
    }

    private static Sampler Make(SamplingOptions options) => new(options, KernelSet.Of(KernelSelection.FromEnvironment()).Softmax);

    private static List<int> Draws(SamplingOptions options, int count)
    {
        var sampler = Make(options with { Seed = 3 });
        var history = new int[count];
        return [.. Enumerable.Range(0, count).Select(i => sampler.Next(Logits, history.AsSpan(0, i)))];
    }
}
