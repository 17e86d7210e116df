using System.Runtime.InteropServices;
using Colibri.Compression.Conversion;
using Colibri.Files;
using Colibri.TestData;

namespace Colibri.Cli.Tests;

/// <summary>The shipped model as a GGUF file, with some values changed.</summary>
internal static class DamagedModel
{
    /// <summary>Writes it and gives its path.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="tensor">A float32 tensor.</param>
    /// <param name="change">Gives the new value for index and value.</param>
    public static string Write(TemporaryFolder folder, string name, string tensor, Func<int, float, float> change)
    {
        var path = folder[name];
        GgufConverter.Convert(SharedData.Starter, path);
        long offset;
        float[] values;
        using (var source = GgufSource.Open(path))
        {
            var stored = source.Tensors[tensor];
            offset = stored.Range!.Value.Offset;
            values = MemoryMarshal.Cast<byte, float>(stored.Span).ToArray();
        }

        using var file = new FileStream(path, FileMode.Open);
        file.Position = offset;
        file.Write(MemoryMarshal.AsBytes(values.Select((v, i) => change(i, v)).ToArray().AsSpan()));
        return path;
    }
}
