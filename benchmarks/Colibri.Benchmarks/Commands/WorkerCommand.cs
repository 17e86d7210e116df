using System.CommandLine;
using System.Globalization;
using Colibri.Benchmarks.Comparison;
using Colibri.Benchmarks.Engines;
using Colibri.Hardware;

namespace Colibri.Benchmarks.Commands;

/// <summary>
/// <c>worker</c>: the child process that holds one engine and one model, and does what its parent orders, a line for
/// an order and a line for an answer. <see cref="WorkerProcess"/> is the other end.
/// </summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        var engine = new Option<string>("--engine") { Description = string.Join(" or ", EngineList.Names), Required = true };
        var context = CommonOptions.Integer("--context", 640, "Tokens a sequence can hold.");
        var sequences = CommonOptions.Integer("--sequences", 1, "Sequences that can run together.");
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var command = new Command("worker", "One side of a comparison; takes orders on standard input.") { model, engine, context, sequences, threads, peers };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var before = ProcessMemory.PeakBytes();
            using var loaded = EngineList.Load(parsed.GetValue(engine)!, new EngineOptions
            {
                Model = parsed.GetValue(model)!,
                Threads = parsed.GetValue(threads),
                Context = parsed.GetValue(context),
                Sequences = parsed.GetValue(sequences),
                Peers = parsed.GetValue(peers)!,
            });
            Answer(loaded.Name, loaded.Variant, Invariant(loaded.LoadSeconds), Invariant(before));
            while (Console.In.ReadLine() is { } order)
            {
                Obey(loaded, order.Split(' '));
            }

            return 0;
        });
        return command;
    }

    private static void Obey(IEngine engine, string[] order)
    {
        int Number(int index) => int.Parse(order[index], CultureInfo.InvariantCulture);
        switch (order)
        {
            case ["prompt", _, _]:
                Answer(Invariant(engine.Prompt(SampleIds.Take(Number(1), engine.VocabularySize, seed: Number(2)))));
                break;
            case ["generate", _, _, _, _]:
                Answer(Invariant(engine.Generate(SampleIds.Take(Number(1), engine.VocabularySize, seed: Number(2)), depth: Number(3), sequences: Number(4))));
                break;
            case ["memory"]:
                Answer(Invariant(ProcessMemory.PeakBytes()));
                break;
            default:
                throw new InputException($"A worker was given the order '{string.Join(' ', order)}'; prompt, generate or memory is expected.");
        }
    }

    private static string Invariant(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static void Answer(params string[] fields)
    {
        Console.Out.WriteLine(string.Join('\t', fields));
        Console.Out.Flush();
    }
}
