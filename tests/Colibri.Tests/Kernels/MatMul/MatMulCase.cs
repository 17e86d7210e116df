using Colibri.Formats;
using Colibri.Kernels.MatMul;
using Colibri.Kernels.Quantize;

namespace Colibri.Tests.Kernels.MatMul;

/// <summary>A matrix product in every number of rows, with and without bias and residual, whole and panel by panel.</summary>
internal sealed unsafe class MatMulCase
{
    /// <summary>Beyond every number of rows that kernels take together.</summary>
    public const int MostRows = 17;

    private const int Gap = 3;
    private const float Untouched = -12345.5f;

    private static readonly int[] RowCounts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17];

    private readonly Weight _weight;
    private readonly int _rows;
    private readonly int _stride;
    private readonly float[] _values;
    private readonly float[] _bias;
    private readonly float[] _residual;

    public MatMulCase(Weight weight, int rows, int stride, Func<int, float>? value = null)
    {
        _weight = weight;
        _rows = rows;
        _stride = stride;
        _values = value is null ? KernelTesting.Values(rows * stride, 11) : [.. Enumerable.Range(0, rows * stride).Select(value)];
        _bias = KernelTesting.Values(weight.Rows, 12);
        _residual = KernelTesting.Values(rows * (weight.Rows + Gap), 13);
    }

    /// <summary>The activations, [rows, stride].</summary>
    public float[] Values => _values;

    /// <summary>Compares with the reference for the kernel's kind of activations.</summary>
    /// <param name="kernel">The kernel.</param>
    public void Compare(MatMulKernel kernel)
    {
        var list = kernel.Activations switch
        {
            ActivationKind.Int8Rows => MatMulList.Channel,
            ActivationKind.Int8 => MatMulList.Integer(_weight.Format)!,
            ActivationKind.Pairs => MatMulList.Pairs,
            _ => MatMulList.Float,
        };
        var reference = list.Select(new("reference"));
        foreach (var added in new[] { false, true })
        {
            // A row's result does not depend on how many rows there are, so one reference serves all.
            var expected = Run(reference, _rows, added, int.MaxValue);
            foreach (var rows in RowCounts.Where(r => r < _rows).Append(_rows))
            {
                KernelTesting.AssertSame(expected.AsSpan(0, rows * _weight.Rows), Run(kernel, rows, added, int.MaxValue), $"{_weight}, {rows} rows, added: {added}");
            }

            KernelTesting.AssertSame(expected, Run(kernel, _rows, added, 1), $"{_weight}, {_rows} rows, panel by panel");
        }
    }

    /// <summary>The product, [rows, outputs].</summary>
    public float[] Run(MatMulKernel kernel, int rows, bool added, int panelsAtATime)
    {
        var outputs = _weight.Rows;
        using var x = new Guarded<float>(_values.AsSpan(0, rows * _stride));
        using var bias = new Guarded<float>(_bias);
        using var residual = new Guarded<float>(_residual);
        using var y = new Guarded<float>(rows * (outputs + Gap));
        using var scratch = new Guarded<byte>(kernel.ScratchBytes, aligned: true);
        using var integers = new Guarded<sbyte>(rows * _stride);
        using var scales = new Guarded<float>(rows * (_stride / 32) + 1);
        using var sums = new Guarded<int>(rows * (_stride / 16) + 1);
        var activations = new Activations(x.Pointer, _stride, null, null, null);
        if (kernel.Activations == ActivationKind.Int8)
        {
            var quantize = QuantizeKernel.List.Select(new("reference"));
            activations = new Activations(null, _stride, integers.Pointer, scales.Pointer, sums.Pointer);
            for (var r = 0; r < rows; r++)
            {
                var row = activations.From(r);
                quantize.Row(x.Pointer + r * _stride, _weight.Columns, row.Integers, row.Scales, row.Sums);
            }
        }

        using var bytes = new Guarded<byte>(rows * _stride);
        using var tokens = new Guarded<TokenScale>(rows);
        if (kernel.Activations == ActivationKind.Int8Rows)
        {
            var quantize = TokenQuantizeKernel.List.Select(new("reference"));
            activations = new Activations(null, _stride, null, null, null, bytes.Pointer, tokens.Pointer);
            for (var r = 0; r < rows; r++)
            {
                var row = activations.From(r);
                *row.Tokens = quantize.Row(x.Pointer + r * _stride, _weight.Columns, row.Bytes);
            }
        }

        var pairStride = (_stride + PairRoundKernel.Multiple - 1) / PairRoundKernel.Multiple * PairRoundKernel.Multiple;
        using var pairs = new Guarded<ushort>(rows * pairStride);
        if (kernel.Activations == ActivationKind.Pairs)
        {
            var round = PairRoundKernel.List.Select(new("reference"));
            activations = new Activations(null, pairStride, null, null, null, null, null, pairs.Pointer);
            for (var r = 0; r < rows; r++)
            {
                round.Row(x.Pointer + r * _stride, _weight.Columns, activations.From(r).Pairs);
            }
        }

        y.Span.Fill(Untouched);
        var destination = new Destination(y.Pointer, outputs + Gap, added ? bias.Pointer : null, added ? residual.Pointer : null, outputs + Gap);
        var panels = MatMulKernel.Panels(_weight);
        for (var first = 0; first < panels; first += Math.Min(panelsAtATime, panels))
        {
            kernel.Run(_weight, first, Math.Min(panels, first + Math.Min(panelsAtATime, panels)), activations, rows, destination, scratch.Pointer, kept: first > 0);
        }

        y.AssertGuards($"{_weight}, {rows} rows: results");
        scratch.AssertGuards($"{_weight}, {rows} rows: scratch");
        var result = new float[rows * outputs];
        for (var r = 0; r < rows; r++)
        {
            var row = y.Span.Slice(r * (outputs + Gap), outputs + Gap);
            row[..outputs].CopyTo(result.AsSpan(r * outputs));
            Xunit.Assert.True(!row[outputs..].ContainsAnyExcept(Untouched), $"{_weight}, {rows} rows: written behind row {r}");
        }

        return result;
    }
}
