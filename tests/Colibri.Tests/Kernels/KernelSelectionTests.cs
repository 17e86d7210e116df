using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;
using Colibri.Kernels.Norm;
using Xunit;

namespace Colibri.Tests.Kernels;

public class KernelSelectionTests
{
    [Theory]
    [InlineData("fast")]
    [InlineData("portable-999")]
    [InlineData("portable-")]
    [InlineData("reference-512")]
    [InlineData("Portable")]
    [InlineData("-")]
    public void Of_UnknownName_IsAnErrorThatNamesTheKnownOnes(string name)
    {
        var error = Assert.Throws<InputException>(() => KernelSet.Of(new KernelSelection(name)));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("reference", error.Message, StringComparison.Ordinal);
        Assert.Contains("portable-256-vnni", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_Portable_IsTheBestSupportedVariantOfEveryOperation()
    {
        foreach (var list in KernelSet.Lists)
        {
            var best = list.Variants.Last(v => v.IsSupported && v.Name.StartsWith("portable", StringComparison.Ordinal)).Name;
            Assert.Equal(best, list.Choose(new KernelSelection("portable")).Name);
        }
    }

    [Fact]
    public async Task AssembleAhead_OfFormats_AssemblesAllThatTheirProductsRun()
    {
        var formats = new[] { TensorFormat.Parse("Q5_1"), TensorFormat.Parse("F16"), TensorFormat.Parse("Q5_1") };
        var functions = await KernelSet.Of(KernelSelection.Best).AssembleAhead(formats, allowInt8: true);
        var expected = new object?[] { MatMulList.Integer(formats[0])!.Select(KernelSelection.Best), MatMulList.Float.Select(KernelSelection.Best) };
        Assert.Equal(expected.OfType<IAssembled>().SelectMany(kernel => kernel.Functions).Select(f => f.Name), functions.Select(f => f.Name));
        Assert.All(functions, f => Assert.Contains(f, AssemblySupport.Assembled));
    }

    [Fact]
    public void Choose_Nothing_IsTheLastSupportedVariantAndSaysWhy()
    {
        foreach (var list in KernelSet.Lists)
        {
            var (name, reason) = list.Choose(KernelSelection.Best);
            Assert.Equal(list.Variants.Last(v => v.IsSupported).Name, name);
            Assert.Contains("fastest", reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Choose_ExactName_IsThatVariant()
    {
        foreach (var list in KernelSet.Lists)
        {
            foreach (var variant in list.Variants.Where(v => v.IsSupported))
            {
                var (name, reason) = list.Choose(new KernelSelection(variant.Name));
                Assert.Equal(variant.Name, name);
                Assert.Contains(variant.Name, reason, StringComparison.Ordinal);
            }
        }
    }

    [SkippableFact]
    public void Choose_Assembled_IsThatWhereAnOperationHasItAndElseAsUnforced()
    {
        Skip.IfNot(AssemblySupport.Vnni, AssemblySupport.WhyNot ?? "this processor lacks VNNI");
        foreach (var list in KernelSet.Lists)
        {
            var (name, _) = list.Choose(new KernelSelection(KernelSelection.Assembled));
            Assert.Equal(list.Variants.Any(v => v.Name == name && v.Name == KernelSelection.Assembled) ? KernelSelection.Assembled : list.Choose(KernelSelection.Best).Name, name);
            Assert.Equal(list.Variants.Any(v => v.Name == KernelSelection.Assembled), list.Make(new KernelSelection(KernelSelection.Assembled)) is IAssembled);
        }

        Assert.NotNull(KernelSet.Of(new KernelSelection(KernelSelection.Assembled)));
    }

    [SkippableFact]
    public void Choose_NameMoreExactThanAnOperationHas_IsTheShorterOne()
    {
        Skip.IfNot(NormKernel.List.Variants.Single(v => v.Name == "portable-256").IsSupported, "this processor has no 256-bit vectors");
        Assert.Equal("portable-256", NormKernel.List.Choose(new KernelSelection("portable-256-vnni")).Name);
    }

    [Fact]
    public void Choose_VariantThisProcessorLacks_IsAnErrorThatSaysWhatItNeeds()
    {
        var list = new KernelList<int>("adding", new("reference", "nothing", true, () => 1), new("portable-1024", "1024-bit vectors", false, () => 2));
        var error = Assert.Throws<InputException>(() => list.Select(new KernelSelection("portable-1024")));
        Assert.Contains("1024-bit vectors", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, list.Select(KernelSelection.Best));
        Assert.Contains("portable-1024 needs 1024-bit vectors", list.Choose(KernelSelection.Best).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_NameThatPromisesLessThanTheVariantNeeds_IsTheNextPlainerOne()
    {
        var list = new KernelList<int>(
            "product",
            new("reference", "nothing", true, () => 1),
            new("portable-128", "nothing", true, () => 2),
            new("portable-256-vnni", "AVX-VNNI", false, () => 3),
            new("portable-512-vnni", "AVX-VNNI and AVX-512", false, () => 4));
        Assert.Equal(2, list.Select(new KernelSelection("portable-512")));
        Assert.Equal(2, list.Select(new KernelSelection("portable")));

        // Who asks for it by its whole name gets it or learns what is missing.
        var error = Assert.Throws<InputException>(() => list.Select(new KernelSelection("portable-512-vnni")));
        Assert.Contains("AVX-VNNI and AVX-512", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NameThatOneOperationCannotTake_IsRefusedAtOnce()
    {
        foreach (var name in KernelSet.Names)
        {
            var unsupported = KernelSet.Lists.Any(l => l.Variants.Any(v => v.Name == name && !v.IsSupported));
            var error = Record.Exception(() => KernelSet.Of(new KernelSelection(name)));
            Assert.True(unsupported ? error is InputException : error is null, $"{name}: {error?.Message}");
        }
    }

    [Fact]
    public void MatMul_Int8NotAllowed_IsTheFloatProduct()
    {
        var set = KernelSet.Of(KernelSelection.Best);
        Assert.Equal(ActivationKind.Float, set.MatMul(TensorFormat.Parse("Q4_0"), false).Activations);
        Assert.Equal(ActivationKind.Int8, set.MatMul(TensorFormat.Parse("Q4_0"), true).Activations);
        Assert.Equal(ActivationKind.Float, set.MatMul(TensorFormat.Parse("F16"), true).Activations);
    }
}
