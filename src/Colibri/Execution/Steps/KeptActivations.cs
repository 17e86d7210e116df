using Colibri.Kernels.MatMul;

namespace Colibri.Execution.Steps;

/// <summary>
/// Which kernel's form of the activations each worker's scratch holds, while the workers share out products of one value. A worker
/// takes panels in several goes; what a kernel makes of the activations takes as long as a panel, and is made in the first alone.
/// </summary>
internal sealed class KeptActivations
{
    // Places of two workers share no line of the cache.
    private const int Apart = 8;

    private MatMulKernel?[] _kernels = [];

    /// <summary>Forgets what scratch holds: other activations, or others may have written there. Not while workers are at it.</summary>
    /// <param name="workers">How many workers there are.</param>
    public void Clear(int workers)
    {
        if (_kernels.Length < workers * Apart)
        {
            _kernels = new MatMulKernel?[workers * Apart];
        }

        Array.Clear(_kernels);
    }

    /// <summary>Whether a worker's scratch holds what this kernel makes of the activations; behind the kernel's run it does.</summary>
    public bool Holds(int worker, MatMulKernel kernel)
    {
        ref var last = ref _kernels[worker * Apart];
        var holds = last == kernel;
        if (!holds)
        {
            last = kernel;
        }

        return holds;
    }
}
