using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colibri.Files;

/// <summary>The memory-map calls of Windows: the framework maps, the kernel is asked for what it lacks.</summary>
internal static unsafe partial class WindowsMemory
{
    /// <summary>Maps a whole file read-only.</summary>
    /// <returns>The address, and what keeps it mapped until disposed.</returns>
    public static (nint Address, IDisposable Owner) Map(SafeFileHandle file, long length)
    {
        var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* address = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        return ((nint)address, new View(map, view));
    }

    /// <summary>Starts reading pages. A hint; refusal changes nothing.</summary>
    public static void WillNeed(nint address, nuint length)
    {
        var range = new Range { Address = address, Length = length };
        _ = PrefetchVirtualMemory(-1, 1, &range, 0);
    }

    /// <summary>
    /// Takes pages out of the working set. Unlocking pages that were never locked does exactly this, and reports an error
    /// that means nothing here.
    /// </summary>
    public static void DontNeed(nint address, nuint length) => _ = VirtualUnlock(address, length);

    [LibraryImport("kernel32")]
    private static partial int PrefetchVirtualMemory(nint process, nuint count, Range* ranges, uint flags);

    [LibraryImport("kernel32")]
    private static partial int VirtualUnlock(nint address, nuint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct Range
    {
        public nint Address;
        public nuint Length;
    }

    private sealed class View(MemoryMappedFile map, MemoryMappedViewAccessor view) : IDisposable
    {
        public void Dispose()
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
        }
    }
}
