using Colibri.Hardware;

namespace Colibri.Cli.Benchmarking;

/// <summary>
/// Draws profiles: for each phase a strip that shows what its time was made of, a bar per operation with the part that
/// the machine needs at least, and a step from its first block to its last.
/// </summary>
internal sealed class ProfilePicture
{
    private const double Width = 1200;
    private const double Left = 32;
    private const double Right = Width - 32;
    private const double BarsLeft = 290;
    private const double BarsRight = 700;
    private const double RowHeight = 24;
    private const string GapColor = "#9aa5b1";

    // Distinct beside each other and on white, dark enough for white letters.
    private static readonly string[] Palette =
        ["#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#00818a", "#975a16", "#9b2c2c", "#4a5568", "#5a67d8", "#38803c", "#7b341e"];

    private readonly SvgCanvas _canvas = new();
    private readonly Dictionary<string, string> _colors = [];
    private readonly MachineCeilings _ceilings;
    private double _y = 46;

    private ProfilePicture(MachineCeilings ceilings) => _ceilings = ceilings;

    /// <summary>The picture as an SVG file.</summary>
    /// <param name="outcomes">Models with profiles.</param>
    /// <param name="machine">Where they ran.</param>
    /// <param name="ceilings">What the machine can do.</param>
    public static string Draw(IReadOnlyList<BenchmarkOutcome> outcomes, MachineInfo machine, MachineCeilings ceilings)
    {
        var picture = new ProfilePicture(ceilings);
        foreach (var outcome in outcomes)
        {
            picture.Model(outcome, machine);
        }

        picture.Legend();
        return picture._canvas.ToSvg(Width, picture._y, $"Profile of {string.Join(", ", outcomes.Select(o => o.Title))}");
    }

    private void Model(BenchmarkOutcome outcome, MachineInfo machine)
    {
        var threads = outcome.Facts.Threads;
        _canvas.Text(Left, _y, outcome.Setting is null ? outcome.Title : $"{Path.GetFileName(outcome.Facts.Path.TrimEnd('/', '\\'))}, {outcome.Setting}", "t");
        _y += 22;
        _canvas.Text(
            Left, _y,
            $"{machine.Processor.Name}, {(threads == 1 ? "1 thread" : $"{threads} threads")}, {outcome.Facts.Kernels}. The machine reads {Figures.Giga(_ceilings.Read.At(threads))} GB/s and computes " +
            $"{Figures.Giga(_ceilings.Int8.At(threads))} GOP/s in int8, {Figures.Giga(_ceilings.Float32.At(threads))} GFLOP/s in float32.", "s");
        _y += 40;
        foreach (var phase in outcome.Result.Phases.Where(p => p.Profile is not null))
        {
            Phase(phase, threads);
        }
    }

    private void Phase(PhaseResult phase, int threads)
    {
        var profile = phase.Profile!;
        var steps = phase.Name == "prompt" ? 1 : profile.Passes;
        _canvas.Text(Left, _y, ProfileReport.Title(phase), "h");
        _canvas.Text(
            Right, _y,
            $"{Figures.Percent(phase.ShareOfRoofline(_ceilings, threads))} of the roofline; {(steps == 1 ? "in all" : "a step")} {Milliseconds(profile.Total, steps)}",
            "s", "end");
        _y += 14;
        Strip(profile, steps);
        _y += 30;
        Bars(profile, threads, steps);
        _y += 16;
        Timeline(profile);
        _y += 52;
    }

    // What the time was made of, largest label first to see.
    private void Strip(PhaseProfile profile, int steps)
    {
        const double Height = 34;
        var x = Left;
        var scale = (Right - Left) / profile.Total.TotalSeconds;
        void Part(string name, TimeSpan time, string color)
        {
            var width = time.TotalSeconds * scale;
            _canvas.Box(x, _y, width - (width > 3 ? 1 : 0), Height, color, 1, $"{name}: {Milliseconds(time, steps)}, {Figures.Part(time / profile.Total)}");
            var label = $"{name}  {Figures.Percent(time / profile.Total)}";
            foreach (var text in new[] { label, name })
            {
                if (SvgCanvas.WidthOf(text) < width)
                {
                    _canvas.Text(x + width / 2, _y + 21, text, "w", "middle");
                    break;
                }
            }

            x += width;
        }

        foreach (var row in profile.Operations)
        {
            Part(row.Title, row.Time, Color(row.Title));
        }

        foreach (var gap in profile.Gaps)
        {
            Part(gap.Name, gap.Time, GapColor);
        }

        _y += Height;
    }

