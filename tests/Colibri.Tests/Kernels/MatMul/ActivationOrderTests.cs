using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

public sealed unsafe class ActivationOrderTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Copy_WholeStepsAndARest_PutsEachInItsPlaceAndZerosBehind(int together)
    {
        int[] order = [.. Enumerable.Range(0, 64 / together).Reverse().SelectMany(run => Enumerable.Range(run * together, together))];
        const int Count = 2 * 64 + 32;
        using var source = new Guarded<sbyte>([.. Enumerable.Range(1, Count).Select(i => (sbyte)(i - 100))]);
        using var target = new Guarded<sbyte>(3 * 64);
        new ActivationOrder(order).Copy(source.Pointer, Count, target.Pointer);
        for (var i = 0; i < 3 * 64; i++)
        {
            var from = i / 64 * 64 + order[i % 64];
            Assert.Equal(from < Count ? source.Span[from] : 0, target.Span[i]);
        }

        target.AssertGuards("target");
    }

    [Fact]
    public void Order_ThatSplitsFour_IsRefused() => Assert.Throws<ArgumentException>(() => new ActivationOrder([1, 0, 2, 3]));
}
