using Colibri.Execution.Steps;
using Colibri.Formats;

namespace Colibri.Execution.Profiling;

/// <summary>What a step is called in profiles: what it does, and the part its weights play in the model.</summary>
/// <param name="Operation">The kind of operation, for example <c>linear</c>.</param>
/// <param name="Weights">
/// The weights without the number of their block, for example <c>attn_q+attn_k+attn_v</c>; empty where there are none.
/// </param>
internal readonly record struct StepLabel(string Operation, string Weights)
{
    /// <summary>The label of a compiled step.</summary>
    public static StepLabel Of(Step step)
    {
        var names = step.Operations.SelectMany(o => o switch
        {
            LinearOperation linear => [linear.Weight],
            NormOperation norm => [norm.Spec.Weight],
            _ => (IEnumerable<Weight>)o.Weights,
        }).Select(w => Part(w.Name)).Distinct();
        return new StepLabel(step.Name, Join(names));
    }

    /// <inheritdoc/>
    public override string ToString() => Weights.Length == 0 ? Operation : $"{Operation} {Weights}";

    /// <summary>
    /// <c>blk.3.attn_q.weight</c> is attn_q and <c>model.layers.3.self_attn.q_proj.weight</c> self_attn.q_proj; outside of
    /// the blocks, where nothing is numbered, the last word is enough.
    /// </summary>
    internal static string Part(string tensor)
    {
        var words = tensor.Split('.').ToList();
        if (words.Count > 1 && words[^1] is "weight" or "bias")
        {
            words.RemoveAt(words.Count - 1);
        }

        var number = words.FindIndex(word => word.Length > 0 && word.All(char.IsAsciiDigit));
        return number >= 0 && number + 1 < words.Count ? string.Join('.', words.Skip(number + 1)) : words[^1];
    }

    /// <summary>self_attn.q_proj and self_attn.k_proj become self_attn.q_proj+k_proj.</summary>
    private static string Join(IEnumerable<string> names)
    {
        var joined = "";
        var last = "";
        foreach (var name in names)
        {
            var path = name[..(name.LastIndexOf('.') + 1)];
            joined += joined.Length == 0 ? name : path.Length > 0 && path == last ? "+" + name[path.Length..] : "+" + name;
            last = path;
        }

        return joined;
    }
}
