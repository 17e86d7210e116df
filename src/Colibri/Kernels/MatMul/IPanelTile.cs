namespace Colibri.Kernels.MatMul;

/// <summary>
/// How rows of activations are multiplied with a panel: sixteen rows of weights, unpacked as
/// <see cref="Formats.IIntegerBlockFormat{TSelf}.UnpackPanel"/> says. For each group an exact integer sum, then one fused multiply-add.
/// </summary>
internal unsafe interface IPanelTile
{
    /// <summary>Whether it computes in vectors of 256 bits or more.</summary>
    static abstract bool IsWide { get; }

    /// <summary>Bytes of a panel's integer once it is prepared.</summary>
    static abstract int PanelBytes { get; }

    /// <summary>Changes a panel's integers to what <see cref="Rows"/> multiplies, where it is something else.</summary>
    /// <param name="q">The integers, with room for what they become.</param>
    /// <param name="count">How many, a multiple of 64.</param>
    static abstract void Prepare(byte* q, int count);

    /// <summary>Any number of rows against one panel.</summary>
    /// <param name="x">Rows of activations, at the stretch's first column.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="depth">Columns of the stretch, at most 512; whole blocks of activations.</param>
    /// <param name="q">The panel's integers, prepared.</param>
    /// <param name="scales">Sixteen scales a group.</param>
    /// <param name="minimums">Sixteen minimums a group where the format has them.</param>
    /// <param name="y">Sixteen results a row, read first unless <paramref name="fresh"/>.</param>
    /// <param name="stride">Values from one row of results to the next.</param>
    /// <param name="fresh">Whether this is the first stretch.</param>
    static abstract void Rows(in Activations x, int rows, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh);
}
