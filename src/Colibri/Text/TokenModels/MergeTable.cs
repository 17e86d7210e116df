using System.Runtime.CompilerServices;

namespace Colibri.Text.TokenModels;

/// <summary>Which pairs of symbols merge: (left, right) to (rank, joined symbol); the lowest rank merges first.</summary>
internal sealed class MergeTable
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64() | 1;

    private readonly ulong[] keys;
    private readonly ulong[] values;
    private readonly int shift;
    private readonly int mask;

    /// <summary>Room for a number of merges.</summary>
    public MergeTable(int count)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2L));
        keys = new ulong[size];
        values = new ulong[size];
        mask = size - 1;
        shift = 64 - System.Numerics.BitOperations.Log2((uint)size);
        Array.Fill(keys, ulong.MaxValue);
    }

    /// <summary>Sets what a pair becomes; a pair set twice keeps the later one unless <paramref name="keepFirst"/>.</summary>
    public void Set(int left, int right, int rank, int joined, bool keepFirst = false)
    {
        var key = Key(left, right);
        var slot = Slot(key);
        while (keys[slot] != ulong.MaxValue && keys[slot] != key)
        {
            slot = (slot + 1) & mask;
        }

        if (keys[slot] == key && keepFirst)
        {
            return;
        }

        keys[slot] = key;
        values[slot] = ((ulong)(uint)rank << 32) | (uint)joined;
    }

    /// <summary>Rank (high half) and joined symbol (low half) of a pair, or <see cref="ulong.MaxValue"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Find(int left, int right)
    {
        var key = Key(left, right);
        var slot = Slot(key);
        while (true)
        {
            var there = keys[slot];
            if (there == key)
            {
                return values[slot];
            }

            if (there == ulong.MaxValue)
            {
                return ulong.MaxValue;
            }

            slot = (slot + 1) & mask;
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong key) => (int)(((key ^ (key >> 32)) * Seed) >> shift) & mask;
}
