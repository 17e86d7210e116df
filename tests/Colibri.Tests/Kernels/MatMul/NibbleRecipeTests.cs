using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>Both ways of taking 4-bit integers from rows, of which a processor uses one.</summary>
public class NibbleRecipeTests
{
    public static TheoryData<string, bool> Ways => new()
    {
        { "Q4_0", false }, { "Q4_0", true }, { "Q4_1", false }, { "Q4_1", true }, { "IQ4_NL", false }, { "IQ4_NL", true },
    };

    [SkippableTheory]
    [MemberData(nameof(Ways))]
    public void Run_EitherWay_HasTheBitsOfTheReference(string format, bool permutes)
    {
        Skip.IfNot(AssemblySupport.Vnni, "needs AVX-512 with VNNI");
        Skip.IfNot(Avx512Vbmi.IsSupported || !permutes, "needs AVX512_VBMI");
        MatMulKernel kernel = format switch
        {
            "Q4_0" => new RowsOf<Q4_0>(new NibbleRecipe(18, 2, hasLeast: false, permutes)),
            "Q4_1" => new RowsOf<Q4_1>(new NibbleRecipe(20, 4, hasLeast: true, permutes)),
            _ => new RowsOf<IQ4_NL>(new CodebookRecipe(18, 2, permutes)),
        };
        foreach (var columns in new[] { 32, 480, 512, 544, 1024, 1504 })
        {
            foreach (var outputs in new[] { 1, 16, 17, 35 })
            {
                var weight = KernelTesting.Weight(format, outputs, columns, KernelTesting.Values(outputs * columns, columns + outputs));
                new MatMulCase(weight, 2, columns + 32).Compare(kernel);
            }
        }
    }

    private sealed unsafe class RowsOf<TBlock>(RowRecipe recipe) : MatMulKernel where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        private readonly AssembledRows<TBlock> _rows = AssembledRows<TBlock>.Of(recipe);

        public override ActivationKind Activations => ActivationKind.Int8;

        public override int ScratchBytes => _rows.ScratchBytes;

        public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
        {
            for (var r = 0; r < rows; r++)
            {
                _rows.Run(weight, firstPanel, lastPanel, x.From(r), destination.From(r), scratch, kept && rows == 1);
            }

            Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
        }
    }
}
