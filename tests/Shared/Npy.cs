using System.Globalization;
using System.Text.RegularExpressions;

namespace Colibri.TestData;

/// <summary>Reads float32 .npy files (version 1, C order).</summary>
internal static partial class Npy
{
    public static (float[] Values, int[] Shape) Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var header = System.Text.Encoding.ASCII.GetString(bytes, 10, BitConverter.ToUInt16(bytes, 8));
        if (!header.Contains("'<f4'") || header.Contains("True"))
        {
            throw new InvalidDataException($"{path}: {header}");
        }

        var shape = Sizes().Match(header).Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(s => int.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        var values = new float[shape.Aggregate(1, (a, b) => a * b)];
        Buffer.BlockCopy(bytes, 10 + header.Length, values, 0, values.Length * sizeof(float));
        return (values, shape);
    }

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex Sizes();
}
