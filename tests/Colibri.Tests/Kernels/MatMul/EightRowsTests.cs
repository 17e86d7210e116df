using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>What is particular to eight rows of weights side by side: steps that are emitted together, what is kept between calls, where rows end.</summary>
public class EightRowsTests
{
    private const string Variant = "assembled-256";

    public static TheoryData<string> Formats =>
        [.. TensorFormat.All.Where(f => f.IsNumeric && (MatMulList.Integer(f)?.Variants.Any(v => v.Name == Variant) ?? false)).Select(f => f.Name)];

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_EveryNumberOfSteps_HasTheBitsOfTheReference(string format)
    {
        var kernel = Kernel(format);
        var block = TensorFormat.Parse(format).ValuesPerBlock;
        for (var blocks = 1; blocks <= 19; blocks++)
        {
            var test = Case(format, 49, blocks * block, 0.05f, rows: 4);
            for (var rows = 1; rows <= 4; rows++)
            {
                var expected = test.Run(MatMulList.Integer(TensorFormat.Parse(format))!.Select(new("reference")), rows, false, 99);
                KernelTesting.AssertSame(expected, test.Run(kernel, rows, false, 99), $"{format}, {blocks} blocks, {rows} rows");

                // From the second panel on with what the first call kept.
                KernelTesting.AssertSame(expected, test.Run(kernel, rows, false, 1), $"{format}, {blocks} blocks, {rows} rows, panel by panel");
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_ScalesThatAreSubnormalOrZero_HasTheBitsOfTheReference(string format)
    {
        var kernel = Kernel(format);
        foreach (var size in new[] { 1e-2f, 1e-4f, 1e-6f, 0 })
        {
            Case(format, 16, 512, size).Compare(kernel);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public unsafe void Run_WeightsBetweenGuardPages_ReadsNothingBesideThem(string format)
    {
        var kernel = Kernel(format);
        var parsed = TensorFormat.Parse(format);
        foreach (var blocks in new[] { 1, 2, 3, 9 })
        {
            var columns = blocks * parsed.ValuesPerBlock;
            var encoded = new byte[parsed.BytesFor(16L * columns)];
            parsed.Encode(KernelTesting.Values(16 * columns, columns), encoded);
            foreach (var atEnd in new[] { false, true })
            {
                using var pages = new GuardPages(encoded.Length, atEnd);
                encoded.CopyTo(new Span<byte>(pages.Pointer, encoded.Length));
                new MatMulCase(new Weight("w", parsed, 16, columns, pages.Pointer, pages), 1, columns).Compare(kernel);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Functions_OfAFormat_AreOneForAllShapesAndAFewTiles(string format)
    {
        var kernel = Kernel(format);
        Case(format, 16, 512, 1).Compare(kernel);
        var functions = Assert.IsAssignableFrom<IAssembled>(kernel).Functions.ToList();
        Assert.Equal($"matmul int8 {format} eight rows", functions[0].Name);
        Assert.Equal(
            Enumerable.Range(1, ThreeRowTiles.Most).Select(rows => $"matmul int8 tile {rows}x16 of "),
            functions.Skip(1).Select(f => f.Name[..f.Name.IndexOf(" of ", StringComparison.Ordinal)] + " of "));
        Assert.All(functions, f => Assert.InRange(f.Length, 1, 16384));
    }

    private static MatMulCase Case(string format, int outputs, int columns, float size, int rows = 1)
    {
        var values = KernelTesting.Values(outputs * columns, columns);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= size;
        }

        return new MatMulCase(KernelTesting.Weight(format, outputs, columns, values), rows, columns);
    }

    private static MatMulKernel Kernel(string format)
    {
        Skip.IfNot(AssemblySupport.Vectors256, $"needs {AssemblySupport.Vectors256Need}");
        return KernelTesting.Kernel(MatMulList.Integer(TensorFormat.Parse(format))!, Variant);
    }
}
