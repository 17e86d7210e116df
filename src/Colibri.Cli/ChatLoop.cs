using Colibri.Generation;

namespace Colibri.Cli;

/// <summary>The conversation of <c>colibri run</c> with a person at the terminal.</summary>
internal sealed class ChatLoop
{
    private const int TokensWithoutTemplate = 128;

    private readonly Terminal _terminal;
    private readonly ChatSession _session;
    private readonly SamplingOptions _sampling;
    private readonly LineEditor? _editor;

    /// <summary>Prepares the conversation.</summary>
    public ChatLoop(Terminal terminal, ChatSession session, SamplingOptions sampling)
    {
        _terminal = terminal;
        _session = session;
        _editor = terminal.Keys is { } keys ? new LineEditor(keys, terminal.Error, Width) : null;

        // A model that was not trained to answer finds no end: it continues for a paragraph.
        _sampling = session.HasTemplate ? sampling : sampling with { MaximumTokens = sampling.MaximumTokens ?? TokensWithoutTemplate };
    }

    /// <summary>Talks until the input ends or /exit.</summary>
    /// <param name="cancellation">Ends the program.</param>
    public async Task RunAsync(CancellationToken cancellation)
    {
        _terminal.Error.WriteLine(_session.HasTemplate
            ? "Type a message; /help lists what else there is."
            : "This model was not trained to chat: it continues the text you type. /help lists what else there is.");
        while (true)
        {
            var line = await Task.Run(ReadLine, CancellationToken.None).WaitAsync(cancellation).ConfigureAwait(false);
            if (line is null || line.Trim() is "/exit" or "/quit")
            {
                return;
            }

            if (line.StartsWith('/'))
            {
                Obey(line.Trim());
            }
            else if (line.Trim().Length > 0)
            {
                await AnswerAsync(line, cancellation).ConfigureAwait(false);
            }
        }
    }

    private string? ReadLine()
    {
        if (_editor is not null)
        {
            return _editor.ReadLine("> ");
        }

        _terminal.Error.Write("> ");
        return _terminal.In.ReadLine();
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private void ShowHistory()
    {
        if (_session.System is { } system)
        {
            _terminal.Error.WriteLine($"system: {_terminal.Show(system)}");
        }

        foreach (var message in _session.Messages)
        {
            _terminal.Error.WriteLine($"{message.Role}: {_terminal.Show(message.Content ?? "")}");
        }

        if (_session.Messages.Count == 0)
        {
            _terminal.Error.WriteLine("Nothing was said yet.");
        }
    }

    private void Obey(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (command, rest) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..].Trim());
        switch (command)
        {
            case "/help":
                _terminal.Error.WriteLine("/history       show what was said");
                _terminal.Error.WriteLine("/reset         begin a new conversation");
                _terminal.Error.WriteLine("/system TEXT   tell the model how to behave, and begin a new conversation");
                _terminal.Error.WriteLine("/exit          end the program (as the end of input does)");
                _terminal.Error.WriteLine("Ctrl-C         stop the answer");
                if (_editor is not null)
                {
                    _terminal.Error.WriteLine("Up, Down       lines typed earlier");
                }

                break;
            case "/history":
                ShowHistory();
                break;
            case "/reset":
                _session.Reset();
                _terminal.Error.WriteLine("A new conversation.");
                break;
            case "/system":
                _session.System = rest.Length == 0 ? null : rest;
                _terminal.Error.WriteLine(rest.Length == 0 ? "A new conversation, without instructions." : "A new conversation, with these instructions.");
                break;
            default:
                _terminal.Error.WriteLine($"There is no {ColibriCommand.OneLine(command)}; /help lists what there is.");
                break;
        }
    }

    private async Task AnswerAsync(string text, CancellationToken cancellation)
    {
        using var answering = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interruption = _terminal.OnInterrupt(answering.Cancel);
        try
        {
            // An answer of its own begins where it begins, not with the space that keeps words apart in the prompt.
            var begun = !_session.HasTemplate;
            await foreach (var token in _session.AskAsync(text, _sampling, answering.Token).ConfigureAwait(false))
            {
                var shown = begun ? token.Text : token.Text.TrimStart();
                begun |= shown.Length > 0;
                _terminal.Out.Write(_terminal.Show(shown));
                await _terminal.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The person has heard enough; the conversation goes on.
            _terminal.Out.Write(" ...");
        }
        catch (InputException e)
        {
            _terminal.Error.WriteLine($"{ColibriCommand.Name}: {ColibriCommand.OneLine(e.Message)}");
            return;
        }

        _terminal.Out.WriteLine();
        await _terminal.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
