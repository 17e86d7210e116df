using Colibri.Formats;
using Colibri.Kernels.Attention;
using Xunit;

namespace Colibri.Tests.Kernels.Attention;

public unsafe class AttentionTests
{
    private const int Length = 200;

    public static TheoryData<int, string> Shapes
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (var headSize in new[] { 8, 20, 64, 80, 128 })
            {
                data.Add(headSize, "F32");
                data.Add(headSize, "F16");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attend_EveryLengthAndGroup_IsTheSoftmaxOfItsEquation(int headSize, string format)
    {
        foreach (var group in new[] { 1, 2, 4, 7 })
        {
            using var test = new AttentionCase(headSize, group, TensorFormat.Parse(format), Length);
            var exact = test.Exact();
            var expected = test.Run("reference", AttentionKernel.TokensPerTask(group));
            for (var i = 0; i < exact.Length; i++)
            {
                Assert.Equal(exact[i], expected[i], 1e-5);
            }

            foreach (var variant in AttentionKernel.List.Variants.Where(v => v.IsSupported && v.Name != "reference"))
            {
                // Tasks that begin anywhere, tasks of one token, tasks of some.
                foreach (var tokens in new[] { AttentionKernel.TokensPerTask(group), 1, 3 })
                {
                    KernelTesting.AssertSame(expected, test.Run(variant.Name, tokens), $"{variant.Name}, group {group}, {tokens} tokens a task");
                }
            }
        }
    }

    [Fact]
    public void Attend_GroupLargerThanATask_HasTheBitsOfTheReference()
    {
        using var test = new AttentionCase(8, AttentionKernel.QueryVectors + 5, TensorFormat.Parse("F32"), 70);
        var expected = test.Run("reference", 1);
        foreach (var variant in AttentionKernel.List.Variants.Where(v => v.IsSupported))
        {
            KernelTesting.AssertSame(expected, test.Run(variant.Name, 1), variant.Name);
        }
    }

    [Fact]
    public void Attend_LargeScores_AreNoNaN()
    {
        // Differences far beyond what an exponential can hold: the largest takes all.
        using var test = new AttentionCase(64, 2, TensorFormat.Parse("F32"), 150, 1e4f);
        var exact = test.Exact();
        foreach (var variant in AttentionKernel.List.Variants.Where(v => v.IsSupported))
        {
            var actual = test.Run(variant.Name, 16);
            Assert.All(actual, v => Assert.True(float.IsFinite(v)));
            KernelTesting.AssertSame(test.Run("reference", 16), actual, variant.Name);
        }

        Assert.Equal(exact[0], test.Run("reference", 16)[0], 1e-5);
    }
}
