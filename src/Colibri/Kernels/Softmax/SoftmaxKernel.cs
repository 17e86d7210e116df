using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Softmax;

/// <summary>What sampling and evaluation compute over a row of logits.</summary>
internal abstract unsafe class SoftmaxKernel
{
    /// <summary>Values whose exponentials are added in float32 before they enter the float64 sum.</summary>
    protected const int Stretch = 256;

    /// <summary>All variants.</summary>
    public static KernelList<SoftmaxKernel> List { get; } = PortableVariants.List("softmax", () => new ReferenceSoftmax(), new Factory());

    /// <summary>The largest value; NaN where any value is NaN.</summary>
    public abstract float Largest(float* x, int count);

    /// <summary>y = exp(x - shift); gives the sum, in stretches of 256 in float32 and over these in float64.</summary>
    /// <param name="x">Values.</param>
    /// <param name="count">How many.</param>
    /// <param name="shift">Subtracted first, usually the largest value.</param>
    /// <param name="y">Receives the exponentials; may be x.</param>
    public abstract double Exponentials(float* x, int count, float shift, float* y);

    /// <summary>log(sum(exp(x))).</summary>
    /// <param name="x">Values.</param>
    /// <param name="count">How many.</param>
    /// <param name="scratch">Room for count values; may not be x unless x may be lost.</param>
    public double LogSumExp(float* x, int count, float* scratch)
    {
        var largest = Largest(x, count);
        if (float.IsInfinity(largest))
        {
            // Nothing is possible, or something outweighs all else; the difference to it would be no number.
            return largest;
        }

        return largest + Math.Log(Exponentials(x, count, largest, scratch));
    }

    /// <summary>
    /// The Kullback-Leibler divergence of the distributions that two rows of logits stand for: sum p (log p - log q).
    /// </summary>
    /// <param name="p">Logits of the reference.</param>
    /// <param name="q">Logits of the other distribution.</param>
    /// <param name="count">How many.</param>
    /// <param name="scratch">Room for count values, neither p nor q.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Divergence(float* p, float* q, int count, float* scratch)
    {
        var logSumQ = LogSumExp(q, count, scratch);
        var largest = Largest(p, count);
        var sum = Exponentials(p, count, largest, scratch);
        var weighted = 0.0;
        for (var i = 0; i < count; i++)
        {
            // What cannot happen adds nothing, also where both rows hold it impossible and the logits have no difference.
            weighted += scratch[i] == 0 ? 0 : scratch[i] * ((double)p[i] - q[i]);
        }

        return Math.Max(0, weighted / sum - (largest + Math.Log(sum)) + logSumQ);
    }

    private sealed class Factory : ILaneFactory<SoftmaxKernel>
    {
        public SoftmaxKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableSoftmax<TLanes>();
    }
}
