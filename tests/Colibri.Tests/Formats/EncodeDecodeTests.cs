using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>What holds for every format in the list.</summary>
public class EncodeDecodeTests
{
    private static readonly TensorFormat[] Numeric = [.. TensorFormat.All.Where(f => f.IsNumeric)];

    public static TheoryData<string> All => [.. Numeric.Select(f => f.Name)];

    public static TheoryData<string> Blocks => [.. Numeric.Where(f => f.ValuesPerBlock > 1).Select(f => f.Name)];

    public static TheoryData<string, string> AllKinds
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var format in Numeric)
            {
                foreach (var kind in Inputs.Kinds)
                {
                    rows.Add(format.Name, kind);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Encode_AnyNumberOfBlocks_EncodesEachAsIfAlone(string name)
    {
        var format = TensorFormat.Parse(name);
        foreach (var blocks in format.ValuesPerBlock == 1 ? Enumerable.Range(0, 100) : [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 33])
        {
            var values = Inputs.Of("mixed", blocks * format.ValuesPerBlock);
            var together = new byte[format.BytesFor(values.Length)];
            var alone = new byte[together.Length];
            format.Encode(values, together);
            for (var b = 0; b < blocks; b++)
            {
                format.Encode(
                    values.AsSpan(b * format.ValuesPerBlock, format.ValuesPerBlock),
                    alone.AsSpan(b * format.BytesPerBlock, format.BytesPerBlock));
            }

            Assert.Equal(alone, together);
            var decoded = Decode(format, together);
            for (var b = 0; b < blocks; b++)
            {
                var one = Decode(format, together.AsSpan(b * format.BytesPerBlock, format.BytesPerBlock));
                Bits.AssertSame(one, decoded.AsSpan(b * format.ValuesPerBlock, format.ValuesPerBlock));
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void EncodeThenDecode_StaysWithinTheStatedError(string name, string kind)
    {
        var format = TensorFormat.Parse(name);
        var error = RelativeError(format, Suited(format, Inputs.Of(kind, 64 * 256)));

        // Scales in half precision end at 6e-8, so that tiny blocks may lose everything; nothing becomes larger than it was.
        var limit = kind == "tiny" && format.ValuesPerBlock > 1 ? 1 : format.MaxRelativeError;
        Assert.True(error <= limit, $"{error} > {limit}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void MaxRelativeError_IsNoMoreThanTwiceWhatIsMeasured(string name)
    {
        var format = TensorFormat.Parse(name);
        var measured = Inputs.Kinds.Except(["tiny"]).Max(kind => RelativeError(format, Suited(format, Inputs.Of(kind, 256 * 256))));
        Assert.True(format.MaxRelativeError <= 2 * measured, $"{format.MaxRelativeError} against {measured}");
        Assert.True(measured <= format.MaxRelativeError, $"{measured} > {format.MaxRelativeError}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Encode_AllZeroBlock_DecodesToZeros(string name)
    {
        var format = TensorFormat.Parse(name);
        foreach (var zero in new[] { 0f, -0f })
        {
            var values = new float[2 * 256];
            Array.Fill(values, zero);
            Assert.All(EncodeThenDecode(format, values), v => Assert.Equal(0, v));
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Encode_NumberThatCannotBeStored_MakesItsBlockNotANumber(string name)
    {
        var format = TensorFormat.Parse(name);
        var size = format.ValuesPerBlock;
        foreach (var damage in new[] { float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e38f, -float.MaxValue, 1e13f })
        {
            foreach (var position in new[] { 0, size / 2, size - 1 })
            {
                var values = Inputs.Of("bell", 3 * size);
                var clean = EncodeThenDecode(format, values);
                values[size + position] = damage;
                var damaged = EncodeThenDecode(format, values);
                Bits.AssertSame(clean.AsSpan(0, size), damaged.AsSpan(0, size));
                Assert.All(damaged[size..(2 * size)], v => Assert.True(float.IsNaN(v), $"{v} after {damage}"));
                Bits.AssertSame(clean.AsSpan(2 * size), damaged.AsSpan(2 * size));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Encode_AnyMagnitude_KeepsTheValuesOrSaysNotANumber(string name)
    {
        var format = TensorFormat.Parse(name);
        for (var exponent = -149; exponent <= 127; exponent++)
        {
            var values = Inputs.Of("bell", 256, (uint)(exponent + 200)).Select(v => v * MathF.ScaleB(1, exponent)).ToArray();
            var decoded = EncodeThenDecode(format, values);
            for (var start = 0; start < 256; start += format.ValuesPerBlock)
            {
                var block = decoded.AsSpan(start, format.ValuesPerBlock).ToArray();
                var largest = values.Skip(start).Take(format.ValuesPerBlock).Max(MathF.Abs);
                if (block.Any(float.IsNaN))
                {
                    Assert.True(largest > 65504, $"{largest} was lost");
                    Assert.All(block, v => Assert.True(float.IsNaN(v)));
                }
                else
                {
                    // Below 2^-10 the scales themselves lose bits, down to nothing; above, the stated error holds.
                    Assert.All(block, v => Assert.True(MathF.Abs(v) <= 1.6f * largest + 1e-5f, $"{v} of {largest}"));
                    var error = block.Zip(values.Skip(start)).Max(p => MathF.Abs(p.First - p.Second));
                    Assert.True(exponent < -2 || error <= format.MaxRelativeError * largest, $"{error} of {largest}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Decode_AnyBytes_GivesSomeValues(string name)
    {
        var format = TensorFormat.Parse(name);
        var random = new Random(5);
        var bytes = new byte[400 * format.BytesPerBlock];
        random.NextBytes(bytes);
        Assert.Equal(400 * format.ValuesPerBlock, Decode(format, bytes).Length);
        Array.Fill(bytes, (byte)255);
        Assert.Equal(400 * format.ValuesPerBlock, Decode(format, bytes).Length);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void EncodeAndDecode_UnalignedBytes_GiveTheSame(string name)
    {
        var format = TensorFormat.Parse(name);
        var values = Inputs.Of("bell", 512);
        var aligned = new byte[format.BytesFor(512)];
        var shifted = new byte[aligned.Length + 1];
        format.Encode(values, aligned);
        format.Encode(values, shifted.AsSpan(1));
        Assert.Equal(aligned, shifted[1..]);
        Bits.AssertSame(Decode(format, aligned), Decode(format, shifted.AsSpan(1)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void EncodeAndDecode_RoomForMore_LeaveTheRestAlone(string name)
    {
        var format = TensorFormat.Parse(name);
        var values = Inputs.Of("bell", 256);
        var bytes = new byte[format.BytesFor(256) + 3];
        bytes.AsSpan(^3).Fill(77);
        format.Encode(values, bytes);
        Assert.Equal([77, 77, 77], bytes[^3..]);
        var decoded = new float[259];
        decoded.AsSpan(256).Fill(77);
        format.Decode(bytes.AsSpan(0, bytes.Length - 3), decoded);
        Assert.Equal([77, 77, 77], decoded[256..]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void EncodeAndDecode_SizesThatDoNotBelongTogether_Throw(string name)
    {
        var format = TensorFormat.Parse(name);
        var (bytes, values) = (format.BytesPerBlock, format.ValuesPerBlock);
        Assert.Throws<ArgumentException>(() => format.Encode(new float[2 * values], new byte[2 * bytes - 1]));
        Assert.Throws<ArgumentException>(() => format.Decode(new byte[2 * bytes], new float[2 * values - 1]));
        if (values > 1)
        {
            Assert.Throws<ArgumentException>(() => format.Encode(new float[values + 1], new byte[2 * bytes]));
        }

        if (bytes > 1)
        {
            Assert.Throws<ArgumentException>(() => format.Decode(new byte[2 * bytes - 1], new float[2 * values]));
        }
    }

    private static float[] EncodeThenDecode(TensorFormat format, float[] values)
    {
        var bytes = new byte[format.BytesFor(values.Length)];
        format.Encode(values, bytes);
        return Decode(format, bytes);
    }

    private static float[] Decode(TensorFormat format, ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / format.BytesPerBlock * format.ValuesPerBlock];
        format.Decode(bytes, values);
        return values;
    }

    /// <summary>Formats without scales keep their precision in a range only: what is small gets 1 more, and E4M3 ends at 448.</summary>
    private static float[] Suited(TensorFormat format, float[] values) => format.ValuesPerBlock > 1
        ? values
        : [.. values.Select(v => Math.Clamp(MathF.Abs(v) < 0.0625f ? v + 1 : v, -448, 448))];

    /// <summary>The largest error as a share of the largest magnitude of its block.</summary>
    private static float RelativeError(TensorFormat format, float[] values)
    {
        var decoded = EncodeThenDecode(format, values);
        var worst = 0f;
        for (var start = 0; start < values.Length; start += format.ValuesPerBlock)
        {
            float largest = 0, error = 0;
            for (var i = start; i < start + format.ValuesPerBlock; i++)
            {
                largest = MathF.Max(largest, MathF.Abs(values[i]));
                error = MathF.Max(error, MathF.Abs(values[i] - decoded[i]));
            }

            worst = largest == 0 ? MathF.Max(worst, error) : MathF.Max(worst, error / largest);
        }

        Assert.False(float.IsNaN(worst));
        return worst;
    }
}
