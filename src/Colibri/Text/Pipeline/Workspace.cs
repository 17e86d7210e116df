namespace Colibri.Text.Pipeline;

/// <summary>
/// The buffers of one encoding, kept per thread and reused, so that short texts allocate little more than their ids.
/// Buffers that one long text made large are given back.
/// </summary>
internal sealed class Workspace
{
    private const long KeptBytes = 4 << 20;

    [ThreadStatic]
    private static Workspace? kept;

    /// <summary>The input, made valid.</summary>
    public TextBuffer Source { get; } = new();

    /// <summary>Room for normalizers.</summary>
    public NormalizedText Normalized { get; } = new();

    /// <summary>The text in pieces.</summary>
    public PreTokenizedText Pieces { get; } = new();

    /// <summary>The tokens.</summary>
    public TokenSink Tokens { get; } = new();

    /// <summary>Takes the thread's workspace, or a new one while that is in use.</summary>
    public static Workspace Rent()
    {
        var workspace = kept ?? new Workspace();
        kept = null;
        return workspace;
    }

    /// <summary>Gives a workspace back.</summary>
    public static void Return(Workspace workspace)
    {
        if (workspace.Source.Capacity + workspace.Normalized.Capacity + workspace.Pieces.Capacity + workspace.Tokens.Capacity <= KeptBytes)
        {
            kept = workspace;
        }
    }
}
