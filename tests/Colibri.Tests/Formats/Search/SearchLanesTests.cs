using System.Numerics;
using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;
using Xunit;

namespace Colibri.Tests.Formats.Search;

/// <summary>The searches with a group in each lane give, to the last bit, what their plain forms give.</summary>
public class SearchLanesTests
{
    public static TheoryData<string> Kinds => [.. Inputs.Kinds, "flat", "signed zeros"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Affine_LanesAndPlainForm_Agree(string kind)
    {
        foreach (var spec in new[] { Q2_K.Spec, Q4_K.Spec, Q5_K.Spec })
        {
            foreach (var groups in new[] { 1, 3, 8, 16, 160 })
            {
                var values = Values(kind, groups * spec.GroupSize);
                var plain = new AffineFit[groups];
                var lanes = new AffineFit[groups];
                AffineSearch.Fit(values, in spec, plain);
                AffineLanes.Fit(values, in spec, lanes);
                Bits.AssertSame(MemoryMarshal.Cast<AffineFit, float>(plain), MemoryMarshal.Cast<AffineFit, float>(lanes));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Symmetric_LanesAndPlainForm_Agree(string kind)
    {
        foreach (var (size, limit) in new[] { (16, 32), (16, 4), (32, 8) })
        {
            foreach (var groups in new[] { 1, 3, 8, 16, 160 })
            {
                var values = Values(kind, groups * size);
                var plain = new SymmetricFit[groups];
                var lanes = new SymmetricFit[groups];
                SymmetricSearch.Fit(values, size, limit, plain);
                SymmetricLanes.Fit(values, size, limit, lanes);
                Bits.AssertSame(MemoryMarshal.Cast<SymmetricFit, float>(plain), MemoryMarshal.Cast<SymmetricFit, float>(lanes));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Codebook_LanesAndPlainForm_Agree(string kind)
    {
        foreach (var groups in new[] { 1, 3, 8, 16, 160 })
        {
            var values = Values(kind, groups * 32);
            var plain = new float[groups];
            var lanes = new float[groups];
            for (var g = 0; g < groups; g++)
            {
                plain[g] = CodebookSearch.Fit(values.AsSpan(32 * g, 32));
            }

            CodebookLanes.Fit(values, lanes);
            Bits.AssertSame(plain, lanes);
        }
    }

    [Fact]
    public void CodebookQuantize_AroundEveryMiddle_AgreesWithThePlainForm()
    {
        var values = new List<float>();
        for (var s = 1; s < 16; s++)
        {
            var middle = (Codebook.Steps[s - 1] + Codebook.Steps[s]) / 2f;
            for (var ulp = -40; ulp <= 40; ulp++)
            {
                values.Add(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(middle) + ulp));
            }
        }

        values.AddRange([-1e30f, -127, -104, 0, -0f, 113, 1e30f, 112.99999f]);
        while (values.Count % 32 != 0)
        {
            values.Add(values.Count);
        }

        var q = new byte[values.Count];
        for (var i = 0; i < q.Length; i += 32)
        {
            CodebookLanes.Quantize(CollectionsMarshal.AsSpan(values).Slice(i, 32), 1, q.AsSpan(i, 32));
        }

        Assert.Equal(values.Select(v => (byte)CodebookSearch.Nearest(v)), q);
    }

    [Theory]
    [InlineData(-32, 31)]
    [InlineData(0, 15)]
    [InlineData(0, 63)]
    public void Clamp_LanesAndPlainForm_RoundHalfToEvenWithinTheLimits(int low, int high)
    {
        var random = new Random(4);
        for (var i = 0; i < 100_000; i++)
        {
            var value = (float)((random.NextDouble() - 0.5) * 200);
            value = i % 3 == 0 ? MathF.Floor(value) + 0.5f : i % 100 == 1 ? value * 1e30f : value;
            var expected = MathF.Min(MathF.Max(MathF.Round(value), low), high);
            Assert.Equal(expected, Rounding.Clamp(value, low, high));
            Assert.Equal(expected, Rounding.Clamp(Vector.Create(value), low, high)[0]);
        }
    }

    [Fact]
    public void Divide_AnyValues_AgreesWithThePlainForm()
    {
        var values = Inputs.Of("heavy", 1600).Select(v => v * 300).ToArray();
        var q = new byte[values.Length];
        Rounding.Divide(values, 0.7f, -1.3f, -32, 31, q);
        Assert.Equal(values.Select(v => (byte)(Rounding.Clamp((v + 0.7f) / -1.3f, -32, 31) + 32)), q);
    }

    [Fact]
    public void Cut_AnyValues_AgreesWithThePlainForm()
    {
        var values = Inputs.Of("uniform", 1600);
        var q = new byte[values.Length];
        Rounding.Cut(values, -1, 7.7f, 0.5f, 15, q);
        Assert.Equal(values.Select(v => (byte)Math.Min(15, (int)((v + 1) * 7.7f + 0.5f))), q);
    }

    [Fact]
    public void Away_AnyValues_AgreesWithTheRuntime()
    {
        var values = Inputs.Of("uniform", 1600).Select((v, i) => i % 2 == 0 ? v * 127 : MathF.Truncate(v * 127) + 0.5f).ToArray();
        values[0] = 0.49999997f;
        values[2] = -0.49999997f;
        values[4] = MathF.BitDecrement(2.5f);
        var q = new byte[values.Length];
        Rounding.Away(values, 1, q);
        Assert.Equal(values.Select(v => (byte)(sbyte)MathF.Round(v, MidpointRounding.AwayFromZero)), q);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Extremes_AnyValues_AreWhatAPlainLoopFinds(string kind)
    {
        var values = Values(kind, 32 * 20);
        for (var start = 0; start < values.Length; start += 32)
        {
            float extreme = 0, least = values[start], most = values[start];
            foreach (var v in values.AsSpan(start, 32))
            {
                extreme = MathF.Abs(v) > MathF.Abs(extreme) ? v : extreme;
                least = v < least ? v : least;
                most = v > most ? v : most;
            }

            var group = values.AsSpan(start, 32);
            var range = Extremes.Range(group);
            Bits.AssertSame([extreme, least, MathF.Abs(extreme)], [Extremes.Signed(group), range.Least, Extremes.Magnitude(group)]);
            Assert.Equal(most, range.Most);
        }
    }

    [Fact]
    public void Encodable_NumbersUpToTheLimit_Holds()
    {
        foreach (var length in new[] { 1, 7, 16, 32, 33, 256 })
        {
            var values = Inputs.Of("bell", length);
            Assert.True(Encodable.Holds(values));
            values[^1] = -Encodable.Largest;
            Assert.True(Encodable.Holds(values));
            foreach (var damage in new[] { float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity, MathF.BitIncrement(Encodable.Largest) })
            {
                for (var i = 0; i < length; i++)
                {
                    var damaged = values.ToArray();
                    damaged[i] = damage;
                    Assert.False(Encodable.Holds(damaged));
                }
            }
        }
    }

    private static float[] Values(string kind, int count) => kind switch
    {
        "flat" => [.. Inputs.Of("bell", count).Select(v => -1 - v * 1e-7f)],
        "signed zeros" => [.. Inputs.Of("bell", count).Select(v => v < -0.2f ? v : v < 0.3f ? -0f : 0f)],
        _ => Inputs.Of(kind, count),
    };
}
