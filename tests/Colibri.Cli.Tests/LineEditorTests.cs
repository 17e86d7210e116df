using Xunit;

namespace Colibri.Cli.Tests;

public sealed class LineEditorTests
{
    [Theory]
    [InlineData("abc⏎", "abc")]
    [InlineData("ac←b⏎", "abc")]
    [InlineData("abx⌫c⏎", "abc")]
    [InlineData("xab⇤⌦→→c⏎", "abc")]
    [InlineData("one two^W2⏎", "one 2")]
    [InlineData("one two^Uthree⏎", "three")]
    [InlineData("one two^A^Kx⏎", "x")]
    [InlineData("😀é⌫⌫x⏎", "x")]
    [InlineData("⌫←→⌦↑↓a⏎", "a")]
    [InlineData("^D", null)]
    public void ReadLine_Keys_EditTheLine(string keys, string? expected) => Assert.Equal([expected], Read(keys, 80, out _));

    [Fact]
    public void ReadLine_Arrows_BringEarlierLinesBackAndKeepTheOneBegun()
    {
        Assert.Equal(["first", "second", "first", "second!", "begun"], Read("first⏎second⏎↑↑⏎↑↑!⏎begun↑↑↓↓⏎", 80, out _));
        Assert.Equal(["same", "", "same", "same"], Read("same⏎⏎↑⏎↑⏎", 80, out _));
    }

    [Fact]
    public void ReadLine_LongerThanTheScreen_IsDrawnFromItsFirstRow()
    {
        // Prompt and text fill a row of ten columns exactly; the next character begins another.
        Read("12345678", 10, out var screen);
        Assert.EndsWith("\r\e[J> 12345678\r\n\r", screen, StringComparison.Ordinal);
        Read("123456789", 10, out screen);
        Assert.EndsWith("\e[1A\r\e[J> 123456789\r\e[1C", screen, StringComparison.Ordinal);
        Read("東京東京東", 10, out screen);
        Assert.EndsWith("\e[1A\r\e[J> 東京東京東\r\e[2C", screen, StringComparison.Ordinal);
    }

    private static List<string?> Read(string keys, int width, out string screen)
    {
        var pressed = new Queue<ConsoleKeyInfo>(Keys(keys));
        using var drawn = new StringWriter();
        var editor = new LineEditor(() => pressed.TryDequeue(out var key) ? key : throw new EndOfStreamException(), drawn, () => width);
        var lines = new List<string?>();
        try
        {
            while (pressed.Count > 0)
            {
                lines.Add(editor.ReadLine("> "));
            }
        }
        catch (EndOfStreamException)
        {
            // The keys are used up.
        }

        screen = drawn.ToString();
        return lines;
    }

    private static IEnumerable<ConsoleKeyInfo> Keys(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var key = text[i] switch
            {
                '⏎' => ConsoleKey.Enter,
                '←' => ConsoleKey.LeftArrow,
                '→' => ConsoleKey.RightArrow,
                '↑' => ConsoleKey.UpArrow,
                '↓' => ConsoleKey.DownArrow,
                '⌫' => ConsoleKey.Backspace,
                '⌦' => ConsoleKey.Delete,
                '⇤' => ConsoleKey.Home,
                _ => ConsoleKey.None,
            };
            yield return text[i] == '^' ? new ConsoleKeyInfo('\0', Enum.Parse<ConsoleKey>(text[++i].ToString()), false, false, true)
                : new ConsoleKeyInfo(key == ConsoleKey.None ? text[i] : '\0', key, false, false, false);
        }
    }
}
