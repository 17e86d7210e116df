using System.Globalization;
using System.Text;

namespace Colibri.Cli.Benchmarking;

/// <summary>Collects rectangles and texts of a picture; coordinates in pixels, y downwards.</summary>
internal sealed class SvgCanvas
{
    private readonly StringBuilder _body = new();

    /// <summary>A rectangle.</summary>
    /// <param name="x">Left edge.</param>
    /// <param name="y">Upper edge.</param>
    /// <param name="width">Width; nothing is drawn where it is not positive.</param>
    /// <param name="height">Height.</param>
    /// <param name="fill">Its color.</param>
    /// <param name="opacity">0 to 1.</param>
    /// <param name="tip">What a browser shows when the pointer rests on it.</param>
    public void Box(double x, double y, double width, double height, string fill, double opacity = 1, string? tip = null)
    {
        if (width <= 0)
        {
            return;
        }

        var see = opacity < 1 ? $" fill-opacity=\"{Number(opacity)}\"" : "";
        var start = $"<rect x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" fill=\"{fill}\"{see}";
        _body.AppendLine(tip is null ? start + "/>" : $"{start}><title>{Escape(tip)}</title></rect>");
    }

    /// <summary>A line of text.</summary>
    /// <param name="x">Where it starts, ends or has its middle.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="style">One of the classes: t (title), h (heading), s (small), w (white, on a box), or nothing.</param>
    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, string style = "", string anchor = "start")
    {
        var kind = style.Length == 0 ? "" : $" class=\"{style}\"";
        var place = anchor == "start" ? "" : $" text-anchor=\"{anchor}\"";
        _body.AppendLine($"<text x=\"{Number(x)}\" y=\"{Number(y)}\"{kind}{place}>{Escape(text)}</text>");
    }

    /// <summary>The picture as a file: it needs no fonts, scripts or other files.</summary>
    /// <param name="width">Width.</param>
    /// <param name="height">Height.</param>
    /// <param name="title">What a reader who cannot see it is told.</param>
    public string ToSvg(double width, double height, string title) =>
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Number(width)} {Number(height)}" width="{Number(width)}" height="{Number(height)}" role="img">
        <title>{Escape(title)}</title>
        <style>
        text {"{"} font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", "DejaVu Sans", Arial, sans-serif; fill: #1f2933; font-variant-numeric: tabular-nums {"}"}
        .t {"{"} font-size: 22px; font-weight: 600 {"}"}
        .h {"{"} font-size: 17px; font-weight: 600 {"}"}
        .s {"{"} font-size: 12px; fill: #52606d {"}"}
        .w {"{"} font-size: 12px; fill: #ffffff {"}"}
        </style>
        <rect width="100%" height="100%" fill="#ffffff"/>

        """.ReplaceLineEndings("\n") + _body.ToString().ReplaceLineEndings("\n") + "</svg>\n";

    /// <summary>About how wide a text of the ordinary sizes is, in pixels: fonts differ, so rather too wide.</summary>
    public static double WidthOf(string text) => 7.2 * text.Length;

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var c in ColibriCommand.OneLine(text))
        {
            safe.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&quot;", _ when char.IsSurrogate(c) || c >= '\uFFFE' => "?", _ => c.ToString() });
        }

        return safe.ToString();
    }
}
