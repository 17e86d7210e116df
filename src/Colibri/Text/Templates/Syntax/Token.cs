namespace Colibri.Text.Templates;

internal enum TokenKind
{
    /// <summary>Text outside of tags, white space control applied.</summary>
    Text,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Tilde,
    LeftBracket,
    RightBracket,
    LeftParenthesis,
    RightParenthesis,
    LeftBrace,
    RightBrace,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Assign,
    Dot,
    Colon,
    Pipe,
    Comma,
    Semicolon,
    End,
}

/// <summary>One token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A name, a text's characters (escapes resolved), or an operator as written.</param>
/// <param name="Offset">Where it starts in the source.</param>
/// <param name="Value">The value of a number or a string.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Offset, TemplateValue? Value = null)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    /// <summary>The token as messages call it.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Text => "text",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.OutputBegin => "'{{'",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.String => "a string",
        TokenKind.Integer or TokenKind.Float => "a number",
        _ => $"'{PythonText.OneLine(Text, 40)}'",
    };
}
