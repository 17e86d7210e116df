using System.Text;
using Colibri.TestData;

namespace Colibri.Cli.Tests.Repository;

/// <summary>A C# file taken apart: its code without comments and texts, and its texts.</summary>
internal sealed class SourceFile
{
    private SourceFile(string path, string source)
    {
        Path = path;
        Source = source;
        (Code, Literals) = TakeApart(source);
    }

    /// <summary>Path from the repository's root, with slashes.</summary>
    public string Path { get; }

    /// <summary>All of it.</summary>
    public string Source { get; }

    /// <summary>The code: comments are gone and string literals are empty.</summary>
    public string Code { get; }

    /// <summary>The string literals' contents, interpolated parts included as they are written.</summary>
    public IReadOnlyList<string> Literals { get; }

    /// <summary>All C# files below a folder of the repository, build outputs left out.</summary>
    public static IReadOnlyList<SourceFile> Below(string folder) =>
        [.. Directory.EnumerateFiles(System.IO.Path.Combine(SharedData.Repository, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Absolute: path, Relative: System.IO.Path.GetRelativePath(SharedData.Repository, path).Replace('\\', '/')))
            .Where(file => !file.Relative.Split('/').Any(part => part is "bin" or "obj"))
            .OrderBy(file => file.Relative, StringComparer.Ordinal)
            .Select(file => new SourceFile(file.Relative, File.ReadAllText(file.Absolute)))];

    /// <summary>Takes some source apart, for tests of this class.</summary>
    public static SourceFile Of(string source) => new("test.cs", source);

    private static (string Code, List<string> Literals) TakeApart(string s)
    {
        var code = new StringBuilder(s.Length);
        var literals = new List<string>();
        var i = 0;
        while (i < s.Length)
        {
            if (At("//"))
            {
                i = End(s.IndexOf('\n', i));
            }
            else if (At("/*"))
            {
                i = End(s.IndexOf("*/", i, StringComparison.Ordinal)) + 2;
            }
            else if (At("'"))
            {
                // A character: '"' must not open a string.
                var close = i + 1;
                while (close < s.Length && s[close] != '\'')
                {
                    close += s[close] == '\\' ? 2 : 1;
                }

                code.Append("' '");
                i = close + 1;
            }
            else if (s[i] == '"')
            {
                var quotes = CountQuotes(i);
                var verbatim = i > 0 && (s[i - 1] == '@' || (i > 1 && s[i - 2] == '@'));
                int start, end;
                if (quotes >= 3 && !verbatim)
                {
                    // Raw: up to as many quotes as it opened with.
                    start = i + quotes;
                    end = End(s.IndexOf(new string('"', quotes), start, StringComparison.Ordinal));
                    i = end + quotes;
                }
                else
                {
                    start = i + 1;
                    end = start;
                    while (end < s.Length && s[end] != '"')
                    {
                        end += !verbatim && s[end] == '\\' ? 2 : 1;
                        while (verbatim && end + 1 < s.Length && s[end] == '"' && s[end + 1] == '"')
                        {
                            end += 2;
                        }
                    }

                    i = end + 1;
                }

                literals.Add(s[start..Math.Min(end, s.Length)]);
                code.Append("\"\"");
            }
            else
            {
                code.Append(s[i++]);
            }
        }

        return (code.ToString(), literals);

        bool At(string what) => string.CompareOrdinal(s, i, what, 0, what.Length) == 0;

        int End(int found) => found < 0 ? s.Length : found;

        int CountQuotes(int from)
        {
            var count = 0;
            while (from + count < s.Length && s[from + count] == '"')
            {
                count++;
            }

            return count;
        }
    }
}
