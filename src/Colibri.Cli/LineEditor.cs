using System.Globalization;
using System.Text;

namespace Colibri.Cli;

/// <summary>
/// Reads lines a person types: moving and deleting within the line, and earlier lines by the arrow keys. Draws with the
/// control sequences every terminal of today has.
/// </summary>
/// <param name="readKey">Waits for a key.</param>
/// <param name="screen">Where the line is drawn.</param>
/// <param name="width">The terminal's width in columns.</param>
internal sealed class LineEditor(Func<ConsoleKeyInfo> readKey, TextWriter screen, Func<int> width)
{
    private readonly List<string> _history = [];
    private readonly StringBuilder _line = new();
    private string _prompt = "";
    private string _draft = "";
    private int _cursor;
    private int _row;
    private int _chosen;

    /// <summary>Reads a line.</summary>
    /// <param name="prompt">What stands before it.</param>
    /// <returns>The line, or null at the end of input (Ctrl-D on an empty line).</returns>
    public string? ReadLine(string prompt)
    {
        (_prompt, _draft, _cursor, _row, _chosen) = (prompt, "", 0, 0, _history.Count);
        _line.Clear();
        Draw();
        while (true)
        {
            var key = readKey();
            if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
            {
                _cursor = _line.Length;
                Draw();
                screen.Write("\r\n");
                return Keep(_line.ToString());
            }

            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _line.Length == 0)
            {
                screen.Write("\r\n");
                return null;
            }

            Press(key);
            if (_cursor == 0 || !char.IsHighSurrogate(_line[_cursor - 1]))
            {
                Draw();
            }
        }
    }

    private string Keep(string line)
    {
        if (line.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
        }

        return line;
    }

    private void Press(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = control ? WordBefore() : Before(_cursor);
                break;
            case ConsoleKey.RightArrow:
                _cursor = control ? WordBehind() : Behind(_cursor);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _cursor = _line.Length;
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when control:
                Choose(_chosen - 1);
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when control:
                Choose(_chosen + 1);
                break;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when control:
                Remove(Before(_cursor), _cursor);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                Remove(_cursor, Behind(_cursor));
                break;
            case ConsoleKey.U when control:
                Remove(0, _cursor);
                break;
            case ConsoleKey.K when control:
                Remove(_cursor, _line.Length);
                break;
            case ConsoleKey.W when control:
                Remove(WordBefore(), _cursor);
                break;
            default:
                var c = key.KeyChar == '\t' ? ' ' : key.KeyChar;
                if (c != 0 && !char.IsControl(c))
                {
                    _line.Insert(_cursor++, c);
                }

                break;
        }
    }

    // An earlier line; the one begun is kept while others are looked at.
    private void Choose(int number)
    {
        if (number < 0 || number > _history.Count)
        {
            return;
        }

        _draft = _chosen == _history.Count ? _line.ToString() : _draft;
        _chosen = number;
        _line.Clear().Append(number == _history.Count ? _draft : _history[number]);
        _cursor = _line.Length;
    }

    private void Remove(int from, int to)
    {
        _line.Remove(from, to - from);
        _cursor = from;
    }

    private int Before(int place)
    {
        var starts = StringInfo.ParseCombiningCharacters(_line.ToString());
        return starts.Where(s => s < place).DefaultIfEmpty(0).Max();
    }

    private int Behind(int place)
    {
        var starts = StringInfo.ParseCombiningCharacters(_line.ToString());
        return starts.Where(s => s > place).DefaultIfEmpty(_line.Length).Min();
    }

    private int WordBefore()
    {
        var place = _cursor;
        while (place > 0 && char.IsWhiteSpace(_line[place - 1]))
        {
            place--;
        }

        while (place > 0 && !char.IsWhiteSpace(_line[place - 1]))
        {
            place--;
        }

        return place;
    }

    private int WordBehind()
    {
        var place = _cursor;
        while (place < _line.Length && char.IsWhiteSpace(_line[place]))
        {
            place++;
        }

        while (place < _line.Length && !char.IsWhiteSpace(_line[place]))
        {
            place++;
        }

        return place;
    }

    // Back to where the prompt begins, all of it anew, and the cursor to its place.
    private void Draw()
    {
        var columns = Math.Max(2, width());
        var text = _line.ToString();
        var drawn = new StringBuilder();
        drawn.Append(_row > 0 ? $"\e[{_row}A" : "").Append("\r\e[J").Append(_prompt).Append(text);
        var end = Place(_prompt + text, columns);
        if (end.Column == 0 && end.Row > 0)
        {
            // A full row is left only with the next character.
            drawn.Append("\r\n");
        }

        var cursor = Place(_prompt + text[.._cursor], columns);
        drawn.Append(end.Row > cursor.Row ? $"\e[{end.Row - cursor.Row}A" : "").Append('\r').Append(cursor.Column > 0 ? $"\e[{cursor.Column}C" : "");
        _row = cursor.Row;
        screen.Write(drawn);
        screen.Flush();
    }

    private static (int Row, int Column) Place(string text, int columns)
    {
        var (row, column) = (0, 0);
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            var size = Columns(elements.GetTextElement());
            if (column + size > columns)
            {
                (row, column) = (row + 1, 0);
            }

            column += size;
        }

        return column == columns ? (row + 1, 0) : (row, column);
    }

    // East Asian characters and pictures are two columns wide.
    private static int Columns(string element) => Rune.TryGetRuneAt(element, 0, out var rune) && rune.Value is
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD) ? 2 : 1;
}
