namespace Colibri.Text.Files;

/// <summary>What a SentencePiece model file (tokenizer.model, spiece.model) holds (sentencepiece_model.proto).</summary>
internal sealed class SentencePieceProto
{
    private SentencePieceProto(string file) => File = file;

    /// <summary>The file, for errors.</summary>
    public string File { get; }

    /// <summary>The pieces by id.</summary>
    public List<Piece> Pieces { get; } = [];

    /// <summary>Whether the model is byte-pair encoding; else it is a unigram model.</summary>
    public bool IsBpe { get; private set; }

    /// <summary>Whether unknown characters come out as bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Whether added spaces go after a text.</summary>
    public bool SpaceIsSuffix { get; private set; }

    /// <summary>The compiled normalization rules; empty for none.</summary>
    public byte[] Rules { get; private set; } = [];

    /// <summary>Whether a space is put before a text.</summary>
    public bool AddsDummyPrefix { get; private set; } = true;

    /// <summary>Whether spaces at the ends and repeated ones go.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Whether spaces become U+2581.</summary>
    public bool EscapesSpaces { get; private set; } = true;

    /// <summary>The text of the beginning-of-text token.</summary>
    public string BeginOfText { get; private set; } = "<s>";

    /// <summary>The text of the end-of-text token.</summary>
    public string EndOfText { get; private set; } = "</s>";

    /// <summary>Parses a file's bytes.</summary>
    /// <exception cref="InputException">They are not such a model.</exception>
    public static SentencePieceProto Parse(ReadOnlySpan<byte> data, string file)
    {
        var model = new SentencePieceProto(file);
        var reader = new ProtobufReader(data, file);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    model.Pieces.Add(ReadPiece(reader.AsBytes(), file));
                    break;
                case 2:
                    model.ReadTrainer(reader.AsBytes());
                    break;
                case 3:
                    model.ReadNormalizer(reader.AsBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return model.Pieces.Count > 0 ? model : throw new InputException($"{file}: not a SentencePiece model: it has no pieces.");
    }

    private static Piece ReadPiece(ReadOnlySpan<byte> data, string file)
    {
        var reader = new ProtobufReader(data, file);
        var text = Array.Empty<byte>();
        var score = 0f;
        var type = (long)GgufTokenType.Normal;
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.AsBytes().ToArray();
                    break;
                case 2:
                    score = reader.AsFloat();
                    break;
                case 3:
                    type = reader.AsInteger();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (text.Length == 0 || !System.Text.Unicode.Utf8.IsValid(text) || float.IsNaN(score)
            || type is < (long)GgufTokenType.Normal or > (long)GgufTokenType.Byte)
        {
            throw new InputException($"{file}: a piece has the text '{System.Text.Encoding.UTF8.GetString(text)}', the score {score} and the type {type}; text, a number and a type from 1 to 6 are expected.");
        }

        return new Piece(text, score, (GgufTokenType)type);
    }

    private void ReadTrainer(ReadOnlySpan<byte> data)
    {
        var reader = new ProtobufReader(data, File);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 3:
                    var type = reader.AsInteger();
                    IsBpe = type switch
                    {
                        1 => false,
                        2 => true,
                        _ => throw new InputException($"{File}: model type {type}; 1 (unigram) or 2 (BPE) is expected."),
                    };
                    break;
                case 24:
                    SpaceIsSuffix = reader.AsInteger() != 0;
                    break;
                case 35:
                    ByteFallback = reader.AsInteger() != 0;
                    break;
                case 46:
                    BeginOfText = System.Text.Encoding.UTF8.GetString(reader.AsBytes());
                    break;
                case 47:
                    EndOfText = System.Text.Encoding.UTF8.GetString(reader.AsBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> data)
    {
        var reader = new ProtobufReader(data, File);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 2:
                    Rules = reader.AsBytes().ToArray();
                    break;
                case 3:
                    AddsDummyPrefix = reader.AsInteger() != 0;
                    break;
                case 4:
                    RemovesExtraSpaces = reader.AsInteger() != 0;
                    break;
                case 5:
                    EscapesSpaces = reader.AsInteger() != 0;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>A piece: its text (UTF-8), score and type.</summary>
    internal readonly record struct Piece(byte[] Text, float Score, GgufTokenType Type);
}
