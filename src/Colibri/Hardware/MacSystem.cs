using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Colibri.Hardware;

/// <summary>macOS tells what it knows by name, through sysctl.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe partial class MacSystem
{
    /// <summary>A number (of 4 or 8 bytes) by name, or null.</summary>
    public static long? Number(string name)
    {
        long value = 0;
        nuint bytes = sizeof(long);
        return sysctlbyname(name, &value, &bytes, null, 0) != 0 ? null : bytes == sizeof(int) ? (int)value : value;
    }

    /// <summary>A text by name, or null.</summary>
    public static string? Text(string name)
    {
        Span<byte> buffer = stackalloc byte[256];
        var bytes = (nuint)buffer.Length;
        fixed (byte* first = buffer)
        {
            return sysctlbyname(name, first, &bytes, null, 0) != 0 ? null : Encoding.UTF8.GetString(buffer[..(int)bytes]).TrimEnd('\0');
        }
    }

    /// <summary>The caches, by level; macOS does not tell how many of each there are beyond one a core.</summary>
    public static IReadOnlyList<CacheInfo> Caches()
    {
        var caches = new List<CacheInfo>();
        foreach (var (key, level, kind) in new[] { ("hw.l1dcachesize", 1, "data"), ("hw.l1icachesize", 1, "instruction"), ("hw.l2cachesize", 2, "unified"), ("hw.l3cachesize", 3, "unified") })
        {
            if (Number(key) is { } bytes and > 0)
            {
                caches.Add(new CacheInfo(level, kind, bytes, 1));
            }
        }

        return caches;
    }

    [LibraryImport("libSystem", StringMarshalling = StringMarshalling.Utf8)]
#pragma warning disable IDE1006 // the function's own name
    private static partial int sysctlbyname(string name, void* value, nuint* bytes, void* newValue, nuint newBytes);
#pragma warning restore IDE1006
}
