using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>Assembled products where other tests do not reach: beyond what is prepared at a time, and against guard pages.</summary>
public sealed unsafe class AssembledShapesTests
{
    /// <summary>Formats with an integer product.</summary>
    public static TheoryData<string> Formats => [.. TensorFormat.All.Where(f => f.IsNumeric && MatMulList.Integer(f) is not null).Select(f => f.Name)];

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_MoreRowsThanArePreparedAtATime_HasTheBitsOfTheReference(string format)
    {
        // 512 rows times stretches of 512 columns are prepared at a time.
        Compare(format, 19, 768, 515);
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_MoreColumnsThanAStretchOfOneRow_HasTheBitsOfTheReference(string format)
    {
        foreach (var columns in Whole(format, 16384, 16384 + 32, 16384 + 768, 16384 + 896))
        {
            Compare(format, 17, columns, 1, 3);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_MorePanelsThanAreFinishedTogether_HasTheBitsOfTheReference(string format)
    {
        Compare(format, 147, 1280, 2, 70);
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_WeightsThatAreUnpackedWhileOthersAreMultiplied_HasTheBitsOfTheReference(string format)
    {
        // Three pairs of panels of which the last is not whole, three stretches of which the last is not whole; one, two and four tiles.
        foreach (var columns in Whole(format, 1056, 1280, 1536))
        {
            Compare(format, 85, columns, [.. Enumerable.Range(6, 14), 24, 31]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_ColumnsThatAreNoWholeSteps_HaveTheBitsOfTheReference(string format)
    {
        // One row takes steps of 256 or 512 columns and chains of up to sixteen groups.
        foreach (var columns in Whole(format, 96, 384, 480, 768, 896, 1792))
        {
            Compare(format, 33, columns, 1, 2, 7);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Run_WeightsBetweenGuardPages_ReadsNothingBesideThem(string format)
    {
        const int Outputs = 66;
        var kernel = Kernel(format);
        var parsed = TensorFormat.Parse(format);
        foreach (var columns in Whole(format, 32, 128, 256, 512, 544, 640, 768, 1024, 1056))
        {
            var encoded = new byte[parsed.BytesFor((long)Outputs * columns)];
            parsed.Encode(KernelTesting.Values(Outputs * columns, columns), encoded);
            var expected = default(float[]);
            foreach (var atEnd in new[] { false, true })
            {
                using var pages = new GuardPages(encoded.Length, atEnd);
                encoded.CopyTo(new Span<byte>(pages.Pointer, encoded.Length));
                var test = new MatMulCase(new Weight("w", parsed, Outputs, columns, pages.Pointer, pages), 13, columns);
                expected ??= test.Run(MatMulList.Integer(parsed)!.Select(new("reference")), 13, false, 99);
                foreach (var rows in new[] { 1, 2, 13 })
                {
                    KernelTesting.AssertSame(expected.AsSpan(0, rows * Outputs), test.Run(kernel, rows, false, 99), $"{format}, {columns} columns, {rows} rows");
                }
            }
        }
    }

    private static IEnumerable<int> Whole(string format, params int[] columns) => columns.Where(c => c % TensorFormat.Parse(format).ValuesPerBlock == 0);

    private static MatMulKernel Kernel(string format)
    {
        Skip.IfNot(AssemblySupport.Vnni, AssemblySupport.WhyNot ?? "this processor lacks VNNI");
        return KernelTesting.Kernel(MatMulList.Integer(TensorFormat.Parse(format))!, "assembled");
    }

    private static void Compare(string format, int outputs, int columns, params int[] counts)
    {
        var kernel = Kernel(format);
        var weight = KernelTesting.Weight(format, outputs, columns, KernelTesting.Values(outputs * columns, columns));
        var test = new MatMulCase(weight, counts[^1], columns + 32);
        foreach (var added in new[] { false, true })
        {
            var expected = test.Run(MatMulList.Integer(weight.Format)!.Select(new("reference")), counts[^1], added, 99);
            foreach (var rows in counts)
            {
                KernelTesting.AssertSame(expected.AsSpan(0, rows * outputs), test.Run(kernel, rows, added, 99), $"{format}, {columns} columns, {rows} rows, added: {added}");
            }
        }
    }
}
