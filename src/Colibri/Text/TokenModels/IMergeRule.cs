namespace Colibri.Text.TokenModels;

/// <summary>Says whether two neighbouring symbols merge. A struct, so that the merge loop is compiled for each rule.</summary>
internal interface IMergeRule
{
    /// <summary>What two neighbours become.</summary>
    /// <param name="left">The left symbol.</param>
    /// <param name="right">The right symbol.</param>
    /// <param name="joined">The bytes of both.</param>
    /// <returns>Rank in the high half (lower merges first) and the joined symbol in the low half, or <see cref="ulong.MaxValue"/>.</returns>
    ulong Find(int left, int right, ReadOnlySpan<byte> joined);
}
