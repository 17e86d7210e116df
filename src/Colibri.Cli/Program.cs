using Colibri.Cli;

using var terminal = Terminal.OfProcess();
return await ColibriCommand.RunAsync(args, terminal).ConfigureAwait(false);
