using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Colibri.Benchmarks.LlamaCpp;

/// <summary>
/// Brings llama.cpp as the npm package of node-llama-cpp carries it: prebuilt, one processor backend per generation of
/// processors, chosen at run time. The package is pinned by version and by hash, and no code of it is run by npm.
/// </summary>
internal static class PeerPackage
{
    private const string Package = "@node-llama-cpp/linux-x64";
    private const string PackageVersion = "3.22.1";
    private const string Folder = "package/bins/linux-x64/";

    // The registry's own "integrity" of that version.
    private const string Sha512 = "5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==";

    /// <summary>Fetches the package with npm and unpacks its libraries, unless they are there already.</summary>
    /// <param name="target">Folder to fill.</param>
    /// <param name="force">Fetch again even where the folder exists.</param>
    /// <param name="cancellation">Stops npm.</param>
    /// <returns>Whether anything was fetched.</returns>
    /// <exception cref="InputException">npm is missing or failed, or what it brought is not the pinned package.</exception>
    public static async Task<bool> FetchAsync(string target, bool force, CancellationToken cancellation)
    {
        if (Directory.Exists(target) && !force)
        {
            return false;
        }

        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new InputException($"The pinned build of llama.cpp is for Linux on x86-64; this is {RuntimeInformation.RuntimeIdentifier}.");
        }

        var parent = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(parent);
        var scratch = Directory.CreateDirectory(Path.Combine(parent, $"fetching-{Guid.NewGuid():N}")).FullName;
        try
        {
            await RunNpmAsync(["pack", $"{Package}@{PackageVersion}", "--ignore-scripts", "--silent", "--pack-destination", scratch], cancellation);
            var archive = Directory.GetFiles(scratch, "*.tgz") is [var only]
                ? only
                : throw new InputException($"'npm pack {Package}' left no archive behind.");
            Verify(archive);
            var unpacked = Directory.CreateDirectory(Path.Combine(scratch, "unpacked")).FullName;
            Unpack(archive, unpacked);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.Move(unpacked, target);
            return true;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task RunNpmAsync(string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("npm", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process npm;
        try
        {
            npm = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new InputException($"npm could not be started ({fault.Message}); install Node.js, it brings the peer's package.", fault);
        }

        using (npm)
        {
            var output = npm.StandardOutput.ReadToEndAsync(cancellation);
            var errors = npm.StandardError.ReadToEndAsync(cancellation);
            try
            {
                await npm.WaitForExitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                npm.Kill(entireProcessTree: true);
                throw;
            }

            await output;
            if (npm.ExitCode != 0)
            {
                throw new InputException($"npm failed with exit code {npm.ExitCode}: {(await errors).Trim().ReplaceLineEndings("; ")}");
            }
        }
    }

    private static void Verify(string archive)
    {
        using var stream = File.OpenRead(archive);
        var found = Convert.ToBase64String(SHA512.HashData(stream));
        if (found != Sha512)
        {
            throw new InputException($"npm brought another {Package} {PackageVersion} than the pinned one: sha512 {found}, expected {Sha512}.");
        }
    }

    private static void Unpack(string archive, string target)
    {
        using var zipped = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        using var tar = new TarReader(zipped);
        while (tar.GetNextEntry() is { } entry)
        {
            var isLibrary = entry.Name.StartsWith(Folder, StringComparison.Ordinal) && entry.Name.EndsWith(".so", StringComparison.Ordinal);
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && (isLibrary || entry.Name == "package/LICENSE"))
            {
                entry.ExtractToFile(Path.Combine(target, Path.GetFileName(entry.Name)), overwrite: true);
            }
        }
    }
}
