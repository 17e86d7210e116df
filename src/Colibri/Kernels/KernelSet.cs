using System.Collections.Concurrent;
using Colibri.Formats;
using Colibri.Kernels.Activation;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Attention;
using Colibri.Kernels.MatMul;
using Colibri.Kernels.Norm;
using Colibri.Kernels.Quantize;
using Colibri.Kernels.Rotary;
using Colibri.Kernels.Softmax;

namespace Colibri.Kernels;

/// <summary>One chosen variant of every operation: what a runner computes with.</summary>
internal sealed class KernelSet
{
    private static readonly ConcurrentDictionary<KernelSelection, KernelSet> Sets = new();

    private readonly KernelSelection _selection;
    private readonly ConcurrentDictionary<TensorFormat, MatMulKernel?> _rounding = new();
    private readonly MatMulKernel _float;

    private KernelSet(KernelSelection selection)
    {
        _selection = selection;
        if (selection.Forced is not null)
        {
            // All at once: a name that only some operation cannot take is refused here, not when a model needs it.
            foreach (var list in Lists)
            {
                list.Choose(selection);
            }
        }

        Norm = NormKernel.List.Select(selection);
        Rotary = RotaryKernel.List.Select(selection);
        Activation = ActivationKernel.List.Select(selection);
        Attention = AttentionKernel.List.Select(selection);
        Quantize = QuantizeKernel.List.Select(selection);
        QuantizeTokens = TokenQuantizeKernel.List.Select(selection);

        // Where nothing multiplies pairs nothing is rounded to them: the operation is not listed there, and no name is refused for it.
        RoundPairs = PairRoundKernel.List.Select(AssemblySupport.BrainFloat ? selection : KernelSelection.Best);
        Softmax = SoftmaxKernel.List.Select(selection);
        _float = MatMulList.Float.Select(selection);
    }

    /// <summary>Normalisation.</summary>
    public NormKernel Norm { get; }

    /// <summary>Rotary position embedding.</summary>
    public RotaryKernel Rotary { get; }

    /// <summary>Activation functions, gates, sums.</summary>
    public ActivationKernel Activation { get; }

    /// <summary>Attention.</summary>
    public AttentionKernel Attention { get; }

    /// <summary>Quantization of activations.</summary>
    public QuantizeKernel Quantize { get; }

    /// <summary>Quantization of whole rows of activations.</summary>
    public TokenQuantizeKernel QuantizeTokens { get; }

    /// <summary>Rounding of activations to bfloat16.</summary>
    public PairRoundKernel RoundPairs { get; }

    /// <summary>Softmax.</summary>
    public SoftmaxKernel Softmax { get; }

    /// <summary>Every list of variants, in the order in which the command shows them.</summary>
    public static IEnumerable<IKernelList> Lists =>
    [
        NormKernel.List, RotaryKernel.List, ActivationKernel.List, AttentionKernel.List, QuantizeKernel.List, TokenQuantizeKernel.List,
        .. AssemblySupport.BrainFloat ? [PairRoundKernel.List] : Array.Empty<IKernelList>(), SoftmaxKernel.List, .. MatMulList.All,
    ];

    /// <summary>Names of all variants of all operations.</summary>
    public static IEnumerable<string> Names => Lists.SelectMany(l => l.Variants).Select(v => v.Name).Distinct();

    /// <summary>Whether a name, or one it is the first part of, is a variant of any operation.</summary>
    public static bool Knows(string name) => Names.Any(n => n == name || n.StartsWith(name + "-", StringComparison.Ordinal));

    /// <summary>The kernels a selection asks for.</summary>
    /// <exception cref="InputException">The forced variant is unknown or not supported.</exception>
    public static KernelSet Of(KernelSelection selection) => Sets.GetOrAdd(selection, s => new KernelSet(s));

    /// <summary>The matrix product for weights of a format.</summary>
    /// <param name="format">The weights' format.</param>
    /// <param name="allowInt8">Whether activations may be quantized to 8 bits, or rounded to bfloat16, where the format's kernel wants it.</param>
    public MatMulKernel MatMul(TensorFormat format, bool allowInt8) =>
        (allowInt8 ? _rounding.TryGetValue(format, out var known) ? known : Rounding(format) : null) ?? _float;

    /// <summary>
    /// Begins to assemble what products with weights of some formats run, while something else is done: most of the time that assembling takes is the
    /// assembler's own code being compiled. A function that is needed before it is there is waited for, and what went wrong is thrown where it is needed.
    /// </summary>
    /// <param name="formats">The weights' formats.</param>
    /// <param name="allowInt8">As for <see cref="MatMul"/>.</param>
    /// <returns>What was assembled, or had been before.</returns>
    public Task<IReadOnlyList<AssembledFunction>> AssembleAhead(IEnumerable<TensorFormat> formats, bool allowInt8)
    {
        var kernels = formats.Select(format => MatMul(format, allowInt8)).Distinct().OfType<IAssembled>().ToList();
        return Task.Run<IReadOnlyList<AssembledFunction>>(() => [.. kernels.SelectMany(kernel => kernel.Functions)]);
    }

    private MatMulKernel? Rounding(TensorFormat format) => _rounding.GetOrAdd(format, f => MatMulList.Rounding(f)?.Select(_selection));
}
