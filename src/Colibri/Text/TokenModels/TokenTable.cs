using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Text.TokenModels;

/// <summary>
/// Byte strings to ids and back: the strings lie end to end in one array, a hash table of ints points at them. The hash
/// is seeded per process, so that a vocabulary from a stranger cannot be made to collide.
/// </summary>
internal sealed class TokenTable
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64() | 1;

    private readonly byte[] arena;
    private readonly int[] offsets;
    private readonly int[] ids;
    private readonly uint[] hashes;
    private readonly int[] slots;
    private readonly int mask;

    private TokenTable(byte[] arena, int[] offsets, int[] ids)
    {
        this.arena = arena;
        this.offsets = offsets;
        this.ids = ids;
        hashes = new uint[ids.Length];
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, ids.Length * 2));
        slots = new int[size];
        mask = size - 1;
        for (var entry = 0; entry < ids.Length; entry++)
        {
            Insert(entry);
        }
    }

    /// <summary>Distinct strings.</summary>
    public int Count { get; private set; }

    /// <summary>Length of the longest string, in bytes.</summary>
    public int LongestKey { get; private set; }

    /// <summary>Builds a table; where a string comes twice the later id counts.</summary>
    /// <param name="entries">Strings with their ids.</param>
    public static TokenTable Build(IReadOnlyList<KeyValuePair<byte[], int>> entries)
    {
        var total = 0L;
        foreach (var entry in entries)
        {
            total += entry.Key.Length;
        }

        var arena = new byte[total];
        var offsets = new int[entries.Count + 1];
        var ids = new int[entries.Count];
        var at = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i].Key.CopyTo(arena.AsSpan(at));
            offsets[i] = at;
            at += entries[i].Key.Length;
            ids[i] = entries[i].Value;
        }

        offsets[^1] = at;
        return new TokenTable(arena, offsets, ids);
    }

    /// <summary>The id of a string, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ReadOnlySpan<byte> key)
    {
        var hash = (uint)Hash(key);
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var entry = slots[slot] - 1;
            if (entry < 0)
            {
                return -1;
            }

            if (hashes[entry] == hash && key.SequenceEqual(Key(entry)))
            {
                return ids[entry];
            }
        }
    }

    /// <summary>A seeded hash of bytes, well mixed in its low and high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = Seed ^ (ulong)key.Length;
        ref var at = ref MemoryMarshal.GetReference(key);
        var left = key.Length;
        while (left >= 8)
        {
            hash = Mix(hash ^ Unsafe.ReadUnaligned<ulong>(ref at));
            at = ref Unsafe.Add(ref at, 8);
            left -= 8;
        }

        var tail = 0UL;
        if (left >= 4)
        {
            tail = Unsafe.ReadUnaligned<uint>(ref at) | ((ulong)Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, left - 4)) << 32);
        }
        else if (left > 0)
        {
            tail = at | ((ulong)Unsafe.Add(ref at, left >> 1) << 8) | ((ulong)Unsafe.Add(ref at, left - 1) << 16);
        }

        return Mix(hash ^ tail);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Seed ^ 0x9E3779B97F4A7C15UL, out ulong low);
        return high ^ low ^ value >> 29;
    }

    private ReadOnlySpan<byte> Key(int entry) => arena.AsSpan(offsets[entry], offsets[entry + 1] - offsets[entry]);

    private void Insert(int entry)
    {
        var key = Key(entry);
        var hash = (uint)Hash(key);
        hashes[entry] = hash;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var there = slots[slot] - 1;
            if (there < 0)
            {
                slots[slot] = entry + 1;
                Count++;
                LongestKey = Math.Max(LongestKey, key.Length);
                return;
            }

            if (hashes[there] == hash && key.SequenceEqual(Key(there)))
            {
                ids[there] = ids[entry];
                return;
            }
        }
    }
}
