using Colibri.Formats;

namespace Colibri.Files;

/// <summary>A vector that no file holds: computed from a configuration.</summary>
/// <param name="origin">What it is, for errors.</param>
/// <param name="values">Its values.</param>
internal sealed class GivenRows(string origin, float[] values) : TensorRows
{
    /// <inheritdoc/>
    public override string Origin => origin;

    /// <inheritdoc/>
    public override TensorFormat Format => TensorFormat.Parse("F32");

    /// <inheritdoc/>
    public override IReadOnlyList<long> Shape => [values.Length];

    /// <inheritdoc/>
    public override long Rows => 1;

    /// <inheritdoc/>
    public override int Columns => values.Length;

    /// <inheritdoc/>
    public override void Read(long first, int count, Span<float> destination) => values.CopyTo(destination);
}
