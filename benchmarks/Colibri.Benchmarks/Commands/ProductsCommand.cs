using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Hardware;
using Colibri.Kernels;
using Colibri.Kernels.MatMul;
using Colibri.Kernels.Quantize;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>products</c>: single matrix products on one core, every variant in turn.</summary>
internal static class ProductsCommand
{
    public static Command Create()
    {
        var formats = new Option<string[]>("--format") { Description = "Weight formats.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["Q4_0", "Q8_0", "Q4_K", "Q6_K", "I8"] };
        var variants = new Option<string[]>("--variant") { Description = "Kernel variants; all supported ones without it.", AllowMultipleArgumentsPerToken = true };
        var rows = new Option<int[]>("--rows") { Description = "Rows of activations.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 4, 16, 128, 512] };
        var columns = CommonOptions.Integer("--columns", 2048, "Columns, a multiple of 256.");
        var outputs = CommonOptions.Integer("--outputs", 2048, "Outputs.");
        var seconds = new Option<double>("--seconds") { Description = "Time for each figure.", DefaultValueFactory = _ => 0.5 };
        var isFloat = new Option<bool>("--float") { Description = "float32 activations instead of 8-bit ones." };
        var cached = new Option<bool>("--cached") { Description = "The same weights again and again, so that they stay in the cache where they fit." };
        var command = new Command("products", "Time single matrix products on one core, best and median of many short stretches.")
        {
            formats, variants, rows, columns, outputs, seconds, isFloat, cached,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine($"{MachineInfo.Detect().Processor.Name}, one thread, {parsed.GetValue(columns)} columns x {parsed.GetValue(outputs)} outputs");
            Console.WriteLine("| format | variant | rows | best GOP/s | median | best GB/s | median |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            foreach (var name in parsed.GetValue(formats)!)
            {
                var format = TensorFormat.Parse(name);
                var list = (parsed.GetValue(isFloat) ? null : MatMulList.Rounding(format)) ?? MatMulList.Float;
                using var test = new Product(format, parsed.GetValue(columns), parsed.GetValue(outputs), parsed.GetValue(rows)!.Max(), parsed.GetValue(cached));
                foreach (var count in parsed.GetValue(rows)!)
                {
                    foreach (var variant in list.Variants.Where(v => v.IsSupported && (parsed.GetValue(variants) is not { Length: > 0 } wanted || wanted.Contains(v.Name))))
                    {
                        var (best, median) = test.Measure(list.Select(new KernelSelection(variant.Name)), count, parsed.GetValue(seconds));
                        var operations = 2.0 * count * parsed.GetValue(columns) * parsed.GetValue(outputs) / 1e9;
                        var bytes = test.Bytes / 1e9;
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                            $"| {name} | {variant.Name} | {count} | {operations / best:F0} | {operations / median:F0} | {bytes / best:F1} | {bytes / median:F1} |"));
                    }
                }
            }
        });
        return command;
    }

    /// <summary>Weights in many copies, so that those of one row come from memory, and activations.</summary>
    private sealed unsafe class Product : IDisposable
    {
        private const long Apart = 256 << 20;

        private readonly List<Weight> _weights = [];
        private readonly byte* _memory;
        private readonly float* _x;
        private readonly float* _y;
        private readonly sbyte* _integers;
        private readonly float* _scales;
        private readonly int* _sums;
        private readonly byte* _bytes;
        private readonly TokenScale* _tokens;
        private readonly ushort* _pairs;
        private readonly int _columns;
        private readonly int _outputs;

        public Product(TensorFormat format, int columns, int outputs, int rows, bool cached)
        {
            (_columns, _outputs) = (columns, outputs);
            Bytes = format.BytesFor((long)columns * outputs);
            var copies = cached ? 1 : (int)(Apart / Bytes) + 1;
            _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(copies * Bytes), 4096);
            var random = new Random(1);
            var values = new float[columns];
            for (var i = 0; i < columns; i++)
            {
                // As large as weights of real models are: scales of some formats are then subnormal halves.
                values[i] = (float)(random.NextDouble() - 0.5) * 0.1f;
            }

