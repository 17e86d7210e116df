namespace Colibri.Text.Templates;

/// <summary>Searches of text for text that stay linear whatever a template and a message hold.</summary>
internal static class PythonSearch
{
    // Below this product the runtime's vectorised search cannot become slow, above it a bad pair could take minutes.
    private const long DirectLimit = 1 << 22;

    /// <summary>The first offset from <paramref name="from"/> on, or -1.</summary>
    public static int IndexOf(Interpreter run, string text, string pattern, int from = 0)
    {
        if (pattern.Length <= 1 || (long)(text.Length - from) * pattern.Length <= DirectLimit)
        {
            var found = text.IndexOf(pattern, from, StringComparison.Ordinal);
            run.StepOver((found < 0 ? text.Length : found) - from + pattern.Length);
            return found;
        }

        run.StepOver(text.Length - from);
        return Linear(run, text.AsSpan(from), pattern) is var at and >= 0 ? at + from : -1;
    }

    /// <summary>The last offset before <paramref name="end"/> where the pattern lies wholly, or -1.</summary>
    public static int LastIndexOf(Interpreter run, string text, string pattern, int end)
    {
        if (pattern.Length <= 1 || (long)end * pattern.Length <= DirectLimit)
        {
            var found = text.AsSpan(0, end).LastIndexOf(pattern, StringComparison.Ordinal);
            run.StepOver(end - Math.Max(0, found) + pattern.Length);
            return found;
        }

        run.StepOver(end);

        // The last occurrence is the first one read backwards.
        run.Allocate(end + pattern.Length);
        var backwards = text.AsSpan(0, end).ToArray();
        var mirrored = pattern.ToCharArray();
        Array.Reverse(backwards);
        Array.Reverse(mirrored);
        return Linear(run, backwards, mirrored) is var at and >= 0 ? end - at - pattern.Length : -1;
    }

    /// <summary>Replaces the first <paramref name="count"/> occurrences (all where negative), as str.replace() does.</summary>
    public static string Replace(Interpreter run, string text, string old, string with, int count)
    {
        if (count == 0)
        {
            return text;
        }

        var result = new ChargedText(run);
        if (old.Length == 0)
        {
            // Python puts the text before every code point and at the end.
            var position = 0;
            while (position < text.Length && count != 0)
            {
                var width = PythonText.WidthAt(text, position);
                result.Append(with).Append(text.AsSpan(position, width));
                position += width;
                count--;
            }

            return result.Append(text.AsSpan(position)).Append(count != 0 ? with : "").ToString();
        }

        int start = 0, at;
        var finder = new Finder(run, text, old);
        while (count-- != 0 && (at = finder.Next(start)) >= 0)
        {
            result.Append(text.AsSpan(start, at - start)).Append(with);
            start = at + old.Length;
        }

        if (start == 0)
        {
            return text;
        }

        return result.Append(text.AsSpan(start)).ToString();
    }

    /// <summary>The number of occurrences that do not overlap.</summary>
    public static int Count(Interpreter run, string text, string pattern)
    {
        if (pattern.Length == 0)
        {
            return PythonText.CodePoints(text) + 1;
        }

        var count = 0;
        var finder = new Finder(run, text, pattern);
        for (var at = finder.Next(0); at >= 0; at = finder.Next(at + pattern.Length))
        {
            count++;
        }

        return count;
    }

    // Knuth, Morris, Pratt.
    private static int Linear(Interpreter run, ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        var failures = Failures(run, pattern);
        var matched = 0;
        for (var at = 0; at < text.Length; at++)
        {
            while (matched > 0 && text[at] != pattern[matched])
            {
                matched = failures[matched - 1];
            }

            if (text[at] == pattern[matched] && ++matched == pattern.Length)
            {
                return at - matched + 1;
            }
        }

        return -1;
    }

    private static int[] Failures(Interpreter run, ReadOnlySpan<char> pattern)
    {
        run.Allocate(2L * pattern.Length);
        var failures = new int[pattern.Length];
        var matched = 0;
        for (var at = 1; at < pattern.Length; at++)
        {
            while (matched > 0 && pattern[at] != pattern[matched])
            {
                matched = failures[matched - 1];
            }

            if (pattern[at] == pattern[matched])
            {
                matched++;
            }

            failures[at] = matched;
        }

        return failures;
    }

    /// <summary>Finds one occurrence after another; the table of a long pattern is made once.</summary>
    public struct Finder(Interpreter run, string text, string pattern)
    {
        private readonly bool _direct = pattern.Length <= 1 || (long)text.Length * pattern.Length <= DirectLimit;
        private int[]? _failures;

        /// <summary>The first offset from <paramref name="from"/> on, or -1; the searches of one finder do not go back.</summary>
        public int Next(int from)
        {
            if (_direct)
            {
                var found = text.IndexOf(pattern, from, StringComparison.Ordinal);
                run.StepOver((found < 0 ? text.Length : found) - from + pattern.Length);
                return found;
            }

            _failures ??= Failures(run, pattern);
            var matched = 0;
            for (var at = from; at < text.Length; at++)
            {
                while (matched > 0 && text[at] != pattern[matched])
                {
                    matched = _failures[matched - 1];
                }

                if (text[at] == pattern[matched] && ++matched == pattern.Length)
                {
                    run.StepOver(at - from);
                    return at - matched + 1;
                }
            }

            run.StepOver(text.Length - from);
            return -1;
        }
    }
}