    private void Bars(PhaseProfile profile, int threads, int steps)
    {
        (string Title, double X)[] columns = [(steps == 1 ? "ms" : "ms a step", 778), ("of time", 838), ("GB/s", 898), ("GOP/s", 968), ("of its bound", 1100), ("busy", Right)];
        _canvas.Text(Left, _y, "operation", "s");
        foreach (var (title, x) in columns)
        {
            _canvas.Text(x, _y, title, "s", "end");
        }

        _y += 8;
        var longest = Math.Max(profile.Operations.Select(o => o.Time).DefaultIfEmpty().Max().TotalSeconds, 1e-9);
        var scale = (BarsRight - BarsLeft) / longest;
        void Line(string name, TimeSpan time, string color, double? least, string tip, params string[] cells)
        {
            var width = time.TotalSeconds * scale;
            _canvas.Box(Left, _y + 5, 10, 14, color);
            _canvas.Text(Left + 18, _y + 16, Fit(name, BarsLeft - Left - 24));
            _canvas.Box(BarsLeft, _y + 3, Math.Max(width, 1), RowHeight - 7, color, 0.32, tip);
            if (least is { } share)
            {
                _canvas.Box(BarsLeft, _y + 3, Math.Min(share, 1) * width, RowHeight - 7, color, 1, tip);
            }

            string[] all = [Figures.Milliseconds(time / steps), Figures.Part(time / profile.Total), .. cells];
            for (var i = 0; i < all.Length; i++)
            {
                _canvas.Text(columns[i].X, _y + 16, all[i], "", "end");
            }

            _y += RowHeight;
        }

        foreach (var row in profile.Operations.OrderByDescending(o => o.Time))
        {
            var bound = row.HasBound ? row.ShareOfRoofline(_ceilings, threads) : (double?)null;
            Line(
                row.Title, row.Time, Color(row.Title), bound,
                $"{row.Operation} {row.Weights}: {row.Calls} calls, {Milliseconds(row.Time, steps)}" + (bound is { } b ? $", {Figures.Percent(b)} of what {row.Bound(_ceilings, threads)} allows" : ""),
                row.HasBound ? Figures.Giga(row.BytesPerSecond) : "",
                row.HasBound ? Figures.Giga(row.OperationsPerSecond) : "",
                bound is { } share ? $"{Figures.Percent(share)} {row.Bound(_ceilings, threads)}" : "",
                Figures.Percent(row.ShareBusy(profile.Workers)));
        }

        foreach (var gap in profile.Gaps)
        {
            Line(gap.Name, gap.Time, GapColor, null, $"{gap.Name}: {Milliseconds(gap.Time, steps)}");
        }
    }

    // The blocks side by side, each as wide as its time, with its operations in the order in which they run.
    private void Timeline(PhaseProfile profile)
    {
        const double Height = 30;
        _canvas.Text(Left, _y + 8, profile.Passes == 1 ? "The step from its first block to its last" : $"A step from its first block to its last, the mean of {profile.Passes}", "s");
        _y += 18;
        var all = profile.Blocks.Sum(b => b.Time.TotalSeconds);
        var scale = (Right - Left) / Math.Max(all, 1e-9);
        var x = Left;
        foreach (var block in profile.Blocks)
        {
            var start = x;
            foreach (var row in block.Operations)
            {
                var width = row.Time.TotalSeconds * scale;
                _canvas.Box(x, _y, width, Height, Color(row.Title), 1, $"{block.Name}, {row.Operation} {row.Weights}: {Milliseconds(row.Time, profile.Passes)}");
                x += width;
            }

            _canvas.Box(x - 0.5, _y - 3, 1, Height + 6, "#1f2933");
            var name = block.Name.StartsWith("block ", StringComparison.Ordinal) ? block.Name["block ".Length..] : block.Name;
            if (SvgCanvas.WidthOf(name) < x - start)
            {
                _canvas.Text((start + x) / 2, _y + Height + 16, name, "s", "middle");
            }
        }

        _y += Height + 16;
    }

    private void Legend()
    {
        _canvas.Box(Left, _y - 11, 26, 13, Palette[0]);
        _canvas.Text(Left + 34, _y, "the least time this machine could take for the bytes or the arithmetic, whichever is longer (bytes that lie in caches may come faster)", "s");
        _y += 20;
        _canvas.Box(Left, _y - 11, 26, 13, Palette[0], 0.32);
        _canvas.Text(Left + 34, _y, "the rest of the time taken: what could still be gained. Busy: how much of the workers' time was work, the rest is waiting for each other.", "s");
        _y += 24;
    }

    private string Color(string title)
    {
        if (!_colors.TryGetValue(title, out var color))
        {
            color = Palette[_colors.Count % Palette.Length];
            _colors.Add(title, color);
        }

        return color;
    }

    private static string Milliseconds(TimeSpan time, int steps) => $"{Figures.Milliseconds(time / steps)} ms";

    private static string Fit(string text, double width) =>
        SvgCanvas.WidthOf(text) <= width ? text : text[..Math.Max(1, (int)(width / SvgCanvas.WidthOf("m")) - 1)] + "…";
}
