using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>In which order a product takes its weights, and how rows are shared out over tiles.</summary>
public sealed class PanelWalkTests
{
    [Theory]
    [InlineData(0, 2, 0, 512, 2)]
    [InlineData(3, 10, 0, 1600, 2)]
    [InlineData(0, 19, 512, 2048, 8)]
    [InlineData(5, 6, 0, 32, 8)]
    public void Next_FromTheFirstPlace_ComesToEveryPlaceOnceAndFinishesPanelsTogether(int firstPanel, int lastPanel, int firstColumn, int lastColumn, int together)
    {
        var expected = new List<(int Panel, int Panels, int Column, int Depth)>();
        for (var start = firstPanel; start < lastPanel; start += together)
        {
            for (var column = firstColumn; column < lastColumn; column += IntegerTile.Depth)
            {
                for (var panel = start; panel < Math.Min(lastPanel, start + together); panel += 2)
                {
                    expected.Add((panel, Math.Min(2, lastPanel - panel), column, Math.Min(IntegerTile.Depth, lastColumn - column)));
                }
            }
        }

        var walked = new List<(int Panel, int Panels, int Column, int Depth)>();
        for (var place = new PanelWalk(firstPanel, lastPanel, firstColumn, lastColumn, together); place.Exists; place = place.Next())
        {
            walked.Add((place.Panel, place.Panels, place.Column, place.Depth));
        }

        Assert.Equal(expected, walked);
    }

    [Fact]
    public void TileRows_EveryNumberOfRows_HoldsThemAllInTilesThatFit()
    {
        for (var rows = 1; rows <= 512; rows++)
        {
            AssertHolds(TileRows.Fewest(rows), rows, IntegerTile.MostRows);
        }

        for (var rows = TileRows.FewestUnpacking; rows <= IntegerTile.Unpacking * IntegerTile.Unpacking; rows++)
        {
            AssertHolds(TileRows.Unpacking(rows), rows, IntegerTile.Unpacking);
        }
    }

    private static void AssertHolds(TileRows tiles, int rows, int most)
    {
        Assert.Equal(rows, tiles.Larger * tiles.Most + (tiles.Count - tiles.Larger) * (tiles.Most - 1));
        Assert.InRange(tiles.Larger, 1, tiles.Count);
        Assert.InRange(tiles.Most, 1, most);
    }
}
