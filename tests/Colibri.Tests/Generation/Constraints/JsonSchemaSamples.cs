namespace Colibri.Tests.Generation.Constraints;

/// <summary>Schemas with texts that they allow and texts that they do not, a text on each side of '|'.</summary>
internal static class JsonSchemaSamples
{
    public static readonly (string Schema, string Valid, string Invalid)[] All =
    [
        // Combinations.
        ("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"boolean"}},"required":["b"]}]}""", """{"a":1,"b":true}""", """{"a":1}|{"b":true}"""),
        ("""{"type":"object","properties":{"k":{"const":1}},"allOf":[{"properties":{"k":{"type":"integer","maximum":5},"l":{"maxLength":2}}}],"required":["k"]}""", """{"k":1}|{"k":1,"l":"xy"}""", """{"k":2}|{"k":1,"l":"xyz"}"""),
        ("""{"allOf":[{"type":"integer","minimum":3},{"type":"number","maximum":12},{"multipleOf":4}]}""", "4|8|12", "0|3|16|5"),
        ("""{"allOf":[{"minLength":2},{"maxLength":3},{"type":"string"}]}""", "\"ab\"|\"abc\"", "\"a\"|\"abcd\""),
        ("""{"allOf":[{"enum":[1,2,3,"x"]},{"enum":[2,3,4,"x"]},{"type":"integer"}]}""", "2|3", "1|4|\"x\""),
        ("""{"allOf":[{"anyOf":[{"type":"string"},{"type":"integer"}]},{"anyOf":[{"type":"integer"},{"type":"null"}]}]}""", "0|-17", "\"\"|null"),
        ("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"anyOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1}|{"b":1}|{"a":1,"b":2}""", "{}"),
        ("""{"$defs":{"base":{"type":"object","properties":{"id":{"type":"integer","minimum":0,"maximum":99}},"required":["id"]}},"$ref":"#/$defs/base","properties":{"name":{"type":"string","maxLength":3}},"required":["name"]}""", """{"id":7,"name":"abc"}""", """{"id":7}|{"name":"x"}"""),
        ("""{"oneOf":[{"type":"string","maxLength":2},{"type":"integer","minimum":0},{"type":"null"}]}""", "\"ab\"|5|null", "true|-1"),
        ("""{"oneOf":[{"type":"object","properties":{"kind":{"const":"cat"},"lives":{"type":"integer","minimum":1,"maximum":9}},"required":["kind","lives"]},{"type":"object","properties":{"kind":{"const":"dog"},"good":{"const":true}},"required":["kind"]}]}""", """{"kind":"cat","lives":9}|{"kind":"dog"}|{"kind":"dog","good":true}""", """{"kind":"cat"}|{"kind":"cow"}|{}"""),
        ("""{"oneOf":[{"type":"integer","maximum":4},{"type":"integer","minimum":5,"maximum":9}]}""", "4|5|-3", "10"),
        ("""{"oneOf":[{"type":"object","properties":{"a":{"type":"null"}},"required":["a"],"additionalProperties":false},{"type":"object","properties":{"b":{"type":"null"}},"required":["b"],"additionalProperties":false}]}""", """{"a":null}|{"b":null}""", """{}|{"a":null,"b":null}"""),
        ("""{"oneOf":[{"enum":["a","b"]},{"enum":["c",1]},{"type":"array","maxItems":1,"items":{"type":"null"}}]}""", "\"a\"|\"c\"|1|[]|[null]", "\"d\"|2"),
        ("""{"type":"object","properties":{"v":{"$ref":"#/$defs/v"}},"required":["v"],"$defs":{"v":{"oneOf":[{"type":"null"},{"type":"array","items":{"$ref":"#/$defs/v"},"maxItems":2}]}}}""", """{"v":null}|{"v":[null,[null]]}""", """{"v":1}|{"v":[null,null,null]}"""),
        ("""{"definitions":{"t":{"$anchor":"tree","type":"object","properties":{"l":{"$ref":"#tree"},"n":{"type":"integer","minimum":0,"maximum":5}},"required":["n"]}},"$ref":"#/definitions/t"}""", """{"n":1}|{"l":{"n":2},"n":1}""", "{}"),
        ("""{"$id":"https://example.org/s","type":"array","items":{"anyOf":[{"type":"null"},{"$ref":"https://example.org/s#"}]},"maxItems":2}""", "[]|[null,[null]]", "[1]"),
        ("""{"anyOf":[{"type":"integer"},{"type":"null"}],"title":"T","default":null,"examples":[1]}""", "1|null", "\"x\""),
        ("""{"type":"string","nullable":true,"maxLength":1}""", "null|\"a\"", "1"),
        ("""{"type":["integer","string","null"],"maximum":3,"minimum":0,"maxLength":1}""", "3|\"x\"|null", "4|\"xx\"|true"),

        // Numbers.
        ("""{"type":"integer","multipleOf":3}""", "0|3|-9|123456", "1|-4|03|1.5"),
        ("""{"type":"integer","multipleOf":7,"minimum":20,"maximum":100000}""", "21|700|99995", "14|20|100002"),
        ("""{"type":"integer","multipleOf":1000,"exclusiveMinimum":-3000,"exclusiveMaximum":3000}""", "0|-2000|2000|1000", "3000|-3000|500"),
        ("""{"type":"number","multipleOf":0.01,"minimum":0,"maximum":20}""", "0|0.01|19.99|20|5.5|5.50|20.00", "0.001|20.01|-0.01|5."),
        ("""{"type":"number","multipleOf":0.25}""", "0|0.25|-1.5|7|7.75|0.50", "0.1|0.3|7.80"),
        ("""{"type":"number","multipleOf":2.5,"exclusiveMinimum":-5,"maximum":5}""", "-2.5|0|2.5|5", "-5|1|7.5"),
        ("""{"type":"integer","multipleOf":0.5,"minimum":1,"maximum":12}""", "1|2|12", "0|13|1.5"),
        ("""{"type":"integer","multipleOf":1.5,"minimum":1,"maximum":12}""", "3|12", "1|2|1.5"),
        ("""{"type":"integer","minimum":-5,"exclusiveMaximum":5}""", "-5|0|4", "5|-6"),
        ("""{"type":"number","minimum":5,"exclusiveMinimum":true}""", "5.5|6", "5|4"),
        ("""{"type":"integer","format":"int32"}""", "2147483647|-2147483648|0", "2147483648"),

        // Strings.
        ("""{"type":"string","pattern":"^[a-z]+$","minLength":2,"maxLength":4}""", "\"ab\"|\"abcd\"", "\"a\"|\"abcde\"|\"A1\""),
        ("""{"type":"string","allOf":[{"pattern":"^a"},{"pattern":"z$"}],"maxLength":5}""", "\"az\"|\"abcdz\"", "\"a\"|\"abcdez\"|\"bz\""),
        ("""{"type":"string","minLength":3,"maxLength":3}""", "\"abc\"|\"é😀x\"", "\"ab\"|\"abcd\""),
        ("""{"type":"string","format":"date"}""", "\"2024-02-29\"|\"2000-02-29\"|\"1999-12-31\"", "\"2023-02-29\"|\"1900-02-29\"|\"2024-13-01\"|\"0000-01-01\""),
        ("""{"type":"string","format":"date-time"}""", "\"2024-05-06T07:08:09Z\"|\"2024-05-06T07:08:09.123+02:00\"", "\"2024-05-06\"|\"2024-05-06T25:08:09Z\""),
        ("""{"type":"string","format":"time"}""", "\"07:08:09Z\"|\"23:59:59.5-01:30\"", "\"07:08\"|\"24:00:00Z\""),
        ("""{"type":"string","format":"email"}""", "\"a.b+c@example.org\"", "\"a\"|\"a@\"|\"a b@c.d\"|\".a@b.c\""),
        ("""{"type":"string","format":"ipv4"}""", "\"0.0.0.0\"|\"255.10.1.9\"", "\"256.1.1.1\"|\"1.2.3\"|\"01.2.3.4\""),
        ("""{"type":"string","format":"ipv6"}""", "\"::\"|\"::1\"|\"2001:db8::8a2e:370:7334\"|\"1:2:3:4:5:6:7:8\"|\"::ffff:1.2.3.4\"|\"1::\"", "\"1\"|\":::\"|\"1:2:3:4:5:6:7:8:9\"|\"1::2::3\"|\"12345::\""),
        ("""{"type":"string","format":"uri"}""", "\"https://example.org/a?b=c#d\"|\"mailto:a@b.c\"|\"urn:isbn:1\"|\"http://127.0.0.1:8080\"", "\"/a\"|\"http://a b\"|\"x\""),
        ("""{"type":"string","format":"uri-reference"}""", "\"/a/b\"|\"a?b\"|\"#x\"|\"https://x.y\"", "\"a b\""),
        ("""{"type":"string","format":"hostname"}""", "\"example.org\"|\"a\"", "\"-a\"|\"a..b\"|\"a_b\""),
        ("""{"type":"string","format":"duration"}""", "\"P1Y2M3DT4H5M6S\"|\"PT1H\"|\"P2W\"", "\"P\"|\"1H\"|\"PT\""),
        ("""{"type":"string","format":"uuid","pattern":"^0"}""", "\"023e4567-e89b-12d3-a456-426614174000\"", "\"123e4567-e89b-12d3-a456-426614174000\""),
        ("""{"enum":["red","green","no",7],"type":"string","minLength":3,"pattern":"e"}""", "\"red\"|\"green\"", "\"no\"|7"),
        ("""{"enum":[1,2,30],"minimum":2,"multipleOf":2}""", "2|30", "1"),

        // Arrays.
        ("""{"type":"array","items":{"enum":["a","b","c"]},"uniqueItems":true}""", """[]|["a"]|["c","a","b"]""", """["a","a"]|["d"]"""),
        ("""{"type":"array","items":{"type":"boolean"},"uniqueItems":true,"minItems":2}""", "[true,false]|[false, true]", "[true]|[true,true]"),
        ("""{"type":"array","items":{"type":"integer"},"uniqueItems":true,"maxItems":1}""", "[]|[4]", "[4,5]"),
        ("""{"type":"array","items":[{"type":"integer","maximum":3,"minimum":0},{"type":"null"}],"additionalItems":false}""", "[]|[1]|[1,null]", "[null]|[1,null,1]"),
        ("""{"type":"array","allOf":[{"prefixItems":[{"type":"integer"}]},{"items":{"minimum":4,"maximum":7,"type":"number"},"maxItems":2}]}""", "[5]|[4,6.5]|[]", "[1]|[4.5]|[5,8]|[5,5,5]"),
        ("""{"type":"array","items":{"type":"array","items":{"type":"integer","minimum":0,"maximum":1},"minItems":2,"maxItems":2},"minItems":1,"maxItems":2}""", "[[0,1]]|[[0,1],[1,1]]", "[]|[[0]]|[[0,2]]"),

        // Objects.
        ("""{"type":"object","patternProperties":{"^x-":{"type":"integer","minimum":0,"maximum":9},"y$":{"type":"number"}},"additionalProperties":false}""", """{}|{"x-a":1}|{"by":1.5}|{"x-y":3}|{"x-a":1,"y":2}""", """{"a":1}|{"x-y":1.5}|{"x-a":"1"}"""),
        ("""{"type":"object","properties":{"a":{"type":"integer"}},"patternProperties":{"^b":{"type":"boolean"}},"additionalProperties":{"type":"null"}}""", """{"a":1,"b":true,"c":null}|{"c":null,"bb":false}""", """{"a":null}|{"b":null}|{"c":1}"""),
        ("""{"type":"object","properties":{"ab":{"minimum":3,"maximum":9}},"patternProperties":{"b$":{"type":"integer"}},"additionalProperties":false}""", """{"ab":4}|{"b":-1}""", """{"ab":4.5}|{"ab":1}|{"b":1.5}|{"a":1}"""),
        ("""{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"minProperties":1,"maxProperties":2}""", """{"a":null}|{"a":null,"c":null}|{"b":null,"c":null}""", """{}|{"a":null,"b":null,"c":null}"""),
        ("""{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":2}""", """{}|{"x":1}|{"x":1,"y":2}""", """{"x":1,"y":2,"z":3}|{"x":true}"""),
        ("""{"type":"object","additionalProperties":{"type":"null"},"minProperties":1}""", """{"x":null}|{"x":null,"y":null}""", "{}"),
        ("""{"type":"object","properties":{"a":{"type":"null"},"b":false},"additionalProperties":false}""", """{}|{"a":null}""", """{"b":1}"""),
        ("""{"allOf":[{"type":"object","properties":{"a":{"type":"null"}}},{"type":"object","properties":{"b":{"type":"null"}}}],"unevaluatedProperties":false}""", """{}|{"a":null,"b":null}|{"b":null}""", """{"c":null}"""),
        ("""{"type":"object","properties":{"deep":{"type":"object","properties":{"list":{"type":"array","items":{"type":"object","properties":{"k":{"enum":["x","y"]},"v":{"type":["number","null"]}},"required":["k","v"],"additionalProperties":false},"maxItems":2}},"required":["list"]}},"required":["deep"]}""", """{"deep":{"list":[]}}|{"deep":{"list":[{"k":"x","v":null},{"k":"y","v":-1.5e3}]}}""", """{"deep":{}}|{"deep":{"list":[{"k":"z","v":1}]}}"""),
    ];
}
