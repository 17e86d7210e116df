using System.CommandLine;
using System.Diagnostics;
using Colibri.Benchmarks.LlamaCpp;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>peer-quantize</c>.</summary>
internal static unsafe class PeerQuantizeCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("IN") { Description = "A GGUF file." };
        var output = new Argument<string>("OUT") { Description = "The GGUF file to write; one that is there is replaced." };
        var type = new Argument<string>("TYPE") { Description = string.Join(", ", LlamaFileType.Numbers.Keys) };
        var pure = new Option<bool>("--pure") { Description = "Every matrix in the type itself, without llama.cpp's mixture." };
        var again = new Option<bool>("--requantize") { Description = "Allow an input that is quantized already." };
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var verbose = new Option<bool>("--verbose") { Description = "Print llama.cpp's log." };
        var command = new Command("peer-quantize", "Quantize with llama.cpp's own llama_model_quantize.") { input, output, type, pure, again, threads, peers, verbose };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(type)!;
            if (!LlamaFileType.Numbers.TryGetValue(name, out var number))
            {
                throw new InputException($"Unknown type '{name}'. Known: {string.Join(", ", LlamaFileType.Numbers.Keys)}.");
            }

            var source = parsed.GetValue(input)!;
            if (!File.Exists(source))
            {
                throw new InputException($"'{source}' is not there; a GGUF file is expected.");
            }

            LlamaLibrary.Verbose = parsed.GetValue(verbose);
            LlamaLibrary.Load(parsed.GetValue(peers)!);
            var parameters = Llama.QuantizeDefaults();
            parameters.FileType = number;
            parameters.Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 512);
            parameters.Pure = parsed.GetValue(pure) ? (byte)1 : (byte)0;
            parameters.AllowRequantize = parsed.GetValue(again) ? (byte)1 : (byte)0;
            var clock = Stopwatch.StartNew();
            if (Llama.Quantize(source, parsed.GetValue(output)!, &parameters) != 0)
            {
                throw new InputException($"llama.cpp cannot quantize '{source}': {LlamaLibrary.TakeWarnings()}.");
            }

            var bytes = new FileInfo(parsed.GetValue(output)!).Length;
            Console.WriteLine($"{parsed.GetValue(output)}  {bytes:N0} bytes  {clock.Elapsed.TotalSeconds:0.0} s");
            return 0;
        });
        return command;
    }
}
