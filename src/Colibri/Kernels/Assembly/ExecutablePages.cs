using System.Runtime.InteropServices;

namespace Colibri.Kernels.Assembly;

/// <summary>The system's calls for memory that code runs from. All take whole pages; a page is writable or executable, never both.</summary>
internal unsafe partial class ExecutablePages
{
    private const int None = 0;
    private const int Read = 1;
    private const int Write = 2;
    private const int Execute = 4;

    /// <summary>Reserves address space that nothing can touch yet; zero where the system refuses.</summary>
    public virtual nint Reserve(nint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            const uint reserve = 0x2000;
            const uint noAccess = 1;
            return VirtualAlloc(0, bytes, reserve, noAccess);
        }

        const int privateMemory = 2;
        var anonymous = OperatingSystem.IsLinux() ? 0x20 : 0x1000;
        var address = mmap(0, bytes, None, privateMemory | anonymous, -1, 0);
        return address == -1 ? 0 : address;
    }

    /// <summary>Makes reserved pages writable. False where the system refuses.</summary>
    public virtual bool TryMakeWritable(nint address, nint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            const uint commit = 0x1000;
            const uint readWrite = 4;
            return VirtualAlloc(address, bytes, commit, readWrite) != 0 && VirtualProtect(address, bytes, readWrite, out _) != 0;
        }

        return mprotect(address, bytes, Read | Write) == 0;
    }

    /// <summary>Makes written pages executable and no longer writable. False where the system refuses.</summary>
    public virtual bool TryMakeExecutable(nint address, nint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            const uint executeRead = 0x20;
            return VirtualProtect(address, bytes, executeRead, out _) != 0 && FlushInstructionCache(-1, address, bytes) != 0;
        }

        return mprotect(address, bytes, Read | Execute) == 0;
    }

    /// <summary>Gives the pages' memory back and keeps the address space reserved.</summary>
    public virtual void Empty(nint address, nint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            const uint decommit = 0x4000;
            _ = VirtualFree(address, bytes, decommit);
            return;
        }

        const int dontNeed = 4;
        _ = madvise(address, bytes, dontNeed);
        _ = mprotect(address, bytes, None);
    }

    /// <summary>Ends a reservation.</summary>
    public virtual void Release(nint address, nint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            const uint release = 0x8000;
            _ = VirtualFree(address, 0, release);
            return;
        }

        _ = munmap(address, bytes);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(nint address, nint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(nint address, nint length, int advice);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint VirtualAlloc(nint address, nint bytes, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualProtect(nint address, nint bytes, uint protection, out uint before);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualFree(nint address, nint bytes, uint type);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int FlushInstructionCache(nint process, nint address, nint bytes);
}
