using System.Globalization;
using System.Text.Json;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>
/// The parts that JSON texts are made of (RFC 8259). White space is at most a space, or a line break with indentation, and
/// numbers have at most 16 digits on each side of the point: no text can go on for ever without meaning anything.
/// </summary>
internal sealed class JsonRules
{
    private static readonly CodePointRanges Raw = CodePointRanges.Of((0, 0x1F), ('"', '"'), ('\\', '\\')).Negate();

    private readonly Grammar _grammar;
    private Node? _value;

    /// <summary>Adds the rules to a grammar.</summary>
    public JsonRules(Grammar grammar)
    {
        _grammar = grammar;
        var digit = Node.OneOf(('0', '9'));
        var hex = Node.OneOf(('0', '9'), ('A', 'F'), ('a', 'f'));
        var notSurrogate = Node.Either(
            Node.All(Node.OneOf(('0', '9'), ('A', 'C'), ('E', 'F'), ('a', 'c'), ('e', 'f')), hex, hex, hex),
            Node.All(Node.OneOf(('D', 'D'), ('d', 'd')), Node.OneOf(('0', '7')), hex, hex));
        var pair = Node.All(
            Node.OneOf(('D', 'D'), ('d', 'd')), Node.OneOf(('8', '9'), ('A', 'B'), ('a', 'b')), hex, hex,
            Node.Text("\\u"), Node.OneOf(('D', 'D'), ('d', 'd')), Node.OneOf(('C', 'F'), ('c', 'f')), hex, hex);
        var escape = Node.All(Node.Text("\\"), Node.Either(
            new Node.Characters(CodePointRanges.OfEach("\"\\/bfnrt")),
            Node.All(Node.Text("u"), Node.Either(notSurrogate, pair))));
        Space = grammar.Add("space", Node.Optional(Node.Either(
            Node.Text(" "),
            Node.All(Node.Text("\n"), new Node.Repeat(Node.OneOf((' ', ' '), ('\t', '\t')), 0, 20)))));
        Character = grammar.Add("character", Node.Either(new Node.Characters(Raw), escape));
        String = grammar.Add("string", Quoted(new Node.Repeat(Character, 0, -1)));
        var whole = Node.All(Node.Optional(Node.Text("-")), Node.Either(Node.Text("0"), Node.All(Node.OneOf(('1', '9')), new Node.Repeat(digit, 0, 15))));
        Integer = grammar.Add("integer", whole);
        Number = grammar.Add("number", Node.All(
            whole,
            Node.Optional(Node.All(Node.Text("."), new Node.Repeat(digit, 1, 16))),
            Node.Optional(Node.All(Node.OneOf(('E', 'E'), ('e', 'e')), Node.Optional(Node.OneOf(('+', '+'), ('-', '-'))), new Node.Repeat(digit, 1, 2)))));
    }

    /// <summary>White space, or nothing.</summary>
    public Node Space { get; }

    /// <summary>One character of a string, escaped or not.</summary>
    public Node Character { get; }

    /// <summary>Any string.</summary>
    public Node String { get; }

    /// <summary>Any integer of up to 16 digits.</summary>
    public Node Integer { get; }

    /// <summary>Any number.</summary>
    public Node Number { get; }

    /// <summary>Any value.</summary>
    public Node Value
    {
        get
        {
            if (_value is null)
            {
                var rule = _grammar.Declare("value");
                _value = new Node.Rule(rule);
                _grammar.Define(rule, Node.Either(
                    Object(Members(Member(String, _value))), Array(Node.Optional(List(_value, 0, -1))), String, Number,
                    Node.Text("true"), Node.Text("false"), Node.Text("null")));
            }

            return _value;
        }
    }

    /// <summary>A string of given content.</summary>
    public static Node Quoted(Node content) => Node.All(Node.Text("\""), content, Node.Text("\""));

    /// <summary>A string's text, escaped and quoted.</summary>
    public static string Spell(string text)
    {
        var spelled = new System.Text.StringBuilder("\"");
        foreach (var c in text)
        {
            spelled.Append(c is '"' or '\\' ? "\\" + c : c < 0x20 ? Control(c) : c.ToString());
        }

        return spelled.Append('"').ToString();
    }

