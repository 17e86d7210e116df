using Colibri.Kernels.Attention;
using Xunit;

namespace Colibri.Tests.Kernels.Attention;

public unsafe class AttentionTests
{
    private static readonly int[] Groups = [1, 4, 7, 8];

    public static TheoryData<int, string?> Shapes
    {
        get
        {
            var data = new TheoryData<int, string?>();
            foreach (var headSize in new[] { 8, 16, 20, 32, 64, 80, 96, 128, 256 })
            {
                foreach (var format in new[] { "F32", "F16", "Q8_0", null })
                {
                    data.Add(headSize, format);
                }
            }

            return data;
        }
    }

    public static TheoryData<string?> Formats => ["F32", "F16", "Q8_0", null];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attend_EveryLengthAndGroup_IsTheSoftmaxOfItsEquation(int headSize, string? format)
    {
        // Every length from one to beyond two tiles, since each token has its own.
        foreach (var group in Groups)
        {
            Check(new AttentionShape(headSize, group, format, 140));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Attend_Windows_SeeNothingBeforeThem(string? format)
    {
        foreach (var headSize in new[] { 20, 64 })
        {
            foreach (var group in Groups)
            {
                foreach (var window in new[] { 1, 2, 17, 63, 64, 65, 100, 1000 })
                {
                    Check(new AttentionShape(headSize, group, format, 215) { Window = window });
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Attend_WholeTexts_SeeWhatFollows(string? format)
    {
        foreach (var length in new[] { 1, 2, 15, 16, 17, 63, 64, 65, 128, 129, 200 })
        {
            foreach (var group in Groups)
            {
                Check(new AttentionShape(32, group, format, length) { Causal = false });
                Check(new AttentionShape(20, group, format, length) { Causal = false, Window = 30 });
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Attend_SoftCaps_BendTheScores(string? format)
    {
        foreach (var group in Groups)
        {
            Check(new AttentionShape(64, group, format, 140) { SoftCap = 3, Queries = 10 });
            Check(new AttentionShape(96, group, format, 140) { SoftCap = 50, Window = 70 });
        }
    }

    [Fact]
    public void Attend_GroupLargerThanATask_HasTheBitsOfTheReference()
    {
        using var test = new AttentionCase(new AttentionShape(8, AttentionKernel.QueryVectors + 5, "F32", 70));
        Compare(test, test.Run("reference", 1), 1, "a large group");
    }

    [Fact]
    public void Attend_LargeScores_AreNoNaN()
    {
        // Differences far beyond what an exponential can hold: the largest takes all.
        using var test = new AttentionCase(new AttentionShape(64, 2, "F32", 150) { Queries = 1e4f });
        var exact = test.Exact();
        var expected = test.Run("reference", 16);
        Assert.All(expected, v => Assert.True(float.IsFinite(v)));
        Assert.Equal(exact[0], expected[0], 1e-5);
        Compare(test, expected, 16, "large scores");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Attend_NaNInAKey_ReachesEveryTokenThatSeesItAndNoOther(string? format)
    {
        const int Position = 70;
        foreach (var window in new[] { 0, 40 })
        {
            foreach (var group in Groups)
            {
                var shape = new AttentionShape(32, group, format, 140) { Window = window };
                using var clean = new AttentionCase(shape);
                using var test = new AttentionCase(shape, (keys, _) => keys[Position * 32 + 5] = float.NaN);
                var expected = clean.Run("reference", 16);
                for (var i = 0; i < expected.Length; i++)
                {
                    var token = i / (32 * group);
                    expected[i] = token >= Position && (window == 0 || token < Position + window) ? float.NaN : expected[i];
                }

                Compare(test, expected, AttentionKernel.TokensPerTask(group), $"window {window}, group {group}");
                KernelTesting.AssertSame(expected, test.Run("reference", 16), "reference");
            }
        }
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData(null)]
    public void Attend_InfinitiesInValues_StayWhereTheyAreSeen(string? format)
    {
        const int Position = 70;
        foreach (var group in Groups)
        {
            var shape = new AttentionShape(32, group, format, 140) { Window = 40 };
            using var clean = new AttentionCase(shape);
            using var test = new AttentionCase(shape, (_, values) => values[Position * 32 + 5] = float.PositiveInfinity);
            var expected = clean.Run("reference", 16);
            for (var i = 5; i < expected.Length; i += 32)
            {
                expected[i] = i / (32 * group) is >= Position and < Position + 40 ? float.PositiveInfinity : expected[i];
            }

            Compare(test, expected, AttentionKernel.TokensPerTask(group), $"group {group}");
            KernelTesting.AssertSame(expected, test.Run("reference", 16), "reference");
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Attend_FastVariants_AllocateNothing(string? format)
    {
        // Measured as a difference: what the test itself allocates is the same for one task and for many.
        using var test = new AttentionCase(new AttentionShape(80, 4, format, 140) { SoftCap = 20, Window = 100 });
        foreach (var variant in AttentionKernel.List.Variants.Where(v => v.IsSupported && v.Name != "reference"))
        {
            Assert.Equal(Allocated(AttentionKernel.TokensPerTask(4)), Allocated(1));

            // The least of three: what is made once may be made in any of them.
            long Allocated(int tokens)
            {
                var least = long.MaxValue;
                for (var i = 0; i < 3; i++)
                {
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    test.Run(variant.Name, tokens);
                    least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                }

                return least;
            }
        }
    }

    private static void Check(AttentionShape shape)
    {
        using var test = new AttentionCase(shape);
        var exact = test.Exact();
        var most = AttentionKernel.TokensPerTask(shape.Group);
        var expected = test.Run("reference", most);
        for (var i = 0; i < exact.Length; i++)
        {
            if (Math.Abs(exact[i] - expected[i]) > 1e-5)
            {
                Assert.Fail($"{shape}: value {i} is {expected[i]:R}, expected {exact[i]:R}");
            }
        }

        // Tasks that begin anywhere, tasks of one token, tasks of some.
        foreach (var tokens in new[] { most, 1, 3, 11 })
        {
            if (tokens <= most)
            {
                Compare(test, expected, tokens, $"{shape}, {tokens} tokens a task");
            }
        }
    }

    private static void Compare(AttentionCase test, float[] expected, int tokens, string where)
    {
        foreach (var variant in AttentionKernel.List.Variants.Where(v => v.IsSupported && v.Name != "reference"))
        {
            KernelTesting.AssertSame(expected, test.Run(variant.Name, tokens), $"{variant.Name}: {where}");
        }
    }
}
