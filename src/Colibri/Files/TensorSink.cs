using System.Buffers;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>Writes the bytes of one tensor, in as many pieces as its author likes.</summary>
/// <param name="sink">Where they go.</param>
internal delegate void TensorAuthor(TensorSink sink);

/// <summary>
/// Takes the bytes of tensors one after another: holds each to the size that was announced, reports progress and listens
/// for cancellation. Memory stays bounded, whatever the tensors' size.
/// </summary>
internal sealed class TensorSink(Stream stream, long total, IProgress<ByteProgress>? progress, CancellationToken cancellation)
{
    private const int PieceBytes = 4 << 20;

    private string _name = "";
    private TensorFormat _format = TensorFormat.All[0];
    private long _left;
    private long _done;

    /// <summary>Writes bytes as they shall lie in the file.</summary>
    /// <exception cref="InvalidOperationException">They are more than the tensor's.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _left)
        {
            throw new InvalidOperationException($"tensor '{_name}' got {bytes.Length - _left} bytes more than announced");
        }

        while (!bytes.IsEmpty)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
            stream.Write(piece);
            bytes = bytes[piece.Length..];
            _left -= piece.Length;
            _done += piece.Length;
            progress?.Report(new ByteProgress(_done, total));
        }
    }

    /// <summary>Encodes values in the tensor's format and writes them.</summary>
    /// <param name="values">Whole blocks of the format.</param>
    public void WriteValues(ReadOnlySpan<float> values)
    {
        var most = Math.Max(1, (PieceBytes / 16) / _format.ValuesPerBlock) * _format.ValuesPerBlock;
        var buffer = ArrayPool<byte>.Shared.Rent((int)_format.BytesFor(Math.Min(most, values.Length)));
        try
        {
            while (!values.IsEmpty)
            {
                var piece = values[..Math.Min(values.Length, most)];
                var bytes = buffer.AsSpan(0, (int)_format.BytesFor(piece.Length));
                _format.Encode(piece, bytes);
                Write(bytes);
                values = values[piece.Length..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes a stored tensor's bytes as they are.</summary>
    public void WriteCopy(StoredTensor tensor)
    {
        for (var offset = 0L; offset < tensor.Bytes; offset += PieceBytes)
        {
            Write(tensor.Slice(offset, (int)Math.Min(PieceBytes, tensor.Bytes - offset)));
        }
    }

    /// <summary>Lets one tensor be written.</summary>
    /// <exception cref="InvalidOperationException">Its author wrote less than announced.</exception>
    internal void Take(string name, TensorFormat format, long bytes, TensorAuthor author)
    {
        (_name, _format, _left) = (name, format, bytes);
        cancellation.ThrowIfCancellationRequested();
        author(this);
        if (_left != 0)
        {
            throw new InvalidOperationException($"tensor '{_name}' got {_left} bytes less than announced");
        }
    }
}
