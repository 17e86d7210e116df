namespace Colibri.Text.Templates;

/// <summary>str.split() and str.rsplit().</summary>
internal static class Splitting
{
    /// <summary>The parts between separators (white space where null), at most <paramref name="most"/> cuts if not negative.</summary>
    public static List<string> Split(Interpreter run, string text, string? separator, int most)
    {
        var parts = new List<string>();
        var at = 0;
        if (separator is null)
        {
            run.StepOver(text.Length);
            while (true)
            {
                while (at < text.Length && PythonText.IsSpace(text[at]))
                {
                    at++;
                }

                if (at == text.Length)
                {
                    return parts;
                }

                run.Step();
                var start = at;
                if (most-- == 0)
                {
                    parts.Add(text[start..]);
                    return parts;
                }

                while (at < text.Length && !PythonText.IsSpace(text[at]))
                {
                    at++;
                }

                parts.Add(text[start..at]);
            }
        }

        var finder = new PythonSearch.Finder(run, text, separator);
        int next;
        while (most-- != 0 && (next = finder.Next(at)) >= 0)
        {
            run.Step();
            parts.Add(text[at..next]);
            at = next + separator.Length;
        }

        parts.Add(text[at..]);
        return parts;
    }

    /// <summary>The same, cut from the end.</summary>
    public static List<string> SplitFromRight(Interpreter run, string text, string? separator, int most)
    {
        if (most < 0)
        {
            return Split(run, text, separator, most);
        }

        var parts = new List<string>();
        var end = text.Length;
        if (separator is null)
        {
            run.StepOver(text.Length);
            while (true)
            {
                while (end > 0 && PythonText.IsSpace(text[end - 1]))
                {
                    end--;
                }

                if (end == 0)
                {
                    break;
                }

                run.Step();
                if (most-- == 0)
                {
                    parts.Add(text[..end]);
                    break;
                }

                var start = end;
                while (start > 0 && !PythonText.IsSpace(text[start - 1]))
                {
                    start--;
                }

                parts.Add(text[start..end]);
                end = start;
            }
        }
        else
        {
            int at;
            while (most-- > 0 && (at = PythonSearch.LastIndexOf(run, text, separator, end)) >= 0)
            {
                parts.Add(text[(at + separator.Length)..end]);
                end = at;
            }

            parts.Add(text[..end]);
        }

        parts.Reverse();
        return parts;
    }
}
