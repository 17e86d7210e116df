using Colibri.Generation.Constraints;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class JsonSchemaTests
{
    private const string Tree = """{"$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["v"]}},"$ref":"#/$defs/node"}""";

    [Theory]
    [InlineData("true", """{"a":[1,-2.5e3,"x\n\u00e9\ud83d\ude00",null,true,{}],"b":[]}""", """{"a":}|[1,]|01|"\x"|"\ud800"|{a:1}|nul""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"null"}},"required":["b"]}""",
        """{"b":"x"}|{"a":1,"b":""}|{"a": 1, "b": "x", "c": null}|{ "b":"x","c":null }""", """{}|{"a":1}|{"b":"x","a":1}|{"b":"x",}|{,"b":"x"}|{"b":"x","d":1}|{"b":1}""")]
    [InlineData("""{"properties":{"a":{"const":1},"ab":{"const":2}},"additionalProperties":{"type":"boolean"}}""",
        """{}|{"a":1}|{"a":1,"x":true}|{"abc":true}|{"ab":2,"b":false,"c":true}|{"":true}""", """{"a":true}|{"ab":true}|{"x":1}|{"\u0061":true}|{"b":false,"a":1}""")]
    [InlineData("""{"type":"object","required":["z"]}""", """{"z":1}|{"z":[],"y":2}""", """{}|{"y":1}""")]
    [InlineData("""{"type":"array","items":{"type":"boolean"},"minItems":1,"maxItems":3}""", """[true]|[true, false]|[true,true,true]""", """[]|[true,true,true,true]|[1]|[true false]""")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1},{"const":2}],"items":{"const":3},"minItems":1,"maxItems":4}""", "[1]|[1,2]|[1,2,3]|[1,2,3,3]", "[]|[2]|[1,3]|[1,2,3,3,3]")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1}],"items":false}""", "[]|[1]", "[1,1]|[2]")]
    [InlineData("""{"maxItems":0}""", "[]|[ ]", "[1]|{}")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", """ "ab"|"é\n"|"\u0041bc"|"😀\ud83d\ude00" """, """ ""|"a"|"abcd" """)]
    [InlineData("""{"type":"string","pattern":"^[a-z]+\"\\d$"}""", """ "ab\"1" """, """ "ab1"|"ab"1"|"\"1" """)]
    [InlineData("""{"pattern":"x|^y"}""", """ "x"|"axb"|"yes" """, """ "ay"|"" """)]
    [InlineData("""{"type":["string","null"]}""", """ "a"|null """, "1|true")]
    [InlineData("""{"enum":["a\"b",1,null,[1,{"x":2}]]}""", """ "a\"b"|1|null|[1,{"x":2}] """, """ "a"|2|[1] """)]
    [InlineData("""{"type":"string","enum":["a",1]}""", "\"a\"", "1")]
    [InlineData("""{"enum":[1,2],"const":2}""", "2", "1")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}]}""", """null|{"next":{"next":null}}""", """{"next":1}|{}""")]
    [InlineData(Tree, """{"v":1}|{"v":1,"kids":[{"v":2},{"v":3,"kids":[]}]}""", """{"kids":[]}|{"v":1,"kids":[1]}""")]
    [InlineData("""{"oneOf":[{"const":1},{"const":2}],"description":"either"}""", "1|2", "3")]
    [InlineData("""{"allOf":[{"type":"null"}]}""", "null", "1")]
    [InlineData("""{"format":"date"}""", """ "2024-02-28"|"1999-12-31" """, """ "2024-02-30"|"1999-13-01"|"x" """)]
    [InlineData("""{"type":"string","format":"uuid"}""", """ "123e4567-e89b-12d3-a456-426614174000" """, """ "123e4567" """)]
    [InlineData("""{"properties":{"a/b~c":{"const":1},"d":{"$ref":"#/properties/a~1b~0c"}},"required":["d"]}""", """{"d":1}""", """{"d":2}""")]
    [InlineData("""{"type":"integer"}""", "0|-12|123456", "01|1.5|1e3")]
    public void FromJsonSchema_Texts_MatchOrNot(string schema, string matching, string others)
    {
        var constraint = TextConstraint.FromJsonSchema(schema);
        Assert.All(matching.Trim().Split('|'), text => Assert.True(constraint.Matches(text), text));
        Assert.All(others.Trim().Split('|'), text => Assert.False(constraint.Matches(text), text));
    }

    [Theory]
    [InlineData("{", "no JSON")]
    [InlineData("3", "an object, true or false")]
    [InlineData("false", "No text")]
    [InlineData("""{"not":{}}""", "'not'")]
    [InlineData("""{"propertyNames":{}}""", "'propertyNames'")]
    [InlineData("""{"multipleOf":0}""", "multipleOf")]
    [InlineData("""{"multipleOf":1009}""", "multipleOf")]
    [InlineData("""{"multipleOf":"x"}""", "'multipleOf'")]
    [InlineData("""{"type":"integer","multipleOf":7,"minimum":1,"maximum":6}""", "no multiple")]
    [InlineData("""{"minProperties":2}""", "minProperties")]
    [InlineData("""{"minProperties":"2"}""", "minProperties")]
    [InlineData("""{"type":"array","items":{"enum":[1,2]},"uniqueItems":true,"minItems":3}""", "only 2 values")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "'oneOf'")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"string","pattern":"a"}]}""", "options 0 and 1")]
    [InlineData("""{"oneOf":[{},{"type":"null"}]}""", "'oneOf'")]
    [InlineData("""{"oneOf":[{"required":["a"]},{"required":["b"]}]}""", "'oneOf'")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"null"}]}""", "No text")]
    [InlineData("""{"allOf":[{"not":{}}]}""", "'not' at #/allOf/0")]
    [InlineData("""{"allOf":{}}""", "a list of schemas")]
    [InlineData("""{"allOf":[]}""", "empty list")]
    [InlineData("""{"patternProperties":{"(":{}}}""", "pattern")]
    [InlineData("""{"uniqueItems":1}""", "'uniqueItems'")]
    [InlineData("""{"type":"string","pattern":"(ab?){900}","maxLength":100000}""", "too large")]
    [InlineData("""{"$ref":"#nowhere"}""", "not there")]
    [InlineData("""{"$defs":{"x":{"anyOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}]}},"type":"array","uniqueItems":true,"items":{"$ref":"#/$defs/x"}}""", "'uniqueItems'")]
    [InlineData("""{"$defs":{"x":{"anyOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}]}},"enum":[{"a":1}],"properties":{"a":{"$ref":"#/$defs/x"}}}""", "too many")]
    [InlineData("""{"oneOf":[{"$ref":"#"},{"$ref":"#"},{"type":"null"}]}""", "'oneOf'")]
    [InlineData("""{"$defs":{"n":{"oneOf":[{"type":"object","properties":{"a":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"},"c":{"$ref":"#/$defs/n"}}},{"type":"object","properties":{"a":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"},"d":{"$ref":"#/$defs/n"}}},{"type":"object","properties":{"c":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"},"e":{"$ref":"#/$defs/n"}}}]}},"$ref":"#/$defs/n"}""", "'oneOf'")]
    [InlineData("""{"allOf":[{"anyOf":[{"type":"null"},{"$ref":"#"}]}]}""", "left recursion")]
    [InlineData("""{"if":{}}""", "'if'")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "'uniqueItems'")]
    [InlineData("""{"type":"array","contains":{}}""", "'contains'")]
    [InlineData("""{"dependentRequired":{}}""", "'dependentRequired'")]
    [InlineData("""{"unheardOf":1}""", "'unheardOf'")]
    [InlineData("""{"properties":{"a":{"not":{}}}}""", "#/properties/a")]
    [InlineData("""{"type":"string","format":"idn-email"}""", "idn-email")]
    [InlineData("""{"pattern":"(?=a)"}""", "look-ahead")]
    [InlineData("""{"type":"strin"}""", "strin")]
    [InlineData("""{"type":[]}""", "empty list of types")]
    [InlineData("""{"enum":[]}""", "allows no value")]
    [InlineData("""{"anyOf":[]}""", "empty list")]
    [InlineData("""{"$ref":"other.json"}""", "other.json")]
    [InlineData("""{"$ref":"#/nothing"}""", "not there")]
    [InlineData("""{"$ref":"#"}""", "No text")]
    [InlineData("""{"minItems":3,"maxItems":1}""", "minItems 3")]
    [InlineData("""{"minItems":-1}""", "whole number")]
    [InlineData("""{"minItems":2,"prefixItems":[{}],"items":false}""", "asks for 2 items")]
    [InlineData("""{"required":["a"],"additionalProperties":false}""", "'a'")]
    [InlineData("""{"properties":[]}""", "'properties'")]
    [InlineData("""{"type":"string","maxLength":1000000}""", "too large")]
    [InlineData("""{"properties":{"a":{"$ref":"#"}},"required":["a"]}""", "No text")]
    public void FromJsonSchema_WhatIsNotHeld_IsNamed(string schema, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => TextConstraint.FromJsonSchema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void FromJsonSchema_ManyOptionalProperties_StaySmall()
    {
        var properties = string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"p{i}\":{{\"type\":\"integer\"}}"));
        var constraint = TextConstraint.FromJsonSchema("{\"properties\":{" + properties + "}}");
        Assert.True(constraint.Matches("{\"p3\":1,\"p250\":2}"));
        Assert.False(constraint.Matches("{\"p250\":1,\"p3\":2}"));
    }

    [Fact]
    public void FromJsonSchema_DeepNesting_IsAnErrorAndNoCrash()
    {
        var schema = string.Concat(Enumerable.Repeat("{\"items\":", 10_000)) + "{}" + new string('}', 10_000);
        Assert.Throws<InputException>(() => TextConstraint.FromJsonSchema(schema));
    }
}
