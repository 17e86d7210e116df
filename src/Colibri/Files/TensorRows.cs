using Colibri.Formats;

namespace Colibri.Files;

/// <summary>
/// A tensor on its way into another file: its rows in the order that file wants them, read a few at a time. Rows are what
/// lies behind the last size; a vector whose values change places has rows of one value.
/// </summary>
internal abstract class TensorRows
{
    /// <summary>What it is called where it comes from, for errors.</summary>
    public abstract string Origin { get; }

    /// <summary>How its values are stored.</summary>
    public abstract TensorFormat Format { get; }

    /// <summary>Whether its values are stored in a format already.</summary>
    public bool IsIn(TensorFormat format) => Format.Equals(format);

    /// <summary>Sizes in the new file, outermost first.</summary>
    public abstract IReadOnlyList<long> Shape { get; }

    /// <summary>Rows that can be read.</summary>
    public abstract long Rows { get; }

    /// <summary>Values of a row.</summary>
    public abstract int Columns { get; }

    /// <summary>Reads rows as float32; several threads may read at once.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Room for count x <see cref="Columns"/> values.</param>
    /// <exception cref="InputException">The format cannot be computed with.</exception>
    public abstract void Read(long first, int count, Span<float> values);

    /// <summary>Writes the tensor without decoding it, where its bytes may stay as they are.</summary>
    /// <param name="sink">Where to.</param>
    /// <returns>False where it must be read and encoded.</returns>
    public virtual bool TryCopy(TensorSink sink) => false;

    /// <summary>
    /// Lets go of the memory that reading brought in, where rows lie one behind the other; what is read again comes from the
    /// file again.
    /// </summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    public virtual void Release(long first, long count)
    {
    }

    /// <summary>Lets go of all of it.</summary>
    public virtual void Release()
    {
    }
}
