using Colibri.Formats;
using Colibri.Kernels;
using Xunit;

namespace Colibri.Tests.Kernels;

/// <summary>What the tests of all kernels share: every variant, awkward sizes, bits compared.</summary>
internal static class KernelTesting
{
    /// <summary>Around every width that a loop may step by.</summary>
    public static int[] Sizes { get; } = [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 255, 256, 257];

    /// <summary>Names of the variants of an operation but the reference, as theory data.</summary>
    public static TheoryData<string> Names(IKernelList list) => [.. list.Variants.Select(v => v.Name).Where(n => n != "reference")];

    /// <summary>A variant by its exact name; skips the test visibly where this processor lacks it.</summary>
    public static T Kernel<T>(KernelList<T> list, string name)
    {
        var variant = list.Variants.Single(v => v.Name == name);
        Skip.IfNot(variant.IsSupported, $"this processor lacks {variant.Needs}");
        return list.Select(new KernelSelection(name));
    }

    /// <summary>Numbers of both signs and many magnitudes.</summary>
    public static float[] Values(int count, int seed, float scale = 4)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var x = (float)(random.NextDouble() * 2 - 1);
            values[i] = x * x * x * scale;
        }

        return values;
    }

    /// <summary>Equal to the bit; any NaN equals any NaN, since their payloads depend on the order of operands.</summary>
    public static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string where)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]) && !(float.IsNaN(expected[i]) && float.IsNaN(actual[i])))
            {
                Assert.Fail($"{where}: value {i} is {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }

    /// <summary>Signed bytes with a scale per row, one byte off every alignment; the last row is all least integers.</summary>
    public static unsafe Weight ChannelWeight(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var bytes = GC.AllocateArray<byte>(rows * columns + 1, pinned: true);
        random.NextBytes(bytes);
        bytes.AsSpan(1 + (rows - 1) * columns).Fill(0x80);
        var scales = new float[rows];
        for (var i = 0; i < rows; i++)
        {
            scales[i] = (float)(random.NextDouble() * 0.1) + 1e-3f;
        }

        fixed (byte* address = bytes)
        {
            return new Weight("w", TensorFormat.Parse("I8"), rows, columns, address + 1, bytes, new ChannelScales(scales));
        }
    }

    /// <summary>Weights of a format made from values.</summary>
    public static unsafe Weight Weight(string format, int rows, int columns, ReadOnlySpan<float> values, string name = "w")
    {
        var parsed = TensorFormat.Parse(format);

        // One byte off every alignment: rows in files begin anywhere.
        var bytes = GC.AllocateArray<byte>((int)parsed.BytesFor((long)rows * columns) + 1, pinned: true);
        parsed.Encode(values, bytes.AsSpan(1));
        fixed (byte* address = bytes)
        {
            return new Weight(name, parsed, rows, columns, address + 1, bytes);
        }
    }
}
