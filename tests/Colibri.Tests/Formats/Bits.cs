using System.Runtime.InteropServices;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>Floats compared by their bits, so that -0 differs from 0 and NaN equals itself.</summary>
internal static class Bits
{
    public static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var at = MemoryMarshal.Cast<float, int>(expected).CommonPrefixLength(MemoryMarshal.Cast<float, int>(actual));
        if (at < expected.Length)
        {
            Assert.Fail($"Value {at} is {actual[at]:R} instead of {expected[at]:R}.");
        }
    }
}
