using Colibri.Execution;
using Colibri.Formats;
using Colibri.Tests.Kernels;

namespace Colibri.Tests.Execution;

/// <summary>A model made of functions, for plans that no family has.</summary>
internal sealed class SmallModel(Func<IExecutor, Value> embed, Func<IExecutor, Value, Value>[] blocks, Func<IExecutor, Value, Value> head) : IModel
{
    public const int Vocabulary = 50;
    public const int Width = 64;

    public int Blocks => blocks.Length;

    public Value Embed(IExecutor x) => embed(x);

    public Value Block(IExecutor x, int block, Value hidden) => blocks[block](x, hidden);

    public Value Head(IExecutor x, Value hidden) => head(x, hidden);

    /// <summary>An embedding, some blocks and a head for one row of logits per output.</summary>
    public static SmallModel Of(params Func<IExecutor, Value, Value>[] blocks)
    {
        var table = Matrix(Vocabulary, Width, 100);
        var output = Matrix(Vocabulary, Width, 101);
        return new SmallModel(x => x.Lookup(table, LookupBy.Token), blocks, (x, h) => x.Linear(x.SelectOutputs(h), output));
    }

    public static Weight Matrix(int rows, int columns, int seed, string format = "F32", string? name = null) =>
        KernelTesting.Weight(format, rows, columns, KernelTesting.Values(rows * columns, seed, 4 / MathF.Sqrt(columns)), name ?? $"w{seed}");

    public static NormSpec Norm(int seed) => new(Matrix(1, Width, seed), null, 1e-5f, false);
}
