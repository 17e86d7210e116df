using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Colibri.Benchmarks.LlamaCpp;

/// <summary>
/// Loads llama.cpp's shared libraries from the folder that <see cref="PeerFolder"/> names, picks the processor backend
/// as its own tools do, checks that the library is the one the structs were written for, and keeps its log.
/// </summary>
internal static unsafe class LlamaLibrary
{
    /// <summary>The release that LlamaStructs.cs describes.</summary>
    public const string ExpectedVersion = "0.5.0";

    // Built outside a release pipeline, llama.cpp adds the suffix; the code is that of the release's tag.
    private const string DevelopmentSuffix = "-dev";

    private const int LogWarning = 3;
    private const int LogContinuation = 5;
    private const int LogLimit = 8192;

    private static readonly Lock Gate = new();
    private static readonly StringBuilder Warnings = new();
    private static int s_lastLevel;
    private static bool s_loaded;

    /// <summary>Whether every line the library logs also goes to standard error.</summary>
    public static bool Verbose { get; set; }

    /// <summary>The release the library says it is, without the suffix of builds made outside its release pipeline.</summary>
    public static string Version
    {
        get
        {
            var version = Text(Llama.Version());
            return version.EndsWith(DevelopmentSuffix, StringComparison.Ordinal) ? version[..^DevelopmentSuffix.Length] : version;
        }
    }

    /// <summary>What the processor backend says it was built with and found, as llama.cpp prints it.</summary>
    public static string SystemInfo => Text(Llama.SystemInfo()).Trim();

    /// <summary>The file of the processor backend in use, for example <c>libggml-cpu-zen4.so</c>.</summary>
    /// <remarks>ggml opens every variant, asks for its score and closes all but the best: the one still mapped is it.</remarks>
    public static string CpuBackend
    {
        get
        {
            var name = File.ReadLines("/proc/self/maps")
                .Select(line => Path.GetFileName(line[(line.LastIndexOf(' ') + 1)..]))
                .FirstOrDefault(file => file.StartsWith("libggml-cpu", StringComparison.Ordinal));
            return name ?? throw new InputException("llama.cpp loaded no processor backend; run 'fetch-peers --force'.");
        }
    }

    /// <summary>Loads the library once; further calls do nothing.</summary>
    /// <param name="folder">Where its files lie.</param>
    /// <exception cref="InputException">Files are missing, or it is another release, or its structs differ.</exception>
    public static void Load(string folder)
    {
        lock (Gate)
        {
            if (s_loaded)
            {
                return;
            }

            var files = new Dictionary<string, string>
            {
                [Llama.GgmlBase] = Path.Combine(folder, "libggml-base.so"),
                [Llama.Ggml] = Path.Combine(folder, $"libggml.v{ExpectedVersion}.so"),
                [Llama.Library] = Path.Combine(folder, $"libllama.v{ExpectedVersion}.so"),
            };
            var missing = files.Values.Where(f => !File.Exists(f)).ToList();
            if (missing.Count > 0)
            {
                throw new InputException($"llama.cpp is not in '{folder}' ({Path.GetFileName(missing[0])} is missing); run 'fetch-peers' first, or name its folder with --peers.");
            }

            // In the order of their dependencies; each finds the others beside itself.
            var handles = files.ToDictionary(f => f.Key, f => NativeLibrary.Load(f.Value));
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => handles.GetValueOrDefault(name));
            s_loaded = true;

            Llama.SetLog(&Log, 0);
            try
            {
                LlamaSelfCheck.Structs(handles[Llama.Library]);
            }
            catch (EntryPointNotFoundException fault)
            {
                throw new InputException($"This libllama is not release {ExpectedVersion}: {fault.Message}", fault);
            }

            Llama.LoadBackends(folder);
            Llama.Initialize();
            if (Llama.BackendRegistry("CPU") == 0)
            {
                throw new InputException($"No processor backend of llama.cpp in '{folder}' runs on this machine.");
            }
        }
    }

    /// <summary>The last warnings and errors that the library logged, in one line, and forgets them.</summary>
    public static string TakeWarnings()
    {
        lock (Warnings)
        {
            var text = string.Join("; ", Warnings.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            Warnings.Clear();
            return text.Length == 0 ? "no reason given" : text;
        }
    }

    /// <summary>A C string.</summary>
    public static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";

    [UnmanagedCallersOnly]
    private static void Log(int level, byte* text, nint data)
    {
        lock (Warnings)
        {
            s_lastLevel = level == LogContinuation ? s_lastLevel : level;
            var line = Text((nint)text);
            if (s_lastLevel >= LogWarning && Warnings.Length + line.Length < LogLimit)
            {
                Warnings.Append(line);
            }

            if (Verbose)
            {
                Console.Error.Write(line);
            }
        }
    }
}
