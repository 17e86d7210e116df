using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Rotary;

/// <summary>Which values form the pairs that rotary embedding turns.</summary>
public enum RotaryPairs
{
    /// <summary>Value i with value i + half: Hugging Face files, GPT-NeoX.</summary>
    Halves,

    /// <summary>Value 2i with value 2i + 1: the paper, and GGUF files of the llama architecture.</summary>
    Neighbours,
}

/// <summary>
/// Rotary position embedding (Su et al. 2021, equation 34). Cosines and sines come as tables of one entry per rotated
/// value, the sine with the sign its value needs: y[k] = x[k] * cos[k] + x[partner(k)] * sin[k].
/// </summary>
internal abstract unsafe class RotaryKernel
{
    /// <summary>All variants.</summary>
    public static KernelList<RotaryKernel> List { get; } = PortableVariants.List("rotary", () => new ReferenceRotary(), new Factory());

    /// <summary>Turns the heads of one row, in place.</summary>
    /// <param name="x">The row: heads of headSize values, one after the other.</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="headSize">Values per head.</param>
    /// <param name="rotated">Leading values of each head that are turned; even.</param>
    /// <param name="cosines">A cosine for each rotated value.</param>
    /// <param name="sines">A signed sine for each rotated value.</param>
    /// <param name="pairs">Which values belong together.</param>
    public abstract void Rotate(float* x, int heads, int headSize, int rotated, float* cosines, float* sines, RotaryPairs pairs);

    private sealed class Factory : ILaneFactory<RotaryKernel>
    {
        public RotaryKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableRotary<TLanes>();
    }
}