    /// <summary>A value spelled without white space.</summary>
    public static string Spell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject().Select(p => Spell(p.Name) + ":" + Spell(p.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Spell)) + "]",
        JsonValueKind.String => Spell(value.GetString()!),
        _ => value.GetRawText(),
    };

    /// <summary>An expression over a string's characters as one over its spelling within quotes.</summary>
    public static Node Escaped(Node node) => node switch
    {
        Node.Characters characters => EscapedSet(characters.Set),
        Node.Sequence sequence => new Node.Sequence([.. sequence.Parts.Select(Escaped)]),
        Node.Choice choice => new Node.Choice([.. choice.Options.Select(Escaped)]),
        Node.Repeat repeat => repeat with { Part = Escaped(repeat.Part) },
        _ => node,
    };

    /// <summary>An object with given content.</summary>
    public Node Object(Node members) => Node.All(Node.Text("{"), Space, members, Node.Text("}"));

    /// <summary>A name with its value.</summary>
    public Node Member(Node name, Node value) => Node.All(name, Node.Text(":"), Space, value, Space);

    /// <summary>Any number of members.</summary>
    public Node Members(Node member) => Node.Optional(Node.All(member, new Node.Repeat(Node.All(Comma, member), 0, -1)));

    /// <summary>An array with given content.</summary>
    public Node Array(Node elements) => Node.All(Node.Text("["), Space, elements, Node.Text("]"));

    /// <summary>A comma and the space behind it.</summary>
    public Node Comma => Node.All(Node.Text(","), Space);

    /// <summary>At least one element; <paramref name="most"/> -1 is without limit.</summary>
    public Node List(Node element, int least, int most) =>
        Node.All(element, Space, new Node.Repeat(Node.All(Comma, element, Space), Math.Max(0, least - 1), most < 0 ? -1 : most - 1));

    /// <summary>Strings that are none of some names, for further members of an object. They have no escapes, so no name is hidden in one.</summary>
    public Node OtherThan(IEnumerable<string> names)
    {
        var rest = new Node.Repeat(new Node.Characters(Raw), 0, -1);
        var root = new NameTree();
        foreach (var name in names)
        {
            var place = root;
            foreach (var rune in name.EnumerateRunes())
            {
                if (!place.Next.TryGetValue(rune.Value, out var next))
                {
                    place.Next.Add(rune.Value, next = new NameTree());
                }

                place = next;
            }

            place.IsName = true;
        }

        // From the leaves up, each as a rule, so that long names do not nest.
        var order = new List<NameTree> { root };
        for (var i = 0; i < order.Count; i++)
        {
            order.AddRange(order[i].Next.Values);
        }

        for (var i = order.Count - 1; i >= 0; i--)
        {
            var place = order[i];
            var others = Raw.Except(CodePointRanges.Of(place.Next.Keys.Select(c => (c, c))));
            var options = new List<Node> { Node.All(new Node.Characters(others), rest) };
            options.AddRange(place.Next.Where(n => Raw.Contains(n.Key)).Select(n => Node.All(new Node.Characters(CodePointRanges.Of(n.Key)), n.Value.Node!)));
            if (!place.IsName)
            {
                options.Add(Node.Nothing);
            }

            place.Node = _grammar.Add("other name", Node.Either(options));
        }

        return Quoted(root.Node!);
    }

    /// <summary>The spellings of a set's characters within quotes.</summary>
    public static Node EscapedSet(CodePointRanges set)
    {
        var options = new List<Node> { new Node.Characters(set.Except(Raw.Negate())) };
        for (var c = 0; c < 0x20; c++)
        {
            if (set.Contains(c))
            {
                options.Add(Node.Text(Control((char)c)));
            }
        }

        options.AddRange("\"\\".Where(c => set.Contains(c)).Select(c => Node.Text("\\" + c)));
        return Node.Either(options);
    }

    private static string Control(char c) => c switch
    {
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
    };

    private sealed class NameTree
    {
        public SortedDictionary<int, NameTree> Next { get; } = [];

        public bool IsName { get; set; }

        public Node? Node { get; set; }
    }
}
