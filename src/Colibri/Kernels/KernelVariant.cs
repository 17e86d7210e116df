namespace Colibri.Kernels;

/// <summary>One way of computing an operation.</summary>
/// <typeparam name="T">The operation.</typeparam>
/// <param name="Name">The recipe, for example <c>portable-512</c>.</param>
/// <param name="Needs">What the processor must have, as a person would say it.</param>
/// <param name="IsSupported">Whether this processor has it.</param>
/// <param name="Create">Makes the kernel.</param>
internal sealed record KernelVariant<T>(string Name, string Needs, bool IsSupported, Func<T> Create);

/// <summary>An operation as listings show it, without its type.</summary>
internal interface IKernelList
{
    /// <summary>The operation's name.</summary>
    string Operation { get; }

    /// <summary>Names of all variants, plainest first, with what each needs and whether it can run here.</summary>
    IReadOnlyList<(string Name, string Needs, bool IsSupported)> Variants { get; }

    /// <summary>The variant a selection gives, and why.</summary>
    (string Name, string Reason) Choose(KernelSelection selection);

    /// <summary>Makes the kernel of that variant.</summary>
    object Make(KernelSelection selection);
}

/// <summary>The variants of one operation, plainest first; the last supported one is the best.</summary>
/// <typeparam name="T">The operation.</typeparam>
/// <param name="operation">The operation's name, for listings and errors.</param>
/// <param name="variants">All variants, plainest first.</param>
internal sealed class KernelList<T>(string operation, params KernelVariant<T>[] variants) : IKernelList
{
    /// <inheritdoc/>
    public string Operation => operation;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Needs, bool IsSupported)> Variants { get; } =
        [.. variants.Select(v => (v.Name, v.Needs, v.IsSupported))];

    /// <summary>Makes the kernel that the selection asks for.</summary>
    /// <exception cref="InputException">The forced variant is unknown here or not supported by this processor.</exception>
    public T Select(KernelSelection selection) => Find(selection).Create();

    /// <inheritdoc/>
    object IKernelList.Make(KernelSelection selection) => Select(selection)!;

    /// <inheritdoc/>
    public (string Name, string Reason) Choose(KernelSelection selection)
    {
        var chosen = Find(selection);
        var better = variants.SkipWhile(v => v != chosen).Skip(1).FirstOrDefault(v => !v.IsSupported);
        var reason = selection.Forced is not null ? $"forced by {KernelSelection.Variable}={selection.Forced}"
            : better is null ? "the fastest there is"
            : $"the fastest supported; {better.Name} needs {better.Needs}";
        return (chosen.Name, reason);
    }

    private KernelVariant<T> Find(KernelSelection selection)
    {
        // Only some operations are worth assembling; the others then compute as they would unforced.
        if (selection.Forced is not { } forced
            || (forced.StartsWith(KernelSelection.Assembled, StringComparison.Ordinal) && KernelSet.Knows(forced) && variants.All(v => v.Name != forced)))
        {
            return variants.Last(v => v.IsSupported);
        }

        // A name more exact than this operation's variants ("portable-256-vnni" for a norm) means the nearest shorter one.
        for (var name = forced; name.Length > 0; name = name[..Math.Max(0, name.LastIndexOf('-'))])
        {
            if (name != forced && !KernelSet.Knows(forced))
            {
                // No operation has it, so it is a slip of the pen and not a more exact name.
                break;
            }

            var exact = variants.Where(v => v.Name == name).ToList();
            var matching = exact.Count > 0 ? exact : variants.Where(v => v.Name.StartsWith(name + "-", StringComparison.Ordinal)).ToList();
            if (matching.Count > 0)
            {
                return matching.LastOrDefault(v => v.IsSupported)
                    ?? (exact.Count == 0 ? Plainer(matching[0]) : null)
                    ?? throw new InputException($"{KernelSelection.Variable}={forced}: it cannot run here; {operation} {matching[^1].Name} needs {matching[^1].Needs}.");
            }
        }

        throw new InputException($"{KernelSelection.Variable}={forced}: {operation} has no such variant. Known: {string.Join(", ", KernelSet.Names)}, or the first part of one.");
    }

    // "portable-512" means the 512-bit variants of all operations. Where an operation's own needs more than that name says
    // (portable-512-vnni), and the processor lacks it, the widest plainer one of the same kind computes.
    private KernelVariant<T>? Plainer(KernelVariant<T> unsupported)
    {
        var kind = unsupported.Name.Split('-')[0];
        return variants.TakeWhile(v => v != unsupported).LastOrDefault(v => v.IsSupported && v.Name.Split('-')[0] == kind);
    }
}

/// <summary>Which variants to use: the best ones, or those of one name.</summary>
/// <param name="Forced">A variant's name or the first part of it, or null for the best.</param>
internal sealed record KernelSelection(string? Forced)
{
    /// <summary>The environment variable that forces a variant.</summary>
    public const string Variable = "COLIBRI_KERNELS";

    /// <summary>The name of variants that are machine code written at run time.</summary>
    public const string Assembled = "assembled";

    /// <summary>The best variants.</summary>
    public static KernelSelection Best { get; } = new((string?)null);

    /// <summary>What the environment asks for.</summary>
    public static KernelSelection FromEnvironment()
    {
        var value = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(value) ? Best : new KernelSelection(value.Trim());
    }
}
