using Colibri.Kernels.Rotary;

namespace Colibri.Execution;

/// <summary>
/// Rotary embedding of a model: which values are turned, in which pairs and how fast. Frequencies are in radians per
/// position; some scalings make them depend on how long the sequence is.
/// </summary>
/// <param name="Rotated">Leading values of each head that are turned; even.</param>
/// <param name="Pairs">Which values form pairs.</param>
/// <param name="Frequencies">Frequencies of the pairs for sequences within the original context.</param>
/// <param name="Magnitude">Factor on sines and cosines (YaRN's attention factor), otherwise 1.</param>
/// <param name="Dynamic">Set where frequencies depend on the sequence's length ("dynamic" scaling).</param>
public sealed record RotarySpec(int Rotated, RotaryPairs Pairs, IReadOnlyList<double> Frequencies, double Magnitude = 1, DynamicRotary? Dynamic = null);

/// <summary>
/// NTK-aware scaling by length (transformers, <c>dynamic</c>): beyond the original context the base grows, so that
/// base' = base * (factor * length / original - (factor - 1))^(d / (d - 2)).
/// </summary>
/// <param name="Base">Base of the frequencies.</param>
/// <param name="Factor">Scaling factor, at least 1.</param>
/// <param name="OriginalContext">Positions the model was trained for.</param>
public sealed record DynamicRotary(double Base, double Factor, int OriginalContext);
