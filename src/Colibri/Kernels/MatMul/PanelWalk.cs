using System.Runtime.CompilerServices;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The order in which a product takes its weights: some panels by all stretches of columns, so that their results stay near, two
/// panels at a time. One place on the way.
/// </summary>
/// <param name="firstPanel">The first panel.</param>
/// <param name="lastPanel">The panel behind the last.</param>
/// <param name="firstColumn">The first column.</param>
/// <param name="lastColumn">The column behind the last.</param>
/// <param name="together">Panels that are finished before the next ones begin, an even number.</param>
internal struct PanelWalk(int firstPanel, int lastPanel, int firstColumn, int lastColumn, int together)
{
    private readonly int _lastPanel = lastPanel;
    private readonly int _firstColumn = firstColumn;
    private int _start = firstPanel;

    /// <summary>The first of two panels.</summary>
    public int Panel { get; private set; } = firstPanel;

    /// <summary>The first column of the stretch.</summary>
    public int Column { get; private set; } = firstColumn;

    /// <summary>Whether there is such a place.</summary>
    public readonly bool Exists => Panel < _lastPanel;

    /// <summary>Panels, 1 or 2.</summary>
    public readonly int Panels => Math.Min(2, _lastPanel - Panel);

    /// <summary>Columns of the stretch.</summary>
    public readonly int Depth => Math.Min(IntegerTile.Depth, lastColumn - Column);

    /// <summary>The place behind this one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly PanelWalk Next()
    {
        var next = this;
        next.Panel += 2;
        if (next.Panel < Math.Min(_lastPanel, _start + together))
        {
            return next;
        }

        next.Column += IntegerTile.Depth;
        if (next.Column >= lastColumn)
        {
            next.Column = _firstColumn;
            next._start += together;
        }

        next.Panel = next._start;
        return next;
    }
}
