namespace Colibri.Text.TokenModels;

/// <summary>
/// Which pairs of neighbouring characters some merge can join: a text may be cut between all others without changing its
/// tokens. A hashed bitmap, so it may say "may join" too often, never too seldom.
/// </summary>
internal sealed class NeighbourFilter
{
    private const int Bits = 20;

    private readonly uint[] map = new uint[1 << (Bits - 5)];

    /// <summary>Notes that a merge can join these characters.</summary>
    public void Add(int left, int right)
    {
        var bit = Bit(left, right);
        map[bit >> 5] |= 1u << (bit & 31);
    }

    /// <summary>Whether a merge may join these characters.</summary>
    public bool MayJoin(int left, int right)
    {
        var bit = Bit(left, right);
        return (map[bit >> 5] & (1u << (bit & 31))) != 0;
    }

    private static int Bit(int left, int right) => (int)(((((ulong)(uint)left << 21) ^ (uint)right) * 0x9E3779B97F4A7C15UL) >> (64 - Bits));
}
