using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Kernels.MatMul;

/// <summary>The order in which a product with one row reads activations. Values that stay together are moved sixteen or four at a time.</summary>
internal sealed unsafe class ActivationOrder
{
    // Where each sixteen or four begin.
    private readonly int[] _from;
    private readonly bool _sixteen;

    /// <summary>Makes an order.</summary>
    /// <param name="order">Which value of a step is read at each place; four consecutive ones at least stay together.</param>
    public ActivationOrder(int[] order)
    {
        Step = order.Length;
        _sixteen = Moves(order, 16);
        if (!_sixteen && !Moves(order, 4))
        {
            throw new ArgumentException("Four consecutive values must stay together.", nameof(order));
        }

        _from = [.. order.Where((_, place) => place % (_sixteen ? 16 : 4) == 0)];
    }

    /// <summary>Values of a step.</summary>
    public int Step { get; }

    /// <summary>Puts activations in order, filled up with zeros to a whole step.</summary>
    /// <param name="source">The activations.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Receives whole steps.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Copy(sbyte* source, int count, sbyte* target)
    {
        fixed (int* from = _from)
        {
            var done = 0;
            for (; done + Step <= count; done += Step)
            {
                Whole(source + done, from, target + done);
            }

            if (done < count)
            {
                var last = stackalloc sbyte[Step];
                var rest = count - done;
                new ReadOnlySpan<sbyte>(source + done, rest).CopyTo(new Span<sbyte>(last, rest));
                new Span<sbyte>(last + rest, Step - rest).Clear();
                Whole(last, from, target + done);
            }
        }
    }

    private static bool Moves(int[] order, int together) => order.Length % together == 0
        && Enumerable.Range(0, order.Length).All(i => order[i] == order[i / together * together] + i % together);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Whole(sbyte* source, int* from, sbyte* target)
    {
        if (_sixteen)
        {
            for (var i = 0; i < Step / 16; i++)
            {
                Vector128.Load(source + from[i]).Store(target + 16 * i);
            }

            return;
        }

        for (var i = 0; i < Step / 4; i++)
        {
            ((int*)target)[i] = *(int*)(source + from[i]);
        }
    }
}
