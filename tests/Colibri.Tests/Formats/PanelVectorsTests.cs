using System.Runtime.Intrinsics;
using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

public sealed unsafe class PanelVectorsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Halves_EveryHalf_IsTheSameNumber(bool leading)
    {
        // A row is sixteen bytes that begin with its half.
        const int RowBytes = 16;
        var rows = stackalloc byte[Panels.Rows * RowBytes];
        var values = stackalloc float[Panels.Rows];
        for (var first = 0; first <= ushort.MaxValue; first += Panels.Rows)
        {
            for (var i = 0; i < Panels.Rows; i++)
            {
                *(ushort*)(rows + i * RowBytes) = (ushort)(first + i);
            }

            if (leading)
            {
                PanelVectors.LeadingHalves(rows, RowBytes, 1, RowBytes, values);
            }
            else
            {
                PanelVectors.Halves(rows, RowBytes).Store(values);
            }

            for (var i = 0; i < Panels.Rows; i++)
            {
                var expected = (float)BitConverter.UInt16BitsToHalf((ushort)(first + i));
                var same = float.IsNaN(expected)
                    ? float.IsNaN(values[i])
                    : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(values[i]);
                Assert.True(same, $"{first + i:x4}: {values[i]} instead of {expected}");
            }
        }
    }
}
