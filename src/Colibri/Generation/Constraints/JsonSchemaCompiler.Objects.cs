using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <content>Objects: listed properties in their order, then those whose names are free or match a pattern.</content>
internal sealed partial class JsonSchemaCompiler
{
    private const int MostPatterns = 6;

    private Node Object(IReadOnlyList<SchemaItem> items)
    {
        var place = items[0].Place;
        var (least, most) = JsonSchemaNumbers.Counts(items, "minProperties", "maxProperties");
        var required = items.SelectMany(JsonSchemaObjects.Required).ToHashSet(StringComparer.Ordinal);
        var patterns = items.SelectMany(JsonSchemaObjects.Patterns).Select(p => p.Pattern).Distinct().ToList();
        if (patterns.Count > MostPatterns)
        {
            throw new InputException($"The JSON Schema uses {patterns.Count} patterns in 'patternProperties' at {place}; at most {MostPatterns} are supported.");
        }

        var sets = patterns.ConvertAll(p => (IRegularSet)new RegularNetwork(Pattern(p, place)));
        var properties = new List<(string Name, Node? Value)>();
        foreach (var name in items.SelectMany(JsonSchemaObjects.Properties).Select(p => p.Name).Concat(required).Distinct())
        {
            var value = Value(items, i => JsonSchemaObjects.For(i, name, pattern => Contains(sets[patterns.IndexOf(pattern)], name)));
            if (value is null && required.Contains(name))
            {
                throw new JsonSchemaContradiction($"The JSON Schema requires the property '{name}' at {place}, but neither 'properties' nor 'additionalProperties' allows it.");
            }

            properties.Add((name, value));
        }

        var free = Free(items, properties, patterns, sets);
        if (free is not null && least - properties.Count(p => p.Value is not null) > 1)
        {
            throw new InputException($"The JSON Schema has the minProperties {least} at {place}, where free names would have to differ from each other, which is not supported. List the properties, or ask for fewer.");
        }

        return _json.Object(Members(properties, required, free, least, most));
    }

    // What must hold for a value together, or null where nothing can.
    private Node? Value(IReadOnlyList<SchemaItem> items, Func<SchemaItem, List<SchemaItem>> schemas)
    {
        var all = items.SelectMany(schemas).ToList();
        return all.Exists(s => s.Schema.ValueKind == JsonValueKind.False) ? null : Rule(all);
    }

    // Members whose names the schemas do not list, or null where there are none.
    private Node? Free(IReadOnlyList<SchemaItem> items, List<(string Name, Node? Value)> properties, List<string> patterns, List<IRegularSet> sets)
    {
        // Without a word about further properties, an object that lists some has only these.
        var spoken = items.Any(i => JsonSchemaObjects.Additional(i) is { Schema.ValueKind: not JsonValueKind.False });
        var silent = !items.Any(i => i.Has("properties") || i.Has("patternProperties") || JsonSchemaObjects.Additional(i) is not null
            || (i.Schema.TryGetProperty("unevaluatedProperties", out var u) && u.ValueKind == JsonValueKind.False));
        var names = properties.ConvertAll(p => p.Name);
        var members = new List<Node>();
        if (patterns.Count == 0)
        {
            if ((spoken || silent) && Value(items, i => JsonSchemaObjects.Additional(i) is { } a ? [a] : []) is { } value)
            {
                members.Add(_json.Member(names.Count == 0 ? _json.String : _json.OtherThan(names), value));
            }
        }
        else
        {
            // Names by which patterns they match: what holds for the value follows from that.
            List<IRegularSet> all = [.. sets, new RegularNetwork(names.Count == 0 ? Node.Never : Node.Either([.. names.Select(Node.Text)]))];
            for (var chosen = 0; chosen < 1 << patterns.Count; chosen++)
            {
                var mask = chosen;
                bool In(string pattern) => (mask >> patterns.IndexOf(pattern) & 1) != 0;
                if ((mask == 0 && !spoken) || Value(items, i => ForFree(i, In)) is not { } value)
                {
                    continue;
                }

                var name = RegularProduct.Build(all, member => !member[^1] && Enumerable.Range(0, patterns.Count).All(p => member[p] == ((mask >> p & 1) != 0)),
                    set => set < patterns.Count && (mask >> set & 1) != 0, JsonRules.EscapedSet);
                members.Add(_json.Member(JsonRules.Quoted(name), value));
            }
        }

        return members.Count == 0 ? null : _grammar.Add("further member", Node.Either(members));
    }

    // The schemas of a name that is not listed.
    private static List<SchemaItem> ForFree(SchemaItem item, Func<string, bool> matches)
    {
        var schemas = JsonSchemaObjects.Patterns(item).Where(p => matches(p.Pattern)).Select(p => p.Schema).ToList();
        if (schemas.Count == 0 && JsonSchemaObjects.Additional(item) is { } additional)
        {
            schemas.Add(additional);
        }

        return schemas;
    }

    // A place for each property to come and number of members written, both as far as they matter.
    private Node.Network Members(List<(string Name, Node? Value)> properties, HashSet<string> required, Node? free, int least, int most)
    {
        var cap = Math.Max(Math.Max(least, most), 1);
        var numbers = new Dictionary<(int Next, int Written), int>();
        var open = new Queue<(int Next, int Written)>();
        var places = new List<Node.NetworkPlace>();
        Number((0, 0));
        while (open.TryDequeue(out var state))
        {
            var moves = new List<(Node Part, int Target)>();
            var (next, written) = state;
            var full = most >= 0 && written >= most;
            if (next < properties.Count)
            {
                var (name, value) = properties[next];
                if (value is not null && !full)
                {
                    moves.Add((After(written, _json.Member(Node.Text(JsonRules.Spell(name)), value)), Number((next + 1, Math.Min(written + 1, cap)))));
                }

                if (!required.Contains(name))
                {
                    moves.Add((Node.Nothing, Number((next + 1, written))));
                }
            }
            else if (free is not null && !full)
            {
                // Free names may be equal, and then count once.
                moves.Add((After(written, free), Number((next, Math.Min(written + 1, cap)))));
            }

            places.Add(new Node.NetworkPlace(moves, next == properties.Count && written >= least));
        }

        return new Node.Network(places);

        Node After(int before, Node member) => before == 0 ? member : Node.All(_json.Comma, member);

        int Number((int, int) state)
        {
            if (!numbers.TryGetValue(state, out var number))
            {
                numbers.Add(state, number = numbers.Count);
                open.Enqueue(state);
            }

            return number;
        }
    }

    private static bool Contains(IRegularSet set, string text)
    {
        var state = set.Start;
        foreach (var rune in text.EnumerateRunes())
        {
            state = state < 0 ? -1 : set.Next(state, rune.Value);
        }

        return state >= 0 && set.Accepts(state);
    }
}
