using Iced.Intel;

namespace Colibri.Kernels.MatMul;

/// <summary>Masks of the outputs that exist: the first panel's in k1, the second's in k2.</summary>
internal static class PanelMasks
{
    /// <summary>A register under the mask of a panel.</summary>
    public static AssemblerRegisterZMM k(this AssemblerRegisterZMM register, int panel) => panel == 0 ? register.k1 : register.k2;

    /// <summary>A place in memory under the mask of a panel.</summary>
    public static AssemblerMemoryOperand k(this AssemblerMemoryOperand place, int panel) => panel == 0 ? place.k1 : place.k2;
}