            var row = new byte[format.BytesFor(columns)];
            if (format.HasChannelScales)
            {
                random.NextBytes(row);
            }
            else
            {
                format.Encode(values, row);
            }

            for (long r = 0; r < (long)copies * outputs; r++)
            {
                row.CopyTo(new Span<byte>(_memory + r * row.Length, row.Length));
            }

            for (var i = 0; i < copies; i++)
            {
                _weights.Add(new Weight("w", format, outputs, columns, _memory + i * Bytes, this, Scales(format, outputs)));
            }

            _x = Allocate<float>((long)rows * columns);
            _y = Allocate<float>((long)rows * outputs);
            _integers = Allocate<sbyte>((long)rows * columns);
            _scales = Allocate<float>((long)rows * columns / QuantizeKernel.Block);
            _sums = Allocate<int>((long)rows * columns / QuantizeKernel.SumGroup);
            _bytes = Allocate<byte>((long)rows * columns);
            _tokens = Allocate<TokenScale>(rows);
            _pairs = Allocate<ushort>((long)rows * columns);
            var roundPairs = PairRoundKernel.List.Select(KernelSelection.Best);
            var activations = Activations;
            var quantizeTokens = TokenQuantizeKernel.List.Select(KernelSelection.Best);
            var quantize = QuantizeKernel.List.Select(KernelSelection.Best);
            for (var r = 0; r < rows; r++)
            {
                var a = activations.From(r);
                values.CopyTo(new Span<float>(a.Values, columns));
                quantize.Row(a.Values, columns, a.Integers, a.Scales, a.Sums);
                *a.Tokens = quantizeTokens.Row(a.Values, columns, a.Bytes);
                roundPairs.Row(a.Values, columns, a.Pairs);
            }
        }

        public long Bytes { get; }

        private Activations Activations => new(_x, _columns, _integers, _scales, _sums, _bytes, _tokens, _pairs);

        public (double Best, double Median) Measure(MatMulKernel kernel, int rows, double seconds)
        {
            var scratch = (byte*)NativeMemory.AlignedAlloc((nuint)kernel.ScratchBytes + 64, 64);
            var destination = new Destination(_y, _outputs, null, null, 0);
            foreach (var weight in _weights.Where(w => w.Format.HasChannelScales))
            {
                // Sums are made once, when a model is first used.
                _ = weight.ChannelSums;
            }

            var times = new List<double>();
            var total = Stopwatch.StartNew();
            for (var i = 0; total.Elapsed.TotalSeconds < seconds || i < 5; i++)
            {
                var weight = _weights[i % _weights.Count];
                var start = Stopwatch.GetTimestamp();
                kernel.Run(weight, 0, MatMulKernel.Panels(weight), Activations, rows, destination, scratch, kept: false);
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            NativeMemory.AlignedFree(scratch);
            times.Sort();
            return (times[0], times[times.Count / 2]);
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(_memory);
            NativeMemory.AlignedFree(_x);
            NativeMemory.AlignedFree(_y);
            NativeMemory.AlignedFree(_integers);
            NativeMemory.AlignedFree(_pairs);
            NativeMemory.AlignedFree(_scales);
            NativeMemory.AlignedFree(_sums);
            NativeMemory.AlignedFree(_bytes);
            NativeMemory.AlignedFree(_tokens);
        }

        private static ChannelScales? Scales(TensorFormat format, int outputs)
        {
            var scales = new float[outputs];
            Array.Fill(scales, 0.01f);
            return format.HasChannelScales ? new ChannelScales(scales) : null;
        }

        private static T* Allocate<T>(long count) where T : unmanaged => (T*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(T)), 64);
    }
}
