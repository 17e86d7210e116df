using System.Text;
using Spectre.Console;

namespace Colibri.Cli;

/// <summary>
/// Where a command reads and writes: results on <see cref="Out"/>, everything said to a person (progress, notes, errors)
/// on <see cref="Error"/>. Tests hand in their own.
/// </summary>
internal sealed class Terminal : IDisposable
{
    private Action? _interrupt;

    /// <summary>Standard input, byte for byte.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard input, as lines of text. A command reads either this or <see cref="Input"/>.</summary>
    public required TextReader In { get; init; }

    /// <summary>Standard output: UTF-8 without a byte order mark, lines end with one line feed.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Waits for a key where a person types at a terminal that shows what is typed; null elsewhere.</summary>
    public Func<ConsoleKeyInfo>? Keys { get; init; }

    /// <summary>Whether a person types the input.</summary>
    public bool PersonTypes { get; init; }

    /// <summary>Whether a person reads the output as it comes.</summary>
    public bool PersonReads { get; init; }

    /// <summary>Whether a person watches standard error.</summary>
    public bool PersonWatches { get; init; }

    /// <summary>Whether signals to this process are meant for what runs here.</summary>
    public bool TakesSignals { get; init; }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess()
    {
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
        {
            Console.OutputEncoding = Encoding.UTF8;
        }

        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new Terminal
        {
            Input = Console.OpenStandardInput(),
            In = Console.In,
            Out = new StreamWriter(Console.OpenStandardOutput(), utf8, bufferSize: 1 << 14) { NewLine = "\n" },
            Error = new StreamWriter(Console.OpenStandardError(), utf8) { NewLine = "\n", AutoFlush = true },
            TakesSignals = true,
            Keys = Console.IsInputRedirected || Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is "dumb" ? null : () => Console.ReadKey(intercept: true),
            PersonTypes = !Console.IsInputRedirected,
            PersonReads = !Console.IsOutputRedirected,
            PersonWatches = !Console.IsErrorRedirected,
        };
    }

    /// <summary>Until it is disposed, the next Ctrl-C does this instead of ending the command.</summary>
    public IDisposable OnInterrupt(Action stop)
    {
        _interrupt = stop;
        return new Registration(this);
    }

    /// <summary>Ctrl-C: stops what asked to be stopped.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Interrupt()
    {
        var stop = Interlocked.Exchange(ref _interrupt, null);
        stop?.Invoke();
        return stop is not null;
    }

    /// <summary>
    /// A model's text as it may be shown: a model may write anything, so on a person's terminal what would steer it becomes
    /// U+FFFD.
    /// </summary>
    public string Show(string text) =>
        PersonReads && text.Any(IsUnsafe) ? string.Concat(text.Select(c => IsUnsafe(c) ? '\uFFFD' : c)) : text;

    /// <summary>Draws a table or another Spectre figure on standard output; plain text where no person reads it.</summary>
    public void Draw(Spectre.Console.Rendering.IRenderable figure)
    {
        using var drawn = new StringWriter { NewLine = "\n" };
        ConsoleOn(drawn, PersonReads).Write(figure);
        foreach (var line in drawn.ToString().TrimEnd().Split('\n'))
        {
            Out.WriteLine(line.TrimEnd());
        }
    }

    /// <summary>
    /// Does long work while a bar on standard error shows how far it is; where nobody watches, it just does the work.
    /// </summary>
    /// <param name="title">What is being done.</param>
    /// <param name="work">Gets the reporter: a text that says what is done just now (or null), and 0 to 1.</param>
    public T Watch<T>(string title, Func<Action<string?, double>, T> work) =>
        PersonWatches ? Bar().Start(context => work(ReporterOn(context, title))) : work((_, _) => { });

    /// <inheritdoc cref="Watch{T}(string, Func{Action{string?, double}, T})"/>
    public Task<T> WatchAsync<T>(string title, Func<Action<string?, double>, Task<T>> work) =>
        PersonWatches ? Bar().StartAsync(context => work(ReporterOn(context, title))) : work((_, _) => { });

    /// <inheritdoc/>
    public void Dispose()
    {
        Input.Dispose();
        Out.Dispose();
        Error.Dispose();
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) && c is not ('\n' or '\t');

    private static Action<string?, double> ReporterOn(ProgressContext context, string title)
    {
        var task = context.AddTask(Markup.Escape(title), maxValue: 1);
        return (what, done) =>
        {
            task.Description = Markup.Escape(what is null ? title : $"{title}: {what}");
            task.Value = done;
        };
    }

    private Progress Bar() => ConsoleOn(Error, person: true).Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn());

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool person)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = person ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = person ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = person ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!person)
        {
            // Nobody's window limits it: no line of a table may break.
            console.Profile.Width = 200;
        }

        return console;
    }

    private sealed class Registration(Terminal terminal) : IDisposable
    {
        public void Dispose() => terminal._interrupt = null;
    }
}
