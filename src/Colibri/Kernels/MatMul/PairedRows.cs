using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Formats;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Stored floats in 256-bit vectors: up to two rows of activations meet eight rows of weights as they lie in memory, four columns of two
/// rows in a register; for more rows they are laid into a panel.
/// </summary>
internal static unsafe class PairedRows
{
    /// <summary>Up to so many rows of activations, taking weights as they lie is worth more than a panel that all rows share.</summary>
    public const int MostRows = 2;

    /// <summary>Columns of a step.</summary>
    public const int Step = 16;

    /// <summary>Whether weights are stored floats and their columns whole steps.</summary>
    public static bool Takes(Weight weight) => weight.Format.FloatLayout != StoredFloat.None && weight.Columns % Step == 0;

    /// <summary>Computes panels whose outputs all exist, for one or two rows of activations.</summary>
    /// <param name="weight">Weights [outputs, columns] that it takes.</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">Behind the last panel.</param>
    /// <param name="x">Activations.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="destination">Results.</param>
    public static void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination)
    {
        switch (weight.Format.FloatLayout)
        {
            case StoredFloat.Single:
                PairedRows<SingleLanes>.Run(weight, firstPanel, lastPanel, x, rows, destination);
                break;
            case StoredFloat.Half:
                PairedRows<HalfLanes>.Run(weight, firstPanel, lastPanel, x, rows, destination);
                break;
            default:
                PairedRows<BrainLanes>.Run(weight, firstPanel, lastPanel, x, rows, destination);
                break;
        }
    }

    /// <summary>Lays sixteen rows into a panel (<see cref="QuadPanel"/>).</summary>
    /// <param name="weight">Weights that it takes.</param>
    /// <param name="firstOutput">The first row; all sixteen exist.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">Columns, whole steps.</param>
    /// <param name="panel">Receives sixteen values a column.</param>
    public static void Lay(Weight weight, int firstOutput, int column, int columns, float* panel)
    {
        var rows = weight.Address + firstOutput * weight.RowBytes + weight.Format.BytesFor(column);
        var rowBytes = (nint)weight.RowBytes;
        switch (weight.Format.FloatLayout)
        {
            case StoredFloat.Single:
                PairedRows<SingleLanes>.Lay(rows, rowBytes, columns, panel);
                break;
            case StoredFloat.Half:
                PairedRows<HalfLanes>.Lay(rows, rowBytes, columns, panel);
                break;
            default:
                PairedRows<BrainLanes>.Lay(rows, rowBytes, columns, panel);
                break;
        }
    }
}

/// <summary><see cref="PairedRows"/> for floats stored in one way.</summary>
internal static unsafe class PairedRows<TStored> where TStored : unmanaged, IStoredLanes
{
    private const int Panel = MatMulKernel.Panel;
    private const int Step = PairedRows.Step;

    // How far ahead of use memory is asked for, beside seven rows: so far behind the first of the next eight rows the last of them lies.
    private const int Ahead = 16384;

    /// <inheritdoc cref="PairedRows.Run"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination)
    {
        var rowBytes = (nint)weight.RowBytes;
        for (var output = firstPanel * Panel; output < lastPanel * Panel; output += 8)
        {
            var row = weight.Address + output * rowBytes;
            var y = destination.Y + output;
            Eight(row, rowBytes, weight.Columns, x.Values, x.Values + x.Stride, y, rows == 1 ? null : y + destination.Stride);
        }
    }

    /// <inheritdoc cref="PairedRows.Lay"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay(byte* rows, nint rowBytes, int columns, float* panel)
    {
        for (var row = 0; row < Panel; row++, rows += rowBytes)
        {
            var target = panel + (row % 4 * 4 + row / 4) * 4;
            for (var k = 0; k < columns; k += 8, target += 8 * Panel)
            {
                var v = TStored.Load(rows + k * TStored.Bytes);
                v.GetLower().Store(target);
                v.GetUpper().Store(target + 4 * Panel);
            }
        }
    }

    // Eight rows of weights, a stretch of columns at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(byte* row, nint rowBytes, int columns, float* a, float* b, float* y, float* z)
    {
        var ahead = row + 7 * rowBytes + Ahead;
        for (var column = 0; column < columns; column += MatMulKernel.Stretch)
        {
            var depth = Math.Min(MatMulKernel.Stretch, columns - column);
            if (!Chains<Finite>(row, rowBytes, depth, a, b, y, z, column == 0, ahead))
            {
                Chains<Any>(row, rowBytes, depth, a, b, y, z, column == 0, ahead);
            }

            row += depth * TStored.Bytes;
            ahead += 8 * depth * TStored.Bytes;
            a += depth;
            b += depth;
        }
    }

