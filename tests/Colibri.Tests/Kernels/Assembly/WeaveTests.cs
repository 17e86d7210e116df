using Colibri.Kernels.Assembly;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Tests.Kernels.Assembly;

/// <summary>Instructions of two bodies between each other.</summary>
public sealed class WeaveTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(5, 0)]
    [InlineData(7, 3)]
    [InlineData(3, 7)]
    [InlineData(4, 4)]
    [InlineData(1, 9)]
    public void Weave_BodiesOfAnyLength_KeepsTheirOrderAndSpreadsThemEvenly(int first, int second)
    {
        var code = new Assembler(64);
        FunctionAssembler.Weave(code, c => Count(c, rax, first), c => Count(c, rbx, second));
        var woven = code.Instructions.Select(i => (Register: i.Op0Register, Number: (int)i.GetImmediate(1))).ToList();
        Assert.Equal(Enumerable.Range(1, first), woven.Where(i => i.Register == Register.RAX).Select(i => i.Number));
        Assert.Equal(Enumerable.Range(1, second), woven.Where(i => i.Register == Register.RBX).Select(i => i.Number));

        // Wherever one stops, as many of the other have gone before as fall to it, give or take one.
        for (var (done, a, b) = (0, 0, 0); done < woven.Count; done++)
        {
            (a, b) = woven[done].Register == Register.RAX ? (a + 1, b) : (a, b + 1);
            Assert.InRange((long)b * first - (long)a * second, -Math.Max(first, second), Math.Max(first, second));
        }
    }

    private static void Count(Assembler c, AssemblerRegister64 register, int numbers)
    {
        for (var i = 1; i <= numbers; i++)
        {
            c.add(register, i);
        }
    }
}
