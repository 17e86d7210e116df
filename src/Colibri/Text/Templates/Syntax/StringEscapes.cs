using System.Globalization;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>The escapes of string literals, as the reference reads them: Python's, unknown ones left as they stand.</summary>
internal static class StringEscapes
{
    /// <exception cref="TemplateFault">An escape by number is cut short or too large, or one by name is used.</exception>
    public static string Resolve(ReadOnlySpan<char> text, int offset)
    {
        if (!text.Contains('\\'))
        {
            return text.ToString();
        }

        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var c = text[at++];
            if (c != '\\')
            {
                result.Append(c);
                continue;
            }

            c = text[at++];
            switch (c)
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    result.Append(c);
                    break;
                case 'a':
                    result.Append('\a');
                    break;
                case 'b':
                    result.Append('\b');
                    break;
                case 'f':
                    result.Append('\f');
                    break;
                case 'n':
                    result.Append('\n');
                    break;
                case 'r':
                    result.Append('\r');
                    break;
                case 't':
                    result.Append('\t');
                    break;
                case 'v':
                    result.Append('\v');
                    break;
                case >= '0' and <= '7':
                    var octal = c - '0';
                    for (var i = 0; i < 2 && at < text.Length && text[at] is >= '0' and <= '7'; i++)
                    {
                        octal = (octal * 8) + (text[at++] - '0');
                    }

                    result.Append((char)octal);
                    break;
                case 'x':
                    Hexadecimal(result, text, ref at, 2, offset);
                    break;
                case 'u':
                    Hexadecimal(result, text, ref at, 4, offset);
                    break;
                case 'U':
                    Hexadecimal(result, text, ref at, 8, offset);
                    break;
                case 'N':
                    throw new TemplateFault("characters by name (\\N{...}) are not supported; write the character itself") { Offset = offset };
                case > '\x7f':
                    // The reference spells such characters as escapes first, so that a backslash before one doubles up.
                    at--;
                    Rune.DecodeFromUtf16(text[at..], out var rune, out var width);
                    at += width;
                    result.Append(rune.Value switch
                    {
                        < 0x100 => $"\\x{rune.Value:x2}",
                        < 0x10000 => $"\\u{rune.Value:x4}",
                        _ => $"\\U{rune.Value:x8}",
                    });
                    break;
                default:
                    result.Append('\\').Append(c);
                    break;
            }
        }

        return result.ToString();
    }

    private static void Hexadecimal(StringBuilder result, ReadOnlySpan<char> text, ref int at, int digits, int offset)
    {
        if (at + digits > text.Length || !uint.TryParse(text.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            throw new TemplateFault($"an escape in the string is cut short: {digits} hexadecimal digits are expected") { Offset = offset };
        }

        at += digits;
        if (code < 0x10000)
        {
            result.Append((char)code);
        }
        else
        {
            result.Append(Rune.IsValid(code) ? new Rune(code).ToString()
                : throw new TemplateFault("an escape in the string names no Unicode character") { Offset = offset });
        }
    }
}
