using System.Runtime.InteropServices;
using Colibri.Files;
using Colibri.Files.Quantized;
using Colibri.Formats;

namespace Colibri.Models;

/// <summary>
/// Finds a family's tensors and checks their shapes. Faults are collected, so that one error names every missing or
/// misshapen tensor with what was expected and found.
/// </summary>
internal sealed unsafe class WeightReader(ModelSource source) : IDisposable
{
    private const int MostFaultsShown = 8;

    private readonly List<string> _faults = [];
    private readonly List<nint> _copies = [];
    private readonly List<RepackedLayer> _repacked = [];
    private readonly QuantizedLayers? _quantized = source.QuantizedLayers;

    /// <summary>Bytes of weights that were copied, and of what was made beside weights.</summary>
    public long CopiedBytes { get; private set; }

    /// <summary>Tensors whose content lies elsewhere once the model is loaded.</summary>
    public IReadOnlySet<StoredTensor> Replaced => _repacked.SelectMany(r => r.Replaces).ToHashSet();

    /// <summary>Whether the files hold a tensor, or the same weights quantized.</summary>
    public bool Has(string name) => source.Tensors.ContainsKey(name) || (_quantized?.Holds(name) ?? false);

    /// <summary>A matrix [rows, columns].</summary>
    public Weight Matrix(string name, int rows, int columns)
    {
        if (_quantized is null || !_quantized.Holds(name))
        {
            return Find(name, [rows, columns])?.AsWeight() ?? Nothing(name, rows, columns);
        }

        if (_quantized.Load(name, rows, columns, _faults) is not { } layer)
        {
            return Nothing(name, rows, columns);
        }

        CopiedBytes += layer.Weight.ChannelBytes;
        if (layer.Repacked is { } repacked)
        {
            _repacked.Add(repacked);
            CopiedBytes += repacked.Bytes;
        }

        return layer.Weight;
    }

    /// <summary>A vector.</summary>
    public Weight Vector(string name, int count) => Find(name, [count])?.AsWeight() ?? Nothing(name, 1, count);

    /// <summary>A vector that may be missing.</summary>
    public Weight? OptionalVector(string name, int count) => Has(name) ? Vector(name, count) : null;

    /// <summary>A matrix stored as [columns, rows]: a turned copy of it.</summary>
    public Weight Turned(string name, int rows, int columns)
    {
        if (Find(name, [columns, rows]) is not { } tensor)
        {
            return Nothing(name, rows, columns);
        }

        if (tensor.Format.ValuesPerBlock != 1)
        {
            _faults.Add($"{name} is {tensor.Format}, which cannot be turned; F32, F16 or BF16 is expected");
            return Nothing(name, rows, columns);
        }

        var size = tensor.Format.BytesPerBlock;
        var copy = (byte*)NativeMemory.AlignedAlloc((nuint)tensor.Bytes, 64);
        _copies.Add((nint)copy);
        CopiedBytes += tensor.Bytes;
        for (var column = 0; column < columns; column++)
        {
            var from = tensor.Address + (long)column * rows * size;
            for (var row = 0; row < rows; row++)
            {
                var to = copy + ((long)row * columns + column) * size;
                for (var b = 0; b < size; b++)
                {
                    to[b] = from[row * size + b];
                }
            }
        }

        return new Weight(name, tensor.Format, rows, columns, copy, this);
    }

    /// <summary>Ends the search.</summary>
    /// <exception cref="InputException">Tensors are missing or have wrong shapes.</exception>
    public void ThrowIfFaulty()
    {
        if (_faults.Count == 0)
        {
            return;
        }

        Dispose();
        var shown = string.Join("; ", _faults.Take(MostFaultsShown));
        var more = _faults.Count > MostFaultsShown ? $"; and {_faults.Count - MostFaultsShown} more" : "";
        throw new InputException($"{source.Path}: the tensors do not fit the configuration: {shown}{more}.") { Details = _faults };
    }

    /// <summary>Brings weights that are stored in another order into the one that kernels read.</summary>
    /// <param name="threads">Layers at a time.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Repack(int threads, CancellationToken cancellation) => Parallel.ForEach(
        _repacked,
        new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
        layer => layer.Fill(cancellation));

    /// <summary>Frees copies.</summary>
    public void Dispose()
    {
        _repacked.ForEach(r => r.Dispose());
        _repacked.Clear();
        _copies.ForEach(c => NativeMemory.AlignedFree((void*)c));
        _copies.Clear();
    }

    /// <summary>A tensor of a shape, or null (and a fault noted) where there is none.</summary>
    public StoredTensor? Find(string name, long[] shape)
    {
        if (!source.Tensors.TryGetValue(name, out var tensor))
        {
            _faults.Add($"{name} [{string.Join(", ", shape)}] is missing");
            return null;
        }

        if (!tensor.Format.IsNumeric)
        {
            _faults.Add($"{name} is {tensor.Format}, which holds no weights");
            return null;
        }

        if (!tensor.Shape.SequenceEqual(shape))
        {
            _faults.Add($"{name} is [{string.Join(", ", tensor.Shape)}], expected [{string.Join(", ", shape)}]");
            return null;
        }

        return tensor;
    }

    // Stands in for a tensor that is not there until ThrowIfFaulty is called.
    private Weight Nothing(string name, int rows, int columns) => new(name, TensorFormat.Parse("F32"), rows, columns, null, this);
}
