using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

public class RowPartsTests
{
    [Fact]
    public void Together_EveryNumberOfRows_IsAsFewPartsAsPossibleOfWholeTiles()
    {
        foreach (var most in new[] { 6, 30, 44, RowParts.Most })
        {
            var whole = most / 6 * 6;
            for (var rows = 1; rows <= 600; rows++)
            {
                var together = RowParts.Together(rows, most);
                Assert.InRange(together, 1, most);
                Assert.Equal(0, together % 6);
                Assert.Equal((rows + whole - 1) / whole, (rows + together - 1) / together);
            }
        }
    }
}
