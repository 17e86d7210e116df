using System.Globalization;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>
/// Encodes a tensor row by row in another format: a few rows at a time on several threads, written in order. Memory is a
/// few megabytes a thread, whatever the tensor's size.
/// </summary>
internal static class TensorEncoder
{
    private const int ValuesPerPiece = 1 << 18;

    /// <summary>The author of a tensor's bytes for a writer.</summary>
    /// <param name="source">The model it comes from, for errors.</param>
    /// <param name="rows">The tensor; its columns are a multiple of the format's block.</param>
    /// <param name="format">What it becomes. Where that is its own format, its bytes are copied.</param>
    /// <param name="threads">Threads that encode, at least 1.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static TensorAuthor Author(string source, TensorRows rows, TensorFormat format, int threads, CancellationToken cancellation) => sink =>
    {
        if (!rows.IsIn(format) || !rows.TryCopy(sink))
        {
            Encode(source, rows, format, threads, sink, cancellation);
        }

        rows.Release();
    };

    private static void Encode(string source, TensorRows rows, TensorFormat format, int threads, TensorSink sink, CancellationToken cancellation)
    {
        var perPiece = (int)Math.Clamp(ValuesPerPiece / rows.Columns, 1, rows.Rows);
        var pieces = new Piece[Math.Min(threads, (rows.Rows + perPiece - 1) / perPiece)];
        for (var i = 0; i < pieces.Length; i++)
        {
            pieces[i] = new Piece(source, rows, format, perPiece);
        }

        for (var first = 0L; first < rows.Rows; first += (long)perPiece * pieces.Length)
        {
            var start = first;
            var count = (int)Math.Min(pieces.Length, (rows.Rows - first + perPiece - 1) / perPiece);
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, i =>
                pieces[i].Encode(start + ((long)i * perPiece)));
            for (var i = 0; i < count; i++)
            {
                sink.Write(pieces[i].Result());
            }

            rows.Release(first, Math.Min((long)perPiece * count, rows.Rows - first));
        }
    }

    /// <summary>Some rows and what they become.</summary>
    private sealed class Piece(string source, TensorRows rows, TensorFormat format, int most)
    {
        private readonly float[] _values = new float[checked(most * rows.Columns)];
        private readonly byte[] _bytes = new byte[checked((int)format.BytesFor((long)most * rows.Columns))];
        private long _first;
        private int _count;
        private string? _fault;

        public void Encode(long first)
        {
            (_first, _count, _fault) = (first, (int)Math.Min(most, rows.Rows - first), null);
            var values = _values.AsSpan(0, _count * rows.Columns);
            var bytes = _bytes.AsSpan(0, (int)format.BytesFor(values.Length));
            rows.Read(first, _count, values);
            _fault = Fault(value => string.Create(CultureInfo.InvariantCulture, $"holds {value}"));
            format.Encode(values, bytes);

            // Decoded again: a value too large for the format, or for a block's scale, shows.
            format.Decode(bytes, values);
            _fault ??= Fault(_ => $"holds a value too large for {format}");
        }

        /// <summary>The encoded rows.</summary>
        /// <exception cref="InputException">They hold what is no number, or does not fit the format.</exception>
        public ReadOnlySpan<byte> Result() => _fault is null
            ? _bytes.AsSpan(0, (int)format.BytesFor((long)_count * rows.Columns))
            : throw new InputException($"{source}: tensor {Printable.Quote(rows.Origin)} {_fault}; finite weights that fit are expected.");

        private string? Fault(Func<float, string> what) => FiniteValues.FirstFault(_values.AsSpan(0, _count * rows.Columns)) is >= 0 and var fault
            ? $"{what(_values[fault])} in {FiniteValues.Place((_first * rows.Columns) + fault, rows.Columns)}"
            : null;
    }
}
