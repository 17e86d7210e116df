using Colibri.Compression.Recipes;
using Colibri.Compression.Synthesis;
using Colibri.Formats;
using Xunit;

namespace Colibri.Compression.Tests.Synthesis;

public class RandomBlocksTests
{
    public static TheoryData<string> Formats => [.. TensorRecipe.All.Select(r => r.Format.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Fill_Decoded_IsNearlyNormalWithTheStatedDeviation(string name)
    {
        const int Pieces = 4096;
        var format = TensorFormat.Parse(name);
        var pool = new RandomBlocks(format, seed: 1);
        var bytes = new byte[Pieces * pool.PieceBytes];
        pool.Fill(stream: 2, firstPiece: 0, bytes);
        var values = new float[Pieces * RandomBlocks.PieceValues];
        format.Decode(bytes, values);

        var mean = values.Average(v => (double)v);
        var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));

        // Four-bit steps add a little variance of their own.
        Assert.InRange(deviation, 0.97 * RandomBlocks.Deviation, 1.04 * RandomBlocks.Deviation);
        Assert.InRange(mean, -0.03 * RandomBlocks.Deviation, 0.03 * RandomBlocks.Deviation);
        Assert.InRange(values.Max(), 3 * RandomBlocks.Deviation, 4 * RandomBlocks.Deviation);
    }

    [Fact]
    public void Fill_InParts_GivesTheBytesOfTheWhole()
    {
        var pool = new RandomBlocks(TensorFormat.Parse("Q4_0"), seed: 1);
        var whole = new byte[10 * pool.PieceBytes];
        pool.Fill(stream: 7, firstPiece: 0, whole);
        var parts = new byte[whole.Length];
        pool.Fill(stream: 7, firstPiece: 0, parts.AsSpan(0, 3 * pool.PieceBytes));
        pool.Fill(stream: 7, firstPiece: 3, parts.AsSpan(3 * pool.PieceBytes));

        Assert.Equal(whole, parts);
    }

    [Fact]
    public void Fill_OtherStreamOrSeed_GivesOtherBytes()
    {
        byte[] Take(ulong seed, ulong stream)
        {
            var pool = new RandomBlocks(TensorFormat.Parse("Q8_0"), seed);
            var bytes = new byte[8 * pool.PieceBytes];
            pool.Fill(stream, firstPiece: 0, bytes);
            return bytes;
        }

        Assert.NotEqual(Take(1, 1), Take(1, 2));
        Assert.NotEqual(Take(1, 1), Take(2, 1));
    }
}
