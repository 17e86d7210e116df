using System.Text;
using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class JsonSettingsTests
{
    [Fact]
    public void Values_OfEveryKind_AreReadAndChecked()
    {
        var settings = Parse("""
            {"n":32,"whole":4096.0,"power":1e6,"half":0.5,"huge":1e999,"text":"a\u00e9","flag":true,"none":null,
             "list":[1,2.5],"texts":["a","b"],"mixed":[1,"a"],"inner":{"deep":{"x":1}},"big":99999999999}
            """);
        Assert.Equal(32, settings.Required("n"));
        Assert.Equal(4096, settings.Integer("whole"));
        Assert.Equal(1000000, settings.Integer("power"));
        Assert.Equal(99999999999, settings.Integer("big", 0, long.MaxValue));
        Assert.Equal(0.5, settings.Number("half"));
        Assert.Equal("aé", settings.Text("text"));
        Assert.True(settings.Flag("flag"));
        Assert.False(settings.Has("none"));
        Assert.Null(settings.Integer("none"));
        Assert.Equal([1, 2.5], settings.Numbers("list"));
        Assert.Equal([32.0], settings.Numbers("n"));
        Assert.Equal(["a", "b"], settings.Texts("texts"));
        Assert.Equal(1, settings.Section("inner")!.Section("deep")!.Integer("x"));
        Assert.Null(settings.Section("absent"));
        AssertFault("'half'", () => settings.Integer("half"));
        AssertFault("'big'", () => settings.Integer("big"));
        AssertFault("'huge'", () => settings.Number("huge"));
        AssertFault("'text'", () => settings.Number("text"));
        AssertFault("'n'", () => settings.Flag("n"));
        AssertFault("'n'", () => settings.Text("n"));
        AssertFault("'mixed'", () => settings.Numbers("mixed"));
        AssertFault("'mixed'", () => settings.Texts("mixed"));
        AssertFault("'n'", () => settings.Section("n"));
        AssertFault("'absent'", () => settings.Required("absent"));
        AssertFault("'inner.deep.x'", () => settings.Section("inner")!.Section("deep")!.Text("x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{} x")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    public void Parse_WhatIsNoJsonObject_IsAnInputError(string text) => AssertFault("c.json", () => Parse(text));

    [Fact]
    public void Parse_BytesThatAreNoUtf8_AreAnInputError() =>
        AssertFault("UTF-8", () => JsonSettings.Parse([.. "{\"a\":\""u8, 0xff, .. "\"}"u8], "c.json"));

    [Fact]
    public void Parse_ByteOrderMark_IsSkipped() => Assert.Equal(1, Parse("\uFEFF{\"a\":1}").Integer("a"));

    [Fact]
    public void Parse_DeepNesting_IsAnInputError() =>
        AssertFault("c.json", () => Parse("{\"a\":" + new string('[', 100_000)));

    private static JsonSettings Parse(string text) => JsonSettings.Parse(Encoding.UTF8.GetBytes(text), "c.json");

    private static void AssertFault(string expected, Func<object?> act)
    {
        var message = Assert.Throws<InputException>(act).Message;
        Assert.Contains(expected, message);
        Assert.Contains("c.json", message);
        Assert.DoesNotContain('\n', message);
    }
}
