namespace Colibri.Kernels.Assembly;

/// <summary>A kernel that runs assembled code.</summary>
internal interface IAssembled
{
    /// <summary>What it runs; functions that were not needed yet are assembled now.</summary>
    IEnumerable<AssembledFunction> Functions { get; }
}
