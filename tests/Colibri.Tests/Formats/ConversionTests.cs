using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Formats.Packing;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>The float formats over all their patterns, and the rounding between them.</summary>
public class ConversionTests
{
    public static TheoryData<string> Floats => ["F16", "BF16", "F8_E4M3", "F8_E5M2"];

    [Theory]
    [MemberData(nameof(Floats))]
    public void DecodeThenEncode_AllPatterns_GivesThemBack(string name)
    {
        var format = TensorFormat.Parse(name);
        var patterns = AllPatterns(format);
        var values = new float[patterns.Length / format.BytesPerBlock];
        var back = new byte[patterns.Length];
        format.Decode(patterns, values);
        format.Encode(values, back);
        Assert.Equal(patterns, back);
    }

    [Fact]
    public void Decode_F16_AllPatterns_GivesTheValuesOfTheRuntime()
    {
        var values = new float[65536];
        TensorFormat.Parse("F16").Decode(AllPatterns(TensorFormat.Parse("F16")), values);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            Assert.True(
                float.IsNaN(expected) ? float.IsNaN(values[i]) : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(values[i]),
                $"pattern {i:x4}: {values[i]} instead of {expected}");
        }
    }

    [Fact]
    public void Decode_BF16_IsTheUpperHalfOfASingle()
    {
        var values = new float[65536];
        TensorFormat.Parse("BF16").Decode(AllPatterns(TensorFormat.Parse("BF16")), values);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(i << 16, BitConverter.SingleToInt32Bits(values[i]));
        }
    }

    [Theory]
    [InlineData("F8_E4M3", 0x00, 0f)]
    [InlineData("F8_E4M3", 0x01, 0.001953125f)]
    [InlineData("F8_E4M3", 0x07, 0.013671875f)]
    [InlineData("F8_E4M3", 0x08, 0.015625f)]
    [InlineData("F8_E4M3", 0x38, 1f)]
    [InlineData("F8_E4M3", 0x7e, 448f)]
    [InlineData("F8_E4M3", 0xfe, -448f)]
    [InlineData("F8_E4M3", 0x7f, float.NaN)]
    [InlineData("F8_E5M2", 0x01, 0.0000152587890625f)]
    [InlineData("F8_E5M2", 0x04, 0.00006103515625f)]
    [InlineData("F8_E5M2", 0x3c, 1f)]
    [InlineData("F8_E5M2", 0x7b, 57344f)]
    [InlineData("F8_E5M2", 0x7c, float.PositiveInfinity)]
    [InlineData("F8_E5M2", 0xfc, float.NegativeInfinity)]
    [InlineData("F8_E5M2", 0x7e, float.NaN)]
    public void Decode_KnownPattern_GivesTheValueOfTheSpecification(string name, int pattern, float expected)
    {
        var value = new float[1];
        TensorFormat.Parse(name).Decode([(byte)pattern], value);
        Assert.Equal(expected, value[0]);
    }

    [Theory]
    [InlineData("F8_E4M3", 464f, 448f)]
    [InlineData("F8_E4M3", 464.1f, float.NaN)]
    [InlineData("F8_E4M3", float.PositiveInfinity, float.NaN)]
    [InlineData("F8_E5M2", 61439f, 57344f)]
    [InlineData("F8_E5M2", 61440f, float.PositiveInfinity)]
    [InlineData("F8_E5M2", -1e30f, float.NegativeInfinity)]
    [InlineData("F16", 65519.99f, 65504f)]
    [InlineData("F16", 65520f, float.PositiveInfinity)]
    [InlineData("F16", -1e30f, float.NegativeInfinity)]
    [InlineData("F16", 2.98023224e-8f, 0f)]
    [InlineData("F16", 2.98023259e-8f, 5.96046448e-8f)]
    [InlineData("BF16", float.MaxValue, float.PositiveInfinity)]
    [InlineData("BF16", 3.39617752923e38f, float.PositiveInfinity)]
    [InlineData("BF16", 3.3961773264e38f, 3.3895314e38f)]
    public void Encode_AtTheLimits_RoundsAsDocumented(string name, float value, float expected)
    {
        // Once over lanes, once in the tail.
        var format = TensorFormat.Parse(name);
        var values = Enumerable.Repeat(value, 65).ToArray();
        var bytes = new byte[format.BytesFor(65)];
        format.Encode(values, bytes);
        format.Decode(bytes, values);
        Assert.All(values, v => Assert.Equal(expected, v));
    }

    [Theory]
    [MemberData(nameof(Floats))]
    public void Encode_BetweenTwoNeighbours_GoesToTheNearerAndFromTheMiddleToTheEven(string name)
    {
        var format = TensorFormat.Parse(name);
        var patterns = AllPatterns(format);
        var known = new float[patterns.Length / format.BytesPerBlock];
        format.Decode(patterns, known);
        var tests = new List<float>();
        var expected = new List<float>();

        // Positive finite patterns ascend; the middle between two fits float32 exactly, or the step in float64 below does.
        for (var i = 0; i + 1 < known.Length / 2 && float.IsFinite(known[i + 1]); i++)
        {
            var middle = (float)(((double)known[i] + known[i + 1]) / 2);
            foreach (var (value, result) in new[]
            {
                (middle, known[i % 2 == 0 ? i : i + 1]),
                (MathF.BitDecrement(middle), known[i]),
                (MathF.BitIncrement(middle), known[i + 1]),
            })
            {
                tests.AddRange([value, -value]);
                expected.AddRange([result, -result]);
            }
        }

        Assert.True(tests.Count > 600);
        var bytes = new byte[format.BytesFor(tests.Count)];
        var actual = new float[tests.Count];
        format.Encode(tests.ToArray(), bytes);
        format.Decode(bytes, actual);
        Bits.AssertSame(expected.ToArray(), actual);

        // The same one at a time, which takes the plain path.
        for (var i = 0; i < tests.Count; i++)
        {
            format.Encode([tests[i]], bytes);
            format.Decode(bytes.AsSpan(0, format.BytesPerBlock), actual.AsSpan(i));
        }

        Bits.AssertSame(expected.ToArray(), actual);
    }

    [Theory]
    [MemberData(nameof(Floats))]
    public void Encode_AnyBits_LanesAndPlainFormAgree(string name)
    {
        var format = TensorFormat.Parse(name);
        var random = new Random(11);
        var values = new float[1 << 16];
        random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        values[0] = BitConverter.UInt32BitsToSingle(0x7f800001);
        values[1] = BitConverter.UInt32BitsToSingle(0xffc00000);
        var together = new byte[format.BytesFor(values.Length)];
        var single = new byte[together.Length];
        format.Encode(values, together);
        for (var i = 0; i < values.Length; i++)
        {
            format.Encode(values.AsSpan(i, 1), single.AsSpan(i * format.BytesPerBlock));
        }

        Assert.Equal(single, together);
    }

    [Fact]
    public void Narrow_HalfPrecision_AgreesWithTheRuntime()
    {
        var random = new Random(12);
        for (var i = 0; i < 1 << 20; i++)
        {
            var value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (!float.IsNaN(value))
            {
                Assert.Equal(BitConverter.HalfToUInt16Bits((Half)value), HalfConversion.Narrow(value));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Floats))]
    public void Encode_NotANumber_StaysNotANumber(string name)
    {
        var format = TensorFormat.Parse(name);
        var values = Enumerable.Repeat(BitConverter.UInt32BitsToSingle(0xff800001), 65).ToArray();
        var bytes = new byte[format.BytesFor(65)];
        format.Encode(values, bytes);
        format.Decode(bytes, values);
        Assert.All(values, v => Assert.True(float.IsNaN(v)));
    }

    private static byte[] AllPatterns(TensorFormat format) => format.BytesPerBlock == 1
        ? [.. Enumerable.Range(0, 256).Select(i => (byte)i)]
        : MemoryMarshal.AsBytes<ushort>(Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray()).ToArray();
}
