using System.Text;

namespace Colibri.Tests.Files;

/// <summary>Builds safetensors files from a header written out by hand.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Build(string header, byte[] data, ulong? claimedLength = null) =>
        [.. BitConverter.GetBytes(claimedLength ?? (ulong)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data];

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
