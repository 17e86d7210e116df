using System.Globalization;
using Colibri.Kernels;
using Colibri.Kernels.Attention;

namespace Colibri.Benchmarks.Attention;

/// <summary>The table of the <c>attention</c> command.</summary>
internal static class AttentionReport
{
    public static string Heading(AttentionShape shape, int threads, int repeats, string? kernels)
    {
        var selection = kernels is null ? KernelSelection.FromEnvironment() : new KernelSelection(kernels);
        return string.Create(CultureInfo.InvariantCulture, $"### Attention of {shape.Layers} layers, {shape.Heads}/{shape.KeyValueHeads} heads of {shape.HeadSize}, {threads} threads, {AttentionKernel.List.Choose(selection).Name}, {repeats} repeats\n\n")
            + "| cache | work | median ms | least ms | GFLOP/s (least) | GB/s (least) | least processor ms |\n|---|---|---|---|---|---|---|\n";
    }

    public static string Row(string format, AttentionShape shape, AttentionWork work, AttentionTimes times)
    {
        var operations = work.Pairs * shape.OperationsPerPair;
        return string.Create(CultureInfo.InvariantCulture, $"| {format} | {work.Name} | {times.Median * 1e3:0.00} | {times.Least * 1e3:0.00} | {operations / times.Least / 1e9:0} | {times.CacheBytes / times.Least / 1e9:0.0} | {times.Processor * 1e3:0.00} |\n");
    }
}

/// <summary>What was measured.</summary>
/// <param name="Median">Seconds.</param>
/// <param name="Least">Seconds.</param>
/// <param name="Processor">Least processor time of all threads, in seconds: what neighbours disturb least.</param>
/// <param name="CacheBytes">Bytes of the cache that the work must read once.</param>
internal readonly record struct AttentionTimes(double Median, double Least, double Processor, double CacheBytes);
