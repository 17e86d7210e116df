using System.Globalization;
using System.Text;
using Colibri.Text;

namespace Colibri.Benchmarks.Text;

/// <summary>Times tokenizers in turn, so that a busy moment meets all of them, and takes the median of each.</summary>
internal static class TokenizeBenchmark
{
    private const int Million = 1_000_000;

    private static readonly (string Name, Func<byte[]> Make)[] Slow =
    [
        ("a million spaces", () => Encoding.ASCII.GetBytes(new string(' ', Million))),
        ("a million times the letter a", () => Encoding.ASCII.GetBytes(new string('a', Million))),
        ("a million random letters", () => Letters(Million)),
        ("a million digits", () => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, Million).Select(i => (char)('0' + (i * 7 % 10)))))),
        ("a million line ends", () => Encoding.ASCII.GetBytes(new string('\n', Million))),
        ("a million of one ideograph", () => Encoding.UTF8.GetBytes(new string('\u4E00', Million))),
        ("a million signs", () => Encoding.ASCII.GetBytes(new string('!', Million))),
        ("a million bytes that are not UTF-8", () => Enumerable.Repeat((byte)0x80, Million).ToArray()),
    ];

    public static string Run(string[] paths, byte[] text, int repeats, CancellationToken cancellation)
    {
        var tokenizers = paths.Select(p => (Name: Name(p), Tokenizer: TokenizerChoice.Open(p))).ToList();
        var report = new StringBuilder();
        report.Append(CultureInfo.InvariantCulture, $"{Heading.OfMachine()} Processor time, so that what else runs counts little; {text.Length / 1e6:0.00} MB of text, {repeats} turns, median (least to most)\n\n");
        report.Append("| tokenizer | MB/s | tokens | ns per token |\n|---|---|---|---|\n");
        var seconds = tokenizers.ConvertAll(_ => new List<double>());
        var counts = tokenizers.ConvertAll(t => t.Tokenizer.Encode(text, addSpecialTokens: false).Length);
        for (var turn = 0; turn < repeats; turn++)
        {
            for (var i = 0; i < tokenizers.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                seconds[i].Add(Time(tokenizers[i].Tokenizer, text));
            }
        }

        for (var i = 0; i < tokenizers.Count; i++)
        {
            seconds[i].Sort();
            var median = seconds[i][repeats / 2];
            report.Append(CultureInfo.InvariantCulture, $"| {tokenizers[i].Name} | {text.Length / 1e6 / median:0.0} ({text.Length / 1e6 / seconds[i][^1]:0.0} to {text.Length / 1e6 / seconds[i][0]:0.0}) | {counts[i]} | {median * 1e9 / Math.Max(1, counts[i]):0} |\n");
        }

        report.Append(CultureInfo.InvariantCulture, $"\nTexts made to be slow, seconds for a million and for half a million characters:\n\n| text | {string.Join(" | ", tokenizers.Select(t => t.Name))} |\n|---|{string.Concat(tokenizers.Select(_ => "---|"))}\n");
        foreach (var (name, make) in Slow)
        {
            var bytes = make();
            report.Append(CultureInfo.InvariantCulture, $"| {name} |");
            foreach (var (_, tokenizer) in tokenizers)
            {
                cancellation.ThrowIfCancellationRequested();
                report.Append(CultureInfo.InvariantCulture, $" {Time(tokenizer, bytes):0.00} / {Time(tokenizer, bytes[..(bytes.Length / 2)]):0.00} |");
            }

            report.Append('\n');
        }

        return report.ToString();
    }

    private static double Time(Tokenizer tokenizer, byte[] text)
    {
        var before = Environment.CpuUsage.TotalTime;
        tokenizer.Encode(text, addSpecialTokens: false);
        return Math.Max(1e-6, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static byte[] Letters(int count)
    {
        var random = new Random(1);
        var letters = new byte[count];
        for (var i = 0; i < count; i++)
        {
            letters[i] = (byte)('a' + random.Next(26));
        }

        return letters;
    }

    private static string Name(string path) =>
        Path.GetFileName(path) is "tokenizer.json" or "tokenizer.model" or "vocab.txt" or "vocab.json"
            ? $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)))}/{Path.GetFileName(path)}"
            : Path.GetFileName(path.TrimEnd('/'));
}
