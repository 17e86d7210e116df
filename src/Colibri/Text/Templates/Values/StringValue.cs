using System.Text;

namespace Colibri.Text.Templates;

/// <summary>
/// Text. Python counts and cuts text by code points, .NET stores UTF-16: where the text has surrogate pairs, lengths and
/// indices are counted in code points all the same.
/// </summary>
internal sealed class StringValue : TemplateValue
{
    private static readonly StringValue[] SingleCharacters = MakeSingleCharacters();

    private int _length = -1;
    private int _hash;

    public StringValue(string text, bool isMarkup = false)
    {
        Text = text;
        IsMarkup = isMarkup;
    }

    public static StringValue Empty { get; } = new("");

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override string Description => IsMarkup ? "markupsafe.Markup object" : "str object";

    public override bool IsTrue => Text.Length > 0;

    public string Text { get; }

    /// <summary>
    /// Whether the text went through the filters safe or escape. Nothing is escaped on output, but text joined to it with
    /// + is: a quirk of the reference that some templates show.
    /// </summary>
    public bool IsMarkup { get; }

    /// <summary>Length in code points.</summary>
    public int CodePoints => _length >= 0 ? _length : _length = PythonText.CodePoints(Text);

    /// <summary>Whether every code point is one UTF-16 unit, so that indices can be used as they are.</summary>
    public bool IsNarrow => CodePoints == Text.Length;

    public static StringValue Of(char c) => c < 128 ? SingleCharacters[c] : new StringValue(c.ToString());

    public static StringValue Of(string text) =>
        text.Length == 0 ? Empty : text.Length == 1 ? Of(text[0]) : new StringValue(text);

    /// <summary>The same text with the mark of another value.</summary>
    public StringValue Like(string text) => IsMarkup ? new StringValue(text, true) : Of(text);

    /// <summary>Code point number <paramref name="index"/>, which lies within the text.</summary>
    public StringValue At(int index)
    {
        if (IsNarrow)
        {
            return Of(Text[index]);
        }

        var at = PythonText.OffsetOf(Text, index);
        return new StringValue(Text.Substring(at, PythonText.WidthAt(Text, at)));
    }

    public override int Length(Interpreter run) => CodePoints;

    public override ValueIterator Iterate(Interpreter run) => new Characters(Text);

    public override int GetHashCode() => _hash != 0 ? _hash : _hash = string.GetHashCode(Text, StringComparison.Ordinal) | 1;

    public override bool Equals(object? obj) => obj is StringValue other && other.Text == Text;

    private static StringValue[] MakeSingleCharacters()
    {
        var values = new StringValue[128];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = new StringValue(((char)i).ToString());
        }

        return values;
    }

    private sealed class Characters(string text) : ValueIterator
    {
        private int _at;

        public override bool Next(Interpreter run, out TemplateValue value)
        {
            if (_at >= text.Length)
            {
                value = NoneValue.Instance;
                return false;
            }

            run.Step();
            var width = PythonText.WidthAt(text, _at);
            value = width == 1 ? Of(text[_at]) : new StringValue(text.Substring(_at, width));
            _at += width;
            return true;
        }
    }
}

/// <summary>Collects the pieces of a growing text and charges them to the rendering's allowance.</summary>
internal sealed class ChargedText(Interpreter run)
{
    private readonly StringBuilder _text = new();

    public ChargedText Append(string piece)
    {
        run.Allocate(piece.Length);
        _text.Append(piece);
        return this;
    }

    public ChargedText Append(ReadOnlySpan<char> piece)
    {
        run.Allocate(piece.Length);
        _text.Append(piece);
        return this;
    }

    public ChargedText Append(char piece)
    {
        run.Allocate(1);
        _text.Append(piece);
        return this;
    }

    public ChargedText Append(char piece, int count)
    {
        run.Allocate(count);
        _text.Append(piece, count);
        return this;
    }

    public int Length => _text.Length;

    public override string ToString() => _text.ToString();
}
