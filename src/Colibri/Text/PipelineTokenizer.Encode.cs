using Colibri.Text.Pipeline;
using Colibri.Text.PostProcessors;

namespace Colibri.Text;

/// <content>Encoding.</content>
internal sealed partial class PipelineTokenizer
{
    /// <inheritdoc/>
    public override int[] Encode(ReadOnlySpan<byte> utf8, bool addSpecialTokens = true, bool parseSpecialTokens = true)
    {
        var list = Run(utf8, 0, detailed: false, parseSpecialTokens);
        return parts.PostProcessor is null || !addSpecialTokens
            ? list.Ids
            : TokenList.Join(parts.PostProcessor.Process([list], addSpecialTokens)).Ids;
    }

    private TokenList Run(ReadOnlySpan<byte> utf8, int sequence, bool detailed, bool parseSpecialTokens)
    {
        var workspace = Workspace.Rent();
        try
        {
            workspace.Source.Reset(detailed);
            workspace.Tokens.Reset(detailed);
            SourceReader.Read(utf8, parts.InvalidText, workspace.Source);
            workspace.Pieces.Reset(detailed);
            added.Extract(workspace.Source, parseSpecialTokens, parts.Normalizer, workspace.Normalized, workspace.Pieces);
            parts.PreTokenizer?.Apply(workspace.Pieces);
            Tokenize(workspace.Pieces, workspace.Tokens);
            return ToList(workspace, sequence, detailed);
        }
        finally
        {
            Workspace.Return(workspace);
        }
    }

    private void Tokenize(PreTokenizedText text, TokenSink sink)
    {
        var bytes = text.Text.Bytes;
        var pieces = text.Pieces.Items;
        for (var i = 0; i < pieces.Length; i++)
        {
            var piece = pieces[i];
            sink.StartWord(piece.Start, i);
            if (piece.IsText)
            {
                parts.Model.Tokenize(bytes[piece.Start..piece.End], sink);
            }
            else
            {
                sink.Add(piece.Id, 0, piece.End - piece.Start);
            }
        }
    }

    private static TokenList ToList(Workspace workspace, int sequence, bool detailed)
    {
        var tokens = workspace.Tokens;
        var list = new TokenList { Ids = tokens.Ids.ToArray(), TypeIds = new int[tokens.Count] };
        return list;
    }
}
