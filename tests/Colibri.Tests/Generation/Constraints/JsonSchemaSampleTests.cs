using System.Text;
using System.Text.Json;
using Colibri.Generation.Constraints;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class JsonSchemaSampleTests
{
    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, JsonSchemaSamples.All.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Samples_MatchOrNot(int number)
    {
        var (schema, valid, invalid) = JsonSchemaSamples.All[number];
        var constraint = TextConstraint.FromJsonSchema(schema);
        Assert.All(valid.Split('|'), text => Assert.True(constraint.Matches(text), $"{schema}: {text}"));
        Assert.All(invalid.Split('|'), text => Assert.False(constraint.Matches(text), $"{schema}: {text}"));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void RandomWalks_GiveWhatTheSchemaAllows(int number)
    {
        var schema = JsonSchemaSamples.All[number].Schema;
        using var document = JsonDocument.Parse(schema);
        var validator = new JsonSchemaValidator(new JsonSchemaDocument(document.RootElement));
        var constraint = TextConstraint.FromJsonSchema(schema);
        var finished = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            if (Walk(constraint, new Random(seed)) is { } text)
            {
                using var value = JsonDocument.Parse(text);
                Assert.True(validator.Holds(new SchemaItem(document.RootElement, "#", SchemaPart.All), value.RootElement), $"{schema}: {text}");
                finished++;
            }
        }

        Assert.True(finished > 5, $"{finished} finished");
    }

    [Fact]
    public void Validator_AgreesWithTheSamples()
    {
        foreach (var (schema, valid, _) in JsonSchemaSamples.All)
        {
            using var document = JsonDocument.Parse(schema);
            var validator = new JsonSchemaValidator(new JsonSchemaDocument(document.RootElement));
            foreach (var text in valid.Split('|'))
            {
                using var value = JsonDocument.Parse(text);
                Assert.True(validator.Holds(new SchemaItem(document.RootElement, "#", SchemaPart.All), value.RootElement), $"{schema}: {text}");
            }
        }
    }

    // Any way through the grammar; null where it has not ended after some thousand bytes.
    private static string? Walk(TextConstraint constraint, Random random)
    {
        var states = new GrammarStates(constraint.Automaton);
        var state = states.Start;
        var text = new List<byte>();
        while (text.Count < 3000)
        {
            if (state.Accepting && (state.Complete || random.Next(3) == 0))
            {
                return Encoding.UTF8.GetString([.. text]);
            }

            var next = Enumerable.Range(0, 256).Select(b => (Byte: (byte)b, State: states.Step(state, (byte)b))).Where(n => n.State is not null).ToList();

            // Closing ones more often, so that walks end.
            var closing = next.FindAll(n => n.Byte is (byte)'"' or (byte)'}' or (byte)']');
            var chosen = closing.Count > 0 && random.Next(3) == 0 ? closing : next;
            var (value, following) = chosen[random.Next(chosen.Count)];
            text.Add(value);
            state = following!;
        }

        return null;
    }
}
