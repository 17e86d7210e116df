namespace Colibri.Files;

/// <summary>How far long work on bytes has come.</summary>
/// <param name="Done">Bytes read or written.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct ByteProgress(long Done, long Total);
