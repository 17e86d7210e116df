using System.Globalization;
using Colibri.Generation.Constraints;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class NumberRangeTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    [InlineData(5, 5)]
    [InlineData(7, 123)]
    [InlineData(-120, -7)]
    [InlineData(-35, 1004)]
    [InlineData(99, 101)]
    [InlineData(1000, null)]
    [InlineData(null, -17)]
    [InlineData(null, 250)]
    public void Between_Integers_AreExactlyThoseWithin(int? low, int? high)
    {
        var schema = "{\"type\":\"integer\"" + (low is null ? "" : $",\"minimum\":{low}") + (high is null ? "" : $",\"maximum\":{high}") + "}";
        var constraint = TextConstraint.FromJsonSchema(schema);
        for (var i = -1300; i <= 1300; i++)
        {
            Assert.True(((low ?? i) <= i && i <= (high ?? i)) == constraint.Matches(i.ToString(CultureInfo.InvariantCulture)), $"{i} in {schema}");
        }

        Assert.False(constraint.Matches("-0"));
        Assert.False(constraint.Matches("007"));
        Assert.False(constraint.Matches("5.0"));
    }

    [Theory]
    [InlineData("\"minimum\":0.5,\"maximum\":2.25")]
    [InlineData("\"exclusiveMinimum\":0,\"exclusiveMaximum\":1")]
    [InlineData("\"minimum\":-1.05,\"exclusiveMaximum\":3")]
    [InlineData("\"exclusiveMinimum\":-2.5,\"maximum\":-0.1")]
    [InlineData("\"minimum\":9.99,\"maximum\":10.01")]
    [InlineData("\"minimum\":1.5,\"maximum\":1.5")]
    [InlineData("\"exclusiveMinimum\":1.25")]
    public void Between_Decimals_AreExactlyThoseWithin(string limits)
    {
        var constraint = TextConstraint.FromJsonSchema("{\"type\":\"number\"," + limits + "}");
        using var parsed = System.Text.Json.JsonDocument.Parse("{" + limits + "}");
        decimal Limit(string name, decimal otherwise) => parsed.RootElement.TryGetProperty(name, out var value) ? value.GetDecimal() : otherwise;
        var matches = 0;
        for (var i = -12_000; i <= 12_000; i++)
        {
            var value = i / 1000m;
            var within = value >= Limit("minimum", -100) && value <= Limit("maximum", 100) && value > Limit("exclusiveMinimum", -100) && value < Limit("exclusiveMaximum", 100);
            foreach (var text in new[] { value.ToString("0.000", CultureInfo.InvariantCulture), value.ToString("0.###", CultureInfo.InvariantCulture) })
            {
                // Minus zero is never written, and at a limit zeros need not go on for ever.
                var padded = text.EndsWith('0') && text.Contains('.', StringComparison.Ordinal);
                if (!(value == 0 && text[0] == '-') && (!padded || !within))
                {
                    Assert.True(within == constraint.Matches(text), $"{text} in {limits}");
                }
            }

            matches += within ? 1 : 0;
        }

        Assert.True(matches > 0);
    }

    [Theory]
    [InlineData("\"minimum\":2,\"maximum\":1", "no number")]
    [InlineData("\"exclusiveMinimum\":1,\"maximum\":1", "no number")]
    [InlineData("\"minimum\":1e40", "1e18")]
    [InlineData("\"minimum\":\"1\"", "a number is expected")]
    public void Between_NothingLeft_IsAnError(string limits, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => TextConstraint.FromJsonSchema("{\"type\":\"number\"," + limits + "}")).Message, StringComparison.Ordinal);
}
