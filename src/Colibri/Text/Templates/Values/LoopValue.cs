namespace Colibri.Text.Templates;

/// <summary>The variable loop of a running for.</summary>
internal sealed class LoopValue : TemplateValue
{
    private static readonly Operation Cycle = new("cycle", static (Interpreter _, TemplateValue self, in CallArguments arguments) =>
    {
        arguments.RefuseNamed("cycle");
        return arguments.Positional.Length > 0
            ? arguments.Positional[((LoopValue)self).Index0 % arguments.Positional.Length]
            : throw new TemplateFault("no items for cycling given");
    });

    private static readonly Operation Changed = new("changed", static (Interpreter run, TemplateValue self, in CallArguments arguments) =>
    {
        arguments.RefuseNamed("changed");
        return ((LoopValue)self).HasChanged(run, new TupleValue(arguments.Positional));
    });

    private readonly ForStatement _loop;
    private readonly Activation? _outer;
    private readonly int _depth;
    private ValueIterator _source;
    private int _length;
    private TemplateValue? _previous;
    private TemplateValue? _current;
    private TemplateValue? _ahead;
    private TupleValue? _lastChanged;

    /// <param name="source">The items.</param>
    /// <param name="length">How many there are, or -1 where that is not known beforehand.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="outer">For a recursive loop, the variables around it.</param>
    /// <param name="depth">The level of a recursive loop, from 0.</param>
    public LoopValue(ValueIterator source, int length, ForStatement loop, Activation? outer, int depth)
    {
        _source = source;
        _length = length;
        _loop = loop;
        _outer = outer;
        _depth = depth;
        Items = new Turns(this);
    }

    public override string TypeName => "LoopContext";

    public override string Description => "jinja2.runtime.LoopContext object";

    public override bool IsCallable => true;

    /// <summary>The turn, from 0.</summary>
    public int Index0 { get; private set; } = -1;

    /// <summary>The items, each noted here as the loop comes to it.</summary>
    public ValueIterator Items { get; }

    /// <summary>Runs a recursive loop's body over other items.</summary>
    public override TemplateValue Call(Interpreter run, in CallArguments arguments)
    {
        if (_outer is null)
        {
            throw new TemplateFault("the loop must have the 'recursive' marker to be called recursively");
        }

        return arguments is { Positional.Length: 1, Named.Length: 0 }
            ? StringValue.Of(run.RunRecursive(_loop, arguments.Positional[0], _outer, _depth + 1))
            : throw new TemplateFault("loop() takes one argument, what to go over");
    }

    public override int Length(Interpreter run)
    {
        if (_length < 0)
        {
            // What is not known beforehand is read to the end and kept.
            var rest = new List<TemplateValue>();
            while (_source.Next(run, out var item))
            {
                run.AllocateItems(1);
                rest.Add(item);
            }

            _source = new ListIterator(rest);
            _length = rest.Count + Index0 + 1 + (_ahead is null ? 0 : 1);
        }

        return _length;
    }

    public override TemplateValue? Attribute(Interpreter run, string name) => name switch
    {
        "index" => IntValue.Of(Index0 + 1),
        "index0" => IntValue.Of(Index0),
        "revindex" => IntValue.Of(Length(run) - Index0),
        "revindex0" => IntValue.Of(Length(run) - Index0 - 1),
        "first" => BoolValue.Of(Index0 == 0),
        "last" => BoolValue.Of(Peek(run) is null),
        "length" => IntValue.Of(Length(run)),
        "depth" => IntValue.Of(_depth + 1),
        "depth0" => IntValue.Of(_depth),
        "previtem" => _previous ?? UndefinedValue.Because("there is no previous item"),
        "nextitem" => Peek(run) ?? UndefinedValue.Because("there is no next item"),
        "cycle" => new MethodValue(this, Cycle),
        "changed" => new MethodValue(this, Changed),
        _ => null,
    };

    private TemplateValue? Peek(Interpreter run)
    {
        if (_ahead is null && _source.Next(run, out var item))
        {
            _ahead = item;
        }

        return _ahead;
    }

    private BoolValue HasChanged(Interpreter run, TupleValue values)
    {
        if (_lastChanged is not null && Equality.Equal(run, _lastChanged, values))
        {
            return BoolValue.False;
        }

        _lastChanged = values;
        return BoolValue.True;
    }

    private sealed class Turns(LoopValue loop) : ValueIterator
    {
        public override bool Next(Interpreter run, out TemplateValue value)
        {
            if (loop._ahead is { } ahead)
            {
                value = ahead;
                loop._ahead = null;
            }
            else if (!loop._source.Next(run, out value))
            {
                return false;
            }

            loop.Index0++;
            loop._previous = loop._current;
            loop._current = value;
            return true;
        }
    }
}
