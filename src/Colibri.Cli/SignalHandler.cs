using System.Runtime.InteropServices;

namespace Colibri.Cli;

/// <summary>
/// Ctrl-C and requests to end, as long as the command runs. The first one stops an answer, where one is being given, or
/// asks the work to stop and clean up; a second one ends the process at once.
/// </summary>
internal sealed class SignalHandler : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Begins to listen.</summary>
    /// <param name="terminal">Knows whether there is an answer to stop.</param>
    /// <param name="work">Stops the work.</param>
    public SignalHandler(Terminal terminal, CancellationTokenSource work)
    {
        void Handle(PosixSignalContext context)
        {
            if (context.Signal == PosixSignal.SIGINT && terminal.Interrupt())
            {
                context.Cancel = true;
                return;
            }

            // A signal that is not cancelled does what it always does: it ends the process.
            context.Cancel = !work.IsCancellationRequested;
            work.Cancel();
        }

        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
