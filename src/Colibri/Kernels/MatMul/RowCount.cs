namespace Colibri.Kernels.MatMul;

/// <summary>A number of rows of activations, known when code is compiled.</summary>
internal interface IRowCount
{
    /// <summary>The number.</summary>
    static abstract int Count { get; }
}

/// <summary>One row.</summary>
internal readonly struct OneRow : IRowCount
{
    public static int Count => 1;
}

/// <summary>Two rows.</summary>
internal readonly struct TwoRows : IRowCount
{
    public static int Count => 2;
}

/// <summary>Three rows.</summary>
internal readonly struct ThreeRows : IRowCount
{
    public static int Count => 3;
}
