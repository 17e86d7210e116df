using Colibri.Kernels.Assembly;

namespace Colibri.Kernels.MatMul;

/// <summary>The inner loop for some rows of activations.</summary>
internal interface IRowTile
{
    /// <summary>The function; assembled on first use. It moves its arguments on to the rows behind its own.</summary>
    AssembledFunction Function { get; }
}
