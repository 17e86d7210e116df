using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Kernels.MatMul;

/// <summary>Eight stored floats as float32, in 256-bit vectors.</summary>
internal unsafe interface IStoredLanes
{
    /// <summary>Bytes of a stored float.</summary>
    static abstract int Bytes { get; }

    /// <summary>Reads eight; exact, infinities and NaN included.</summary>
    static abstract Vector256<float> Load(byte* source);
}

/// <summary>F32.</summary>
internal readonly unsafe struct SingleLanes : IStoredLanes
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => Vector256.Load((float*)source);
}

/// <summary>F16.</summary>
internal readonly unsafe struct HalfLanes : IStoredLanes
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source)
    {
        // Sign and bits moved to where float32 has them; multiplying moves the exponent, for subnormals too. What was infinite or no
        // number has become 65536 or more and gets the largest exponent.
        var widened = Widen(Vector128.Load((short*)source));
        var moved = ((widened << 13) & Vector256.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector256.Create(5.192296858534828e33f);
        var special = Vector256.GreaterThanOrEqual(Vector256.Abs(moved), Vector256.Create(65536f)).AsInt32() & Vector256.Create(0x7f800000);
        return (moved.AsInt32() | special).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector128<short> halves)
    {
        var (low, high) = Vector128.Widen(halves);
        return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(halves) : Vector256.Create(low, high);
    }
}

/// <summary>BF16.</summary>
internal readonly unsafe struct BrainLanes : IStoredLanes
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source)
    {
        var halves = Vector128.Load((ushort*)source);
        var widened = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(halves)
            : Vector256.Create(Vector128.WidenLower(halves).AsInt32(), Vector128.WidenUpper(halves).AsInt32());
        return (widened << 16).AsSingle();
    }
}
