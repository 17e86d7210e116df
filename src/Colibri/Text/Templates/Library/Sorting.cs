namespace Colibri.Text.Templates;

/// <summary>Python's sorted(): stable, asking only "is b less than a", and ending whatever the values answer.</summary>
internal static class Sorting
{
    /// <summary>The items in the order of their keys; equal keys keep their order, reversed or not.</summary>
    /// <exception cref="TemplateFault">Two keys cannot be compared.</exception>
    public static List<TemplateValue> Sort(Interpreter run, IReadOnlyList<TemplateValue> items, IReadOnlyList<TemplateValue> keys, bool reverse)
    {
        run.AllocateItems(3L * items.Count);
        var order = new int[items.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        var spare = new int[order.Length];
        Merge(run, keys, order, spare, reverse);
        var sorted = new List<TemplateValue>(order.Length);
        foreach (var index in order)
        {
            sorted.Add(items[index]);
        }

        return sorted;
    }

    private static void Merge(Interpreter run, IReadOnlyList<TemplateValue> keys, Span<int> order, Span<int> spare, bool reverse)
    {
        if (order.Length < 2)
        {
            return;
        }

        var middle = order.Length / 2;
        Merge(run, keys, order[..middle], spare[..middle], reverse);
        Merge(run, keys, order[middle..], spare[middle..], reverse);
        order.CopyTo(spare);
        int left = 0, right = middle;
        for (var i = 0; i < order.Length; i++)
        {
            // The right one goes first only where it is strictly before the left one.
            var takeRight = left == middle || (right < order.Length && (reverse
                ? Less(run, keys[spare[left]], keys[spare[right]])
                : Less(run, keys[spare[right]], keys[spare[left]])));
            order[i] = spare[takeRight ? right++ : left++];
        }
    }

    private static bool Less(Interpreter run, TemplateValue a, TemplateValue b) => Equality.Compare(run, a, b, "<") < 0;
}
