using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Formats.Packing;

/// <summary>Bfloat16 to single precision and back, over lanes.</summary>
internal static class BrainConversion
{
    /// <summary>Bfloat16 to single precision, exact: the bits become the upper half.</summary>
    /// <param name="brains">The bits.</param>
    /// <param name="values">Room for as many values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ReadOnlySpan<ushort> brains, Span<float> values)
    {
        values = values[..brains.Length];
        ref var source = ref MemoryMarshal.GetReference(brains);
        ref var target = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i + Vector<ushort>.Count <= brains.Length; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)i), out var low, out var high);
            (low << 16).As<uint, float>().StoreUnsafe(ref target, (nuint)i);
            (high << 16).As<uint, float>().StoreUnsafe(ref target, (nuint)(i + Vector<float>.Count));
        }

        for (; i < brains.Length; i++)
        {
            values[i] = Widen(brains[i]);
        }
    }

    /// <summary>Single precision to bfloat16, rounding half to even.</summary>
    /// <param name="values">Any values.</param>
    /// <param name="brains">Receives the bits of as many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Narrow(ReadOnlySpan<float> values, Span<ushort> brains)
    {
        brains = brains[..values.Length];
        ref var source = ref MemoryMarshal.GetReference(values);
        ref var target = ref MemoryMarshal.GetReference(brains);
        var i = 0;
        for (; i + Vector<ushort>.Count <= values.Length; i += Vector<ushort>.Count)
        {
            var low = Narrow(Vector.LoadUnsafe(ref source, (nuint)i).As<float, uint>());
            var high = Narrow(Vector.LoadUnsafe(ref source, (nuint)(i + Vector<float>.Count)).As<float, uint>());
            Vector.Narrow(low, high).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            brains[i] = Narrow(values[i]);
        }
    }

    /// <summary>One value, the plain form.</summary>
    internal static float Widen(ushort brain) => BitConverter.UInt32BitsToSingle((uint)brain << 16);

    /// <summary>One value, the plain form.</summary>
    internal static ushort Narrow(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var upper = bits >> 16;
        if ((bits & 0x7fffffff) > 0x7f800000)
        {
            return (ushort)((upper & 0x7f) == 0 ? upper | 0x40 : upper);
        }

        // Just under half of what is cut off, and the lowest kept bit: half to even by carrying.
        return (ushort)((bits + 0x7fff + (upper & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Narrow(Vector<uint> bits)
    {
        var upper = bits >> 16;
        var rounded = (bits + Vector.Create(0x7fffu) + (upper & Vector<uint>.One)) >> 16;
        var nan = Vector.GreaterThan((bits & Vector.Create(0x7fffffffu)).As<uint, int>(), Vector.Create(0x7f800000)).As<int, uint>();
        var lost = Vector.Equals(upper & Vector.Create(0x7fu), Vector<uint>.Zero);
        return Vector.ConditionalSelect(nan, upper | (lost & Vector.Create(0x40u)), rounded);
    }
}
