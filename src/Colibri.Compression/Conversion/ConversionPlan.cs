using Colibri.Compression.Recipes;
using Colibri.Files;
using Colibri.Formats;

namespace Colibri.Compression.Conversion;

/// <summary>Which tensors a conversion writes, in which formats, and what a person should know about it.</summary>
internal sealed class ConversionPlan
{
    private readonly string _path;
    private readonly List<(string Name, TensorRows Rows, TensorFormat Format)> _tensors = [];
    private readonly List<(string Name, FormatChoice Choice)> _fallbacks = [];

    /// <summary>Decides on every tensor.</summary>
    /// <param name="path">The input, for errors.</param>
    /// <param name="tensors">Its tensors under their names in GGUF.</param>
    /// <param name="model">What recipes must know.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="widens">Whether vectors and what recipes leave alone become float32, as converted models have them.</param>
    /// <exception cref="InputException">Tensors would be quantized a second time, or cannot be computed with.</exception>
    public ConversionPlan(
        string path, IReadOnlyList<KeyValuePair<string, TensorRows>> tensors, RecipeModel model, ConversionOptions options, bool widens)
    {
        _path = path;
        var again = new List<string>();
        foreach (var (name, rows) in tensors)
        {
            var choice = options.Recipe?.FormatOf(name, rows.Shape, model, options.Pure);
            var alone = TensorPlace.Of(name, rows.Shape.Count).Role == TensorRole.None;
            var format = !rows.Format.IsNumeric ? rows.Format
                : choice?.Format ?? (widens && alone && rows.Format.ValuesPerBlock == 1 ? TensorFormat.Parse("F32") : rows.Format);
            if (rows.Format.ValuesPerBlock > 1 && !rows.IsIn(format) && !options.AllowRequantize)
            {
                again.Add(name);
            }

            if (choice is { IsFallback: true } made && rows.Format.IsNumeric)
            {
                _fallbacks.Add((name, made));
            }

            _tensors.Add((name, rows, format));
        }

        if (again.Count > 0)
        {
            throw new InputException($"{path}: {again.Count} of its tensors are quantized already ({Printable.List(again, 2)}), and quantizing again loses more than quantizing the original; convert the original, or say --allow-requantize.");
        }
    }

    /// <summary>What the tensors mostly are.</summary>
    public TensorFormat Dominant => _tensors.GroupBy(t => t.Format, t => t.Rows.Shape.Aggregate(1L, (a, b) => a * b)).MaxBy(g => g.Sum())!.Key;

    /// <summary>Whether any tensor is quantized.</summary>
    public bool HasBlocks => _tensors.Exists(t => t.Format.ValuesPerBlock > 1);

    /// <summary>Sentences on tensors that got another format than asked for.</summary>
    public IEnumerable<string> Notes => _fallbacks.GroupBy(f => f.Choice).Select(g =>
        $"{g.Count()} {(g.Count() == 1 ? "tensor has rows that fill" : "tensors have rows that fill")} no {g.Key.Wanted} blocks and {(g.Count() == 1 ? "becomes" : "become")} {g.Key.Format}: {Printable.List([.. g.Select(f => f.Name)], 3)}");

    /// <summary>Announces the tensors to a writer, which then asks for their bytes.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="threads">Threads that encode.</param>
    /// <param name="cancellation">Ends the work.</param>
    public void AddTo(GgufWriter writer, int threads, CancellationToken cancellation)
    {
        foreach (var (name, rows, format) in _tensors)
        {
            writer.AddTensor(name, format, rows.Shape, TensorEncoder.Author(_path, rows, format, threads, cancellation));
        }
    }
}
