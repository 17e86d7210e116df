using System.Runtime.CompilerServices;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>The variables of one running macro, recursive loop or of the template itself; null where one has no value.</summary>
internal sealed class Activation(int count, Activation? outer)
{
    public TemplateValue?[] Values { get; } = count == 0 ? [] : new TemplateValue?[count];

    public Activation? Outer { get; } = outer;
}

/// <summary>
/// One rendering: walks the tree, writes the output, and counts what the template uses against its limits. The other
/// parts of the class run statements, evaluate expressions and make calls.
/// </summary>
internal sealed partial class Interpreter
{
    // Whatever the limits say, no text grows beyond what .NET can hold.
    private const long LargestText = 512 * 1024 * 1024;

    private readonly TemplateValue?[] _context;
    private readonly long _maxAllocation;
    private readonly long _maxOutput;
    private readonly int _maxCallDepth;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _cancellation;

    private readonly Activation _root;
    private readonly StringBuilder _main = new();
    private StringBuilder _output;
    private StringBuilder? _spare;
    private long _stepsLeft;
    private long _allocated;
    private int _depth;
    private int _callDepth;

    // The node at work, for the place in messages.
    private int _offset;

    public Interpreter(Binding binding, Func<string, TemplateValue?> variables, TemplateLimits limits, long inputLength, TimeProvider clock, CancellationToken cancellation)
    {
        _output = _main;
        _stepsLeft = limits.MaxSteps + inputLength;
        _maxAllocation = Math.Min(limits.MaxAllocation + (limits.InputFactor * inputLength), LargestText);
        _maxOutput = Math.Min(limits.MaxOutput + (4 * inputLength), LargestText);
        _maxCallDepth = limits.MaxCallDepth;
        _clock = clock;
        _cancellation = cancellation;
        _context = new TemplateValue?[binding.ContextNames.Count];
        for (var i = 0; i < _context.Length; i++)
        {
            _context[i] = variables(binding.ContextNames[i]) ?? Globals.Find(binding.ContextNames[i]);
        }

        _root = new Activation(binding.Frame.Count, null);
        Enter(binding.Enter, _root);
    }

    /// <summary>Where in the source the interpreter is at work.</summary>
    public int Offset => _offset;

    /// <summary>The time strftime_now() tells.</summary>
    public DateTimeOffset Now => _clock.GetLocalNow();

    /// <exception cref="TemplateFault">The template failed, or used more than its limits allow.</exception>
    public string Run(Statement[] template)
    {
        Execute(template, _root);
        return _main.ToString();
    }

    /// <summary>Counts work.</summary>
    /// <exception cref="TemplateFault">The rendering has used up its steps.</exception>
    public void Step(int count = 1)
    {
        // Asking for a cancellation costs more than a step; every 4,096th is often enough.
        var before = _stepsLeft;
        _stepsLeft -= count;
        if ((before >> 12) != (_stepsLeft >> 12))
        {
            CheckSteps();
        }
    }

    /// <summary>Counts a pass over so many characters, which costs far less than as many steps.</summary>
    /// <exception cref="TemplateFault">The rendering has used up its steps.</exception>
    public void StepOver(int characters) => Step(1 + (characters >> 5));

    /// <summary>Counts text about to be made.</summary>
    /// <exception cref="TemplateFault">The rendering has made more than it may.</exception>
    public void Allocate(long characters)
    {
        _allocated += characters;
        if (_allocated > _maxAllocation)
        {
            throw new TemplateFault("the template makes more text and lists than it may; it may build them in a loop without end");
        }
    }

    /// <summary>Counts list items about to be made; one weighs as much as sixteen characters.</summary>
    /// <exception cref="TemplateFault">The rendering has made more than it may.</exception>
    public void AllocateItems(long items) => Allocate(16 * items);

    private void CheckSteps()
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_stepsLeft < 0)
        {
            throw new TemplateFault("the template takes more steps than it may; it may loop without end");
        }
    }

    // Guards the recursion of expressions and blocks; macros may multiply what the parser allowed.
    private void Descend()
    {
        if ((++_depth & 15) == 0 && !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault("the template's macros and expressions nest too deeply");
        }
    }

    private void EnterCall()
    {
        if (++_callDepth > _maxCallDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault($"more than {_maxCallDepth} calls inside one another; a macro or recursive loop may call itself without end");
        }
    }

    private void LeaveCall() => _callDepth--;

    private void Write(string text)
    {
        if (_output == _main)
        {
            if (_main.Length + (long)text.Length > _maxOutput)
            {
                throw new TemplateFault($"the prompt grows beyond {_maxOutput} characters");
            }
        }
        else
        {
            Allocate(text.Length);
        }

        _output.Append(text);
    }

    // Output from here on goes to a buffer of its own, until EndCapture.
    private StringBuilder BeginCapture()
    {
        var outer = _output;
        _output = _spare ?? new StringBuilder();
        _spare = null;
        return outer;
    }

    private string EndCapture(StringBuilder outer)
    {
        var text = _output.ToString();
        if (_output.Capacity <= 64 * 1024)
        {
            _spare = _output.Clear();
        }

        _output = outer;
        return text;
    }

    private void Enter(Load[] loads, Activation activation)
    {
        foreach (var load in loads)
        {
            activation.Values[load.Index] = load.Kind switch
            {
                LoadKind.Context => _context[load.Context],
                LoadKind.Outer => Read(load.Source, activation),
                LoadKind.Exported => _root.Values[load.Source.Index] ?? _context[load.Context],
                _ => null,
            };
        }
    }

    private static TemplateValue? Read(Slot slot, Activation activation)
    {
        for (var hops = slot.Hops; hops > 0; hops--)
        {
            activation = activation.Outer!;
        }

        return activation.Values[slot.Index];
    }

    private static void Set(Slot slot, Activation activation, TemplateValue value)
    {
        for (var hops = slot.Hops; hops > 0; hops--)
        {
            activation = activation.Outer!;
        }

        activation.Values[slot.Index] = value;
    }
}
