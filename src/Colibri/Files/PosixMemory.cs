using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colibri.Files;

/// <summary>The memory-map calls of Linux and macOS. All take whole pages; the callers round.</summary>
internal static unsafe partial class PosixMemory
{
    private const int ProtectionRead = 1;
    private const int MapShared = 1;
    private const int AdviceSequential = 2;
    private const int AdviceWillNeed = 3;
    private const int AdviceDontNeed = 4;
    private const int AdviceNoHugePages = 15; // Linux
    private const int AdvicePopulateRead = 22; // Linux 5.14

    private static volatile bool s_cannotPopulate = !OperatingSystem.IsLinux();

    /// <summary>Maps a whole file read-only and shared.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static nint Map(SafeFileHandle file, long length)
    {
        var address = mmap(0, (nuint)length, ProtectionRead, MapShared, file, 0);
        return address == -1
            ? throw new IOException($"mapping {length} bytes failed: {Marshal.GetLastPInvokeErrorMessage()}")
            : address;
    }

    /// <summary>Ends a mapping.</summary>
    public static void Unmap(nint address, long length) => _ = munmap(address, (nuint)length);

    /// <summary>Says that pages will be read in order: the system reads further ahead. A hint; refusal changes nothing.</summary>
    public static void Sequential(nint address, nuint length) => _ = madvise(address, length, AdviceSequential);

    /// <summary>Starts reading pages into the page cache without mapping them. A hint; refusal changes nothing.</summary>
    public static void WillNeed(nint address, nuint length) => _ = madvise(address, length, AdviceWillNeed);

    /// <summary>Takes pages out of this process; their content stays in the file and comes back on the next touch.</summary>
    public static void DontNeed(nint address, nuint length) => _ = madvise(address, length, AdviceDontNeed);

    /// <summary>Keeps pages from being mapped in large pieces. A hint; refusal changes nothing.</summary>
    public static void NoHugePages(nint address, nuint length) => _ = madvise(address, length, AdviceNoHugePages);

    /// <summary>Reads and maps pages in one call. False where the system cannot: touch them instead.</summary>
    public static bool TryPopulate(nint address, nuint length)
    {
        if (s_cannotPopulate)
        {
            return false;
        }

        if (madvise(address, length, AdvicePopulateRead) == 0)
        {
            return true;
        }

        const int invalid = 22;
        s_cannotPopulate = Marshal.GetLastPInvokeError() == invalid;
        return false;
    }

    /// <summary>
    /// What a path or open file is, through statx, whose record has one layout on every Linux processor; null elsewhere
    /// or where the C library is too old to have it.
    /// </summary>
    /// <param name="path">A path, links followed; or empty with <paramref name="file"/>.</param>
    /// <param name="file">An open file, or null.</param>
    public static FileStatus? Status(string path, SafeFileHandle? file = null)
    {
        const int currentDirectory = -100;
        const int emptyPath = 0x1000;
        const uint basic = 0x7ff;
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> record = stackalloc byte[256];
        record.Clear();
        try
        {
            int result;
            fixed (byte* p = record)
            {
                result = file is null ? statx(currentDirectory, path, 0, basic, p) : statx(file, "", emptyPath, basic, p);
            }

            return result != 0 ? null : new FileStatus(
                BinaryPrimitives.ReadUInt16LittleEndian(record[28..]) >> 12,
                (ulong)BinaryPrimitives.ReadUInt32LittleEndian(record[136..]) << 32 | BinaryPrimitives.ReadUInt32LittleEndian(record[140..]),
                BinaryPrimitives.ReadUInt64LittleEndian(record[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[112..]) * 1_000_000_000 + BinaryPrimitives.ReadUInt32LittleEndian(record[120..]));
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(nint address, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* record);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle folder, string path, int flags, uint mask, byte* record);
}

/// <summary>Identity and kind of a file.</summary>
/// <param name="Kind">The type nibble of the mode: 8 is a regular file, 4 a folder.</param>
/// <param name="Device">The device's number.</param>
/// <param name="Inode">The file's number on the device.</param>
/// <param name="Modified">Last write, nanoseconds since 1970.</param>
internal readonly record struct FileStatus(int Kind, ulong Device, ulong Inode, long Modified)
{
    /// <summary>Whether it is a plain file: no folder, pipe, socket or device.</summary>
    public bool IsRegular => Kind == 8;
}
