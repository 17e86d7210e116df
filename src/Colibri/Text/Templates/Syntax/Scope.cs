namespace Colibri.Text.Templates;

/// <summary>Where a variable is kept: so many function frames out from the current one, and its place there.</summary>
internal readonly record struct Slot(int Hops, int Index);

/// <summary>The variables of one macro, call block, recursive loop or of the template itself.</summary>
internal sealed class FunctionFrame(FunctionFrame? outer)
{
    public FunctionFrame? Outer { get; } = outer;

    /// <summary>How many variables an activation holds.</summary>
    public int Count { get; private set; }

    public int Allocate() => Count++;
}

internal enum LoadKind
{
    /// <summary>The variable starts without a value.</summary>
    Clear,

    /// <summary>It starts as what the caller of the template gave under its name.</summary>
    Context,

    /// <summary>It starts as the variable of the same name further out.</summary>
    Outer,

    /// <summary>It starts as the template's own variable of the name, else as what the caller gave.</summary>
    Exported,
}

/// <summary>How a variable starts when its scope is entered.</summary>
/// <param name="Index">The variable's place in the current frame.</param>
/// <param name="Kind">What it starts as.</param>
/// <param name="Source">For <see cref="LoadKind.Outer"/> and <see cref="LoadKind.Exported"/> the other variable.</param>
/// <param name="Context">For <see cref="LoadKind.Context"/> and <see cref="LoadKind.Exported"/> the number of the name.</param>
internal readonly record struct Load(int Index, LoadKind Kind, Slot Source = default, int Context = -1);

/// <summary>
/// The names of one scope, found as Jinja finds them: by the order in which the template's text first reads or assigns
/// them. That order is visible: in a loop's body a variable that is assigned starts each turn anew from the scope around
/// it, and what is assigned inside does not leave.
/// </summary>
internal sealed class Scope
{
    private readonly Scope? _parent;
    private readonly Scope? _base;
    private readonly Dictionary<string, int> _slots;
    private readonly Dictionary<string, int> _refs = [];
    private readonly Dictionary<string, (LoadKind Kind, bool Parameter)> _loads = [];
    private readonly HashSet<string> _stores = [];

    public Scope(Scope? parent, FunctionFrame frame)
    {
        _parent = parent;
        Frame = frame;
        _slots = [];
    }

    // A branch of an if: sees what the scope knows so far, and keeps to itself what it adds.
    private Scope(Scope whole)
    {
        _parent = whole._parent;
        _base = whole;
        Frame = whole.Frame;
        _slots = whole._slots;
    }

    public FunctionFrame Frame { get; }

    public Scope Branch() => new(this);

    /// <summary>The name is read here.</summary>
    public void Load(string name)
    {
        if (!Knows(name))
        {
            Define(name, LoadKind.Context);
        }
    }

    /// <summary>The name is assigned here.</summary>
    public void Store(string name)
    {
        _stores.Add(name);
        if (!KnowsItself(name))
        {
            Define(name, _parent?.Knows(name) == true ? LoadKind.Outer : LoadKind.Clear);
        }
    }

    /// <summary>The name is a parameter or loop target here: it has its value when the scope is entered.</summary>
    public int Declare(string name)
    {
        _stores.Add(name);
        _refs[name] = SlotOf(name);
        _loads[name] = (default, true);
        return _refs[name];
    }

    /// <summary>
    /// Takes in what the branches of an if added. A name that not every branch assigns starts as what is visible under it
    /// around the if.
    /// </summary>
    public void Join(Scope first, Scope second, Scope third)
    {
        var assigned = new Dictionary<string, int>();
        foreach (var branch in (ReadOnlySpan<Scope>)[first, second, third])
        {
            foreach (var name in branch._stores)
            {
                if (!Stores(name))
                {
                    assigned[name] = assigned.GetValueOrDefault(name) + 1;
                }
            }
        }

        foreach (var branch in (ReadOnlySpan<Scope>)[first, second, third])
        {
            foreach (var (name, index) in branch._refs)
            {
                _refs[name] = index;
            }

            foreach (var (name, load) in branch._loads)
            {
                _loads[name] = load;
            }

            _stores.UnionWith(branch._stores);
        }

        foreach (var (name, count) in assigned)
        {
            if (count < 3)
            {
                _loads[name] = (_parent?.Knows(name) == true ? LoadKind.Outer : LoadKind.Context, false);
            }
        }
    }

    /// <summary>Whether the name is one of this scope's or of those around it.</summary>
    public bool Knows(string name)
    {
        for (var scope = this; scope is not null; scope = scope._parent)
        {
            if (scope.KnowsItself(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where the name is kept, seen from a frame at or inside this scope's.</summary>
    public Slot Find(string name, FunctionFrame from)
    {
        for (var scope = this; scope is not null; scope = scope._parent)
        {
            if (scope._refs.TryGetValue(name, out var index))
            {
                var hops = 0;
                for (var frame = from; frame != scope.Frame; frame = frame.Outer!)
                {
                    hops++;
                }

                return new Slot(hops, index);
            }
        }

        throw new InvalidOperationException($"The name {name} was not collected.");
    }

    /// <summary>How the scope's variables start.</summary>
    public Load[] Loads(Func<string, int> contextIndex, Scope? exporter = null)
    {
        var loads = new List<Load>();
        foreach (var (name, (kind, parameter)) in _loads)
        {
            var index = _refs[name];
            if (parameter)
            {
                continue;
            }

            loads.Add(kind switch
            {
                LoadKind.Outer => new Load(index, kind, _parent!.Find(name, Frame)),
                LoadKind.Context when exporter?._refs.TryGetValue(name, out var exported) == true =>
                    new Load(index, LoadKind.Exported, new Slot(0, exported), contextIndex(name)),
                LoadKind.Context => new Load(index, kind, Context: contextIndex(name)),
                _ => new Load(index, kind),
            });
        }

        return [.. loads];
    }

    private bool Stores(string name)
    {
        for (var layer = this; layer is not null; layer = layer._base)
        {
            if (layer._stores.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    private bool KnowsItself(string name)
    {
        for (var layer = this; layer is not null; layer = layer._base)
        {
            if (layer._refs.ContainsKey(name))
            {
                return true;
            }
        }

        return false;
    }

    private void Define(string name, LoadKind kind)
    {
        _refs[name] = SlotOf(name);
        _loads[name] = (kind, false);
    }

    private int SlotOf(string name)
    {
        if (!_slots.TryGetValue(name, out var index))
        {
            index = Frame.Allocate();
            _slots.Add(name, index);
        }

        return index;
    }
}
