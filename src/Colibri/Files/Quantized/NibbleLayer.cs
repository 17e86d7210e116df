namespace Colibri.Files.Quantized;

/// <summary>A layer of 4-bit integers with a scale and an integer zero point for each group of inputs, however a file packs it.</summary>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
/// <param name="group">Inputs that share a scale.</param>
internal abstract class NibbleLayer(int rows, int columns, int group)
{
    /// <summary>4-bit integers of a 32-bit word.</summary>
    public const int PerWord = 8;

    /// <summary>Outputs.</summary>
    public int Rows => rows;

    /// <summary>Inputs.</summary>
    public int Columns => columns;

    /// <summary>Inputs that share a scale; a divisor of the columns.</summary>
    public int Group => group;

    /// <summary>Groups of an output.</summary>
    public int Groups => columns / group;

    /// <summary>The tensors it is read from.</summary>
    public abstract IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Takes the integers of some outputs, 0..15.</summary>
    /// <param name="firstRow">The first output, a multiple of eight.</param>
    /// <param name="count">How many.</param>
    /// <param name="q">Receives [count, columns].</param>
    public abstract void Integers(int firstRow, int count, Span<byte> q);

    /// <summary>The scale of a group of an output.</summary>
    public abstract float Scale(int row, int group);

    /// <summary>The integer that stands for zero there, 0..16.</summary>
    public abstract int Zero(int row, int group);

    /// <summary>A word of a tensor of words.</summary>
    protected static unsafe uint Word(StoredTensor tensor, long index) => ((uint*)tensor.Address)[index];

    /// <summary>One of the eight integers of a word, lowest first.</summary>
    protected static int Nibble(uint word, int index) => (int)(word >> (4 * index)) & 15;
}
