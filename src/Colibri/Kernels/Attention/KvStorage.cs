using Colibri.Formats;

namespace Colibri.Kernels.Attention;

/// <summary>What keys and values are made of in a page.</summary>
internal enum KvStorage
{
    /// <summary>float32.</summary>
    Singles,

    /// <summary>float16.</summary>
    Halves,

    /// <summary>Signed bytes with a float16 scale for each token, head and 32 values; the last group of a head may be shorter.</summary>
    ScaledBytes,
}

/// <summary>Which formats can hold keys and values, and how.</summary>
internal sealed class KvStorages : IFormatVisitor<KvStorage?>
{
    private KvStorages()
    {
    }

    /// <summary>How a format is stored.</summary>
    /// <exception cref="InputException">It is none for keys and values.</exception>
    public static KvStorage Of(TensorFormat format) => (format.IsNumeric ? format.Accept(new KvStorages()) : null)
        ?? throw new InputException($"{format.Name} cannot hold keys and values; use {string.Join(", ", Names)}.");

    /// <summary>Names of the formats that can.</summary>
    public static IEnumerable<string> Names => TensorFormat.All.Where(f => f.IsNumeric && f.Accept(new KvStorages()) is not null).Select(f => f.Name);

    KvStorage? IFormatVisitor<KvStorage?>.VisitFloat<TBlock>() =>
        typeof(TBlock) == typeof(F32) ? KvStorage.Singles : typeof(TBlock) == typeof(F16) ? KvStorage.Halves : null;

    KvStorage? IFormatVisitor<KvStorage?>.VisitInteger<TBlock>() => typeof(TBlock) == typeof(Q8_0) ? KvStorage.ScaledBytes : null;
}
