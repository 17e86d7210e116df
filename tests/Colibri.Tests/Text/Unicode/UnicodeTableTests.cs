using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Text.Unicode;

/// <summary>The committed Unicode tables are what the generator writes.</summary>
public class UnicodeTableTests
{
    private const string Folder = "/usr/share/unicode";

    [SkippableTheory]
    [InlineData("NormalizationData.g.cs")]
    [InlineData("PropertyData.g.cs")]
    public void Table_InTheRepository_IsCurrent(string file)
    {
        var readMe = Path.Combine(Folder, "ReadMe.txt");
        Skip.IfNot(File.Exists(readMe) && File.ReadAllText(readMe).Contains(UnicodeTableGenerator.Version, StringComparison.Ordinal),
            $"the Unicode Character Database {UnicodeTableGenerator.Version} is not installed");
        var written = file.StartsWith('N') ? UnicodeTableGenerator.Normalization(Folder) : UnicodeTableGenerator.Properties(Folder);
        var path = Path.Combine(SharedData.Repository, "src", "Colibri", "Text", "Unicode", file);
        if (Environment.GetEnvironmentVariable("COLIBRI_WRITE_UNICODE_TABLES") == "1")
        {
            File.WriteAllText(path, written);
        }

        Assert.Equal(written, File.ReadAllText(path));
    }
}
