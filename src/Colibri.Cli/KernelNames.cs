using Colibri.Formats;
using Colibri.Generation;
using Colibri.Kernels;
using Colibri.Kernels.MatMul;

namespace Colibri.Cli;

/// <summary>Names what a model computes with.</summary>
internal static class KernelNames
{
    /// <summary>The matrix product's variant for the format most of the model's bytes are in, for example <c>portable-512-vnni</c>.</summary>
    public static string Of(TextModel model)
    {
        var format = MainFormat(model);
        var integer = model.Engine.Options.FloatActivations ? null : MatMulList.Rounding(format);
        return ((IKernelList?)integer ?? MatMulList.Float).Choose(Engine.Selection(model.Engine.Options)).Name;
    }

    /// <summary>The format most of the model's bytes are in.</summary>
    public static TensorFormat MainFormat(TextModel model) =>
        model.Engine.Plan.Operations.SelectMany(o => o.Weights).Distinct().GroupBy(w => w.Format).MaxBy(g => g.Sum(w => w.Bytes))!.Key;
}
