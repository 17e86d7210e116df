using System.Reflection;
using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

public class FormatListTests
{
    /// <summary>Name, bytes of a block, values of a block, GGUF type, safetensors dtype: as the formats' documents have them.</summary>
    public static TheoryData<string, int, int, int?, string?> Documented => new()
    {
        { "F32", 4, 1, 0, "F32" },
        { "F16", 2, 1, 1, "F16" },
        { "BF16", 2, 1, 30, "BF16" },
        { "F8_E4M3", 1, 1, null, "F8_E4M3" },
        { "F8_E5M2", 1, 1, null, "F8_E5M2" },
        { "Q4_0", 18, 32, 2, null },
        { "Q4_1", 20, 32, 3, null },
        { "Q5_0", 22, 32, 6, null },
        { "Q5_1", 24, 32, 7, null },
        { "Q8_0", 34, 32, 8, null },
        { "Q2_K", 84, 256, 10, null },
        { "Q3_K", 110, 256, 11, null },
        { "Q4_K", 144, 256, 12, null },
        { "Q5_K", 176, 256, 13, null },
        { "Q6_K", 210, 256, 14, null },
        { "IQ4_NL", 18, 32, 20, null },
        { "IQ4_XS", 136, 256, 23, null },
        { "INT4_G32", 21, 32, null, null },
        { "INT4_G64", 37, 64, null, null },
        { "INT4_G128", 69, 128, null, null },
        { "F64", 8, 1, 28, "F64" },
        { "I64", 8, 1, 27, "I64" },
        { "I32", 4, 1, 26, "I32" },
        { "I16", 2, 1, 25, "I16" },
        { "I8", 1, 1, 24, "I8" },
        { "U64", 8, 1, null, "U64" },
        { "U32", 4, 1, null, "U32" },
        { "U16", 2, 1, null, "U16" },
        { "U8", 1, 1, null, "U8" },
        { "BOOL", 1, 1, null, "BOOL" },
    };

    [Theory]
    [MemberData(nameof(Documented))]
    public void Format_IsAsDocumented(string name, int bytes, int values, int? ggufType, string? safetensorsType)
    {
        var format = TensorFormat.Parse(name);
        Assert.Equal(
            (bytes, values, (uint?)ggufType, safetensorsType),
            (format.BytesPerBlock, format.ValuesPerBlock, format.GgufType, format.SafetensorsType));
        Assert.Equal(8.0 * bytes / values, format.BitsPerValue);
        Assert.Equal(3L * bytes, format.BytesFor(3L * values));
        Assert.True(ggufType is null || TensorFormat.FromGguf((uint)ggufType) == format);
        Assert.True(safetensorsType is null || TensorFormat.FromSafetensors(safetensorsType) == format);
    }

    [Fact]
    public void All_IsDocumentedHereOnceEach() =>
        Assert.Equal(Documented.Select(row => (string)row[0]!), TensorFormat.All.Select(f => f.Name));

    [Fact]
    public void All_ListsEveryBlockStructOfTheLibrary()
    {
        var structs = typeof(TensorFormat).Assembly.GetTypes()
            .Where(t => t.IsValueType && t.GetInterfaces().Any(IsBlockFormat))
            .ToDictionary(t => t.Name);
        var listed = TensorFormat.All.Where(f => f.IsNumeric).Select(f => f.Accept(new BlockType()));
        Assert.Equal(structs.Values.OrderBy(t => t.Name), listed.OrderBy(t => t.Name));
        Assert.All(structs, s => Assert.Equal(s.Key, s.Value.GetProperty("Name", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)));
    }

    [Fact]
    public void Accept_IntegerFormat_IsVisitedAsOne()
    {
        foreach (var format in TensorFormat.All.Where(f => f.IsNumeric))
        {
            var type = format.Accept(new BlockType());
            var isInteger = type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IIntegerBlockFormat<>));
            Assert.Equal(isInteger, format.Accept(new Integer()));
        }
    }

    [Fact]
    public void TryParse_AnyCase_FindsTheFormat()
    {
        Assert.True(TensorFormat.TryParse("q4_k", out var format));
        Assert.Equal("Q4_K", format.Name);
        Assert.False(TensorFormat.TryParse("Q4_X", out _));
    }

    [Fact]
    public void Parse_UnknownName_SaysWhatIsKnown()
    {
        var fault = Assert.Throws<InputException>(() => TensorFormat.Parse("Q9_9"));
        Assert.Contains("'Q9_9'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Q4_K", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BOOL", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_UnknownNumberOrDtype_GivesNull()
    {
        Assert.Null(TensorFormat.FromGguf(4));
        Assert.Null(TensorFormat.FromGguf(uint.MaxValue));
        Assert.Null(TensorFormat.FromSafetensors("F4"));
    }

    [Fact]
    public void BytesFor_MoreThanFits_Throws() =>
        Assert.Throws<OverflowException>(() => TensorFormat.Parse("F32").BytesFor(long.MaxValue));

    [Theory]
    [InlineData("BOOL")]
    [InlineData("F64")]
    [InlineData("U32")]
    public void StoredFormat_RefusesToComputeByName(string name)
    {
        var format = TensorFormat.Parse(name);
        Assert.False(format.IsNumeric);
        foreach (var use in new Action[]
        {
            () => format.Decode(new byte[16], new float[16]),
            () => format.Encode(new float[16], new byte[128]),
            () => format.Accept(new BlockType()),
        })
        {
            Assert.Contains(name, Assert.Throws<InputException>(use).Message, StringComparison.Ordinal);
        }
    }

    private static bool IsBlockFormat(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IBlockFormat<>);

    private sealed class BlockType : IFormatVisitor<Type>
    {
        public Type VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => typeof(TBlock);

        public Type VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> => typeof(TBlock);
    }

    private sealed class Integer : IFormatVisitor<bool>
    {
        public bool VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => false;

        public bool VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> => true;
    }
}
