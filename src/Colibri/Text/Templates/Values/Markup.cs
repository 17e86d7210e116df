namespace Colibri.Text.Templates;

/// <summary>The five characters the filters escape and forceescape replace.</summary>
internal static class Markup
{
    public static string Escape(string text) => text.AsSpan().IndexOfAny("&<>'\"") < 0 ? text : text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);

    /// <summary>Text that is marked as it is, anything else escaped and marked.</summary>
    public static StringValue Of(Interpreter run, TemplateValue value)
    {
        if (value is StringValue { IsMarkup: true } marked)
        {
            return marked;
        }

        var escaped = Escape(Represent.Str(run, value));
        run.Allocate(escaped.Length);
        return new StringValue(escaped, true);
    }

    /// <summary>The text without tags and comments, white space joined, entities resolved.</summary>
    public static string StripTags(Interpreter run, string text)
    {
        run.Allocate(2L * text.Length);
        var bare = Remove(Remove(text, "<!--", "-->"), "<", ">");
        var words = bare.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return System.Net.WebUtility.HtmlDecode(string.Join(' ', words));
    }

    private static string Remove(string text, string open, string close)
    {
        var result = new System.Text.StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var start = text.IndexOf(open, at, StringComparison.Ordinal);
            var end = start < 0 ? -1 : text.IndexOf(close, start + open.Length, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            result.Append(text, at, start - at);
            at = end + close.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }
}