    // The chains of a stretch, for one row of activations or (z is not null) two; false, and nothing done, where numbers were taken for finite that are not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Chains<TNumbers>(byte* row, nint rowBytes, int depth, float* a, float* b, float* y, float* z, bool fresh, byte* ahead)
        where TNumbers : unmanaged, INumbers => z is null
        ? One<TNumbers>(row, rowBytes, depth, a, y, fresh, ahead)
        : Two<TNumbers>(row, rowBytes, depth, a, b, y, z, fresh, ahead);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool One<TNumbers>(byte* row, nint rowBytes, int depth, float* a, float* y, bool fresh, byte* ahead) where TNumbers : unmanaged, INumbers
    {
        var far = row + 4 * rowBytes;
        var (s0, s1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s2, s3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var seen = default(Watched);
        for (; depth > 0; depth -= Step)
        {
            Prefetch.Lines(ahead, Step * 8 * TStored.Bytes / 64);
            ahead += Step * 8 * TStored.Bytes;
            for (var half = 0; half < 2; half++)
            {
                var (near, later) = (Vector256.Create(Vector128.Load(a)), Vector256.Create(Vector128.Load(a + 4)));
                s0 = Both<TNumbers>(row, far, near, later, s0);
                s1 = Both<TNumbers>(row + rowBytes, far + rowBytes, near, later, s1);
                s2 = Both<TNumbers>(row + 2 * rowBytes, far + 2 * rowBytes, near, later, s2);
                s3 = Both<TNumbers>(row + 3 * rowBytes, far + 3 * rowBytes, near, later, s3);
                row += 8 * TStored.Bytes;
                far += 8 * TStored.Bytes;
                a += 8;
            }

            seen = Watch<TNumbers>(seen, row - Step * TStored.Bytes, far - Step * TStored.Bytes, rowBytes);
        }

        if (TNumbers.AreFinite && seen.AnyNotFinite)
        {
            return false;
        }

        End(s0, s1, s2, s3, y, fresh);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Two<TNumbers>(byte* row, nint rowBytes, int depth, float* a, float* b, float* y, float* z, bool fresh, byte* ahead)
        where TNumbers : unmanaged, INumbers
    {
        var far = row + 4 * rowBytes;
        var (s0, s1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s2, s3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (t0, t1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (t2, t3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var seen = default(Watched);
        for (; depth > 0; depth -= Step)
        {
            Prefetch.Lines(ahead, Step * 8 * TStored.Bytes / 64);
            ahead += Step * 8 * TStored.Bytes;
            for (var half = 0; half < 2; half++)
            {
                (s0, t0) = Both<TNumbers>(row, far, a, b, s0, t0);
                (s1, t1) = Both<TNumbers>(row + rowBytes, far + rowBytes, a, b, s1, t1);
                (s2, t2) = Both<TNumbers>(row + 2 * rowBytes, far + 2 * rowBytes, a, b, s2, t2);
                (s3, t3) = Both<TNumbers>(row + 3 * rowBytes, far + 3 * rowBytes, a, b, s3, t3);
                row += 8 * TStored.Bytes;
                far += 8 * TStored.Bytes;
                a += 8;
                b += 8;
            }

            seen = Watch<TNumbers>(seen, row - Step * TStored.Bytes, far - Step * TStored.Bytes, rowBytes);
        }

        if (TNumbers.AreFinite && seen.AnyNotFinite)
        {
            return false;
        }

        End(s0, s1, s2, s3, y, fresh);
        End(t0, t1, t2, t3, z, fresh);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Watched Watch<TNumbers>(Watched seen, byte* row, byte* far, nint rowBytes) where TNumbers : unmanaged, INumbers
    {
        if (!TNumbers.AreFinite || !TStored.Watches)
        {
            return seen;
        }

        seen = TStored.Watch(TStored.Watch(seen, row), far);
        seen = TStored.Watch(TStored.Watch(seen, row + rowBytes), far + rowBytes);
        seen = TStored.Watch(TStored.Watch(seen, row + 2 * rowBytes), far + 2 * rowBytes);
        return TStored.Watch(TStored.Watch(seen, row + 3 * rowBytes), far + 3 * rowBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Near, Vector256<float> Later) Load<TNumbers>(byte* row, byte* far) where TNumbers : unmanaged, INumbers =>
        TNumbers.AreFinite && TStored.Watches ? TStored.LoadFinite(row, far) : TStored.Load(row, far);

    // Eight columns of two rows, four in each half: first those of the lower halves, then those behind them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Both<TNumbers>(byte* row, byte* far, Vector256<float> a, Vector256<float> b, Vector256<float> sum)
        where TNumbers : unmanaged, INumbers
    {
        var (near, later) = Load<TNumbers>(row, far);
        return Vector256.FusedMultiplyAdd(b, later, Vector256.FusedMultiplyAdd(a, near, sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> S, Vector256<float> T) Both<TNumbers>(byte* row, byte* far, float* a, float* b, Vector256<float> s, Vector256<float> t)
        where TNumbers : unmanaged, INumbers
    {
        var (near, later) = Load<TNumbers>(row, far);
        s = Vector256.FusedMultiplyAdd(Vector256.Create(Vector128.Load(a)), near, s);
        t = Vector256.FusedMultiplyAdd(Vector256.Create(Vector128.Load(b)), near, t);
        return (
            Vector256.FusedMultiplyAdd(Vector256.Create(Vector128.Load(a + 4)), later, s),
            Vector256.FusedMultiplyAdd(Vector256.Create(Vector128.Load(b + 4)), later, t));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(Vector256<float> s0, Vector256<float> s1, Vector256<float> s2, Vector256<float> s3, float* y, bool fresh)
    {
        var sum = QuarterSums.Of(s0, s1, s2, s3);
        (fresh ? sum : Vector256.Load(y) + sum).Store(y);
    }

    /// <summary>What weights are taken for, known when code is compiled.</summary>
    private interface INumbers
    {
        static abstract bool AreFinite { get; }
    }

    private readonly struct Finite : INumbers
    {
        public static bool AreFinite => true;
    }

    private readonly struct Any : INumbers
    {
        public static bool AreFinite => false;
    }
}
