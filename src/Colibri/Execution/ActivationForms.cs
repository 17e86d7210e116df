using Colibri.Kernels.MatMul;

namespace Colibri.Execution;

/// <summary>In which rounded forms a value is kept beside float32, for the products that read it.</summary>
[Flags]
internal enum ActivationForms
{
    /// <summary>float32 alone.</summary>
    None = 0,

    /// <summary>Signed bytes with a scale per 32 values.</summary>
    Blocks = 1,

    /// <summary>Unsigned bytes with a scale and zero point per row.</summary>
    Rows = 2,

    /// <summary>bfloat16.</summary>
    Pairs = 4,
}

/// <summary>What a product reads, as a form.</summary>
internal static class ActivationFormsOf
{
    /// <summary>The form that a kind of activations asks for.</summary>
    public static ActivationForms Form(this ActivationKind kind) => kind switch
    {
        ActivationKind.Int8 => ActivationForms.Blocks,
        ActivationKind.Int8Rows => ActivationForms.Rows,
        ActivationKind.Pairs => ActivationForms.Pairs,
        _ => ActivationForms.None,
    };
}
