using Colibri.Formats;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>Assembled products where other tests do not reach: beyond what is prepared at a time, and against guard pages.</summary>
public sealed unsafe class AssembledShapesTests
{
    /// <summary>Formats with an integer product, and its assembled variants.</summary>
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var format in TensorFormat.All.Where(f => f.IsNumeric))
            {
                foreach (var variant in MatMulList.Integer(format)?.Variants.Where(v => v.Name.StartsWith("assembled", StringComparison.Ordinal)) ?? [])
                {
                    data.Add(format.Name, variant.Name);
                }
            }

            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_MoreRowsThanArePreparedAtATime_HasTheBitsOfTheReference(string format, string variant)
    {
        // 512 rows times stretches of 512 columns are prepared at a time, or 192 rows; where activations are widened, 30 rows of 16,384 columns.
        Compare(format, variant, 19, 768, 193, 515);
        Compare(format, variant, 17, 16384, 35);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_MoreColumnsThanAStretchOfOneRow_HasTheBitsOfTheReference(string format, string variant)
    {
        foreach (var columns in Whole(format, 16384, 16384 + 32, 16384 + 768, 16384 + 896))
        {
            Compare(format, variant, 17, columns, 1, 3, 5);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_MorePanelsThanAreFinishedTogether_HasTheBitsOfTheReference(string format, string variant)
    {
        Compare(format, variant, 147, 1280, 2, 70);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_WeightsThatAreUnpackedWhileOthersAreMultiplied_HasTheBitsOfTheReference(string format, string variant)
    {
        // Three pairs of panels of which the last is not whole, three stretches of which the last is not whole; one, two and four tiles.
        foreach (var columns in Whole(format, 1056, 1280, 1536))
        {
            Compare(format, variant, 85, columns, [.. Enumerable.Range(6, 14), 24, 31]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_ColumnsThatAreNoWholeSteps_HaveTheBitsOfTheReference(string format, string variant)
    {
        // One row takes steps of 256 or 512 columns and chains of up to sixteen groups.
        foreach (var columns in Whole(format, 96, 384, 480, 768, 896, 1792))
        {
            Compare(format, variant, 33, columns, 1, 2, 7);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_WeightsBetweenGuardPages_ReadsNothingBesideThem(string format, string variant)
    {
        const int Outputs = 66;
        var kernel = Kernel(format, variant);
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

    private static MatMulKernel Kernel(string format, string variant) => KernelTesting.Kernel(MatMulList.Integer(TensorFormat.Parse(format))!, variant);

    private static void Compare(string format, string variant, int outputs, int columns, params int[] counts)
    {
        var kernel = Kernel(format, variant);
        var weight = KernelTesting.Weight(format, outputs, columns, KernelTesting.Values(outputs * columns, columns));
        var test = new MatMulCase(weight, counts[^1], columns + 32);
        foreach (var added in new[] { false, true })
        {
            var expected = test.Run(MatMulList.Integer(weight.Format)!.Select(new("reference")), counts[^1], added, 99);
            foreach (var rows in counts)
            {
                KernelTesting.AssertSame(expected.AsSpan(0, rows * outputs), test.Run(kernel, rows, added, 99), $"{format}, {columns} columns, {rows} rows, added: {added}");
            }

            // With what the first call kept.
            KernelTesting.AssertSame(expected, test.Run(kernel, counts[^1], added, 1), $"{format}, {columns} columns, {counts[^1]} rows, added: {added}, panel by panel");
        }
    }
}
