using System.IO.Compression;
using Colibri.Files;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class ModelDetectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_GgufByAnyName_IsToldByContent()
    {
        using var model = ModelSource.Open(_folder.Write("model.bin", new GgufBytes().Text("general.architecture", "x").Build()));
        Assert.Equal(ModelLayout.Gguf, model.Layout);
    }

    [Theory]
    [InlineData("")]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void Open_FolderOrAFileOfIt_OpensTheFolder(string name)
    {
        WriteFolder();
        using var model = ModelSource.Open(name.Length == 0 ? _folder.Path : _folder.File(name));
        Assert.Equal(ModelLayout.HuggingFace, model.Layout);
        Assert.Equal("llama", model.Architecture);
        Assert.Equal(_folder.Path, model.Path);
    }

    [Fact]
    public void Open_FolderAroundOneGguf_OpensIt()
    {
        _folder.Write("m-00001-of-00002.gguf", new GgufBytes().Entry("split.count", 2, (ushort)2).Entry("split.no", 2, (ushort)0).Build());
        _folder.Write("m-00002-of-00002.gguf", new GgufBytes().Entry("split.count", 2, (ushort)2).Entry("split.no", 2, (ushort)1).Build());
        using (var model = ModelSource.Open(_folder.Path))
        {
            Assert.EndsWith("m-00001-of-00002.gguf", model.Path);
        }

        _folder.Write("other.gguf", new GgufBytes().Build());
        Assert.Contains("'other.gguf'", Fault(_folder.Path));
    }

    [Fact]
    public void Open_Nothing_SaysWhatIsExpected()
    {
        Assert.Contains("no such file", Fault(_folder.File("gone.gguf")));
        Assert.Contains("no config.json", Fault(_folder.Path));
        Assert.Contains("empty", Fault(""));
        Assert.Contains("0 bytes", Fault(_folder.Write("empty.gguf", "")));
    }

    [Fact]
    public void Open_OtherKindsOfFiles_SaysWhatTheyAre()
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("notes.txt").Open();
            entry.Write(new byte[10]);
        }

        var torch = new MemoryStream();
        using (var archive = new ZipArchive(torch, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("archive/data.pkl").Open();
            entry.Write(new byte[10]);
        }

        Assert.Contains("zip archive", Fault(_folder.Write("a", zip.ToArray())));
        Assert.Contains("PyTorch", Fault(_folder.Write("pytorch_model.bin", torch.ToArray())));
        Assert.Contains("pickle", Fault(_folder.Write("a.pt", [0x80, 0x02, 0x8a, 0x0a])));
        Assert.Contains("ONNX", Fault(_folder.Write("a.dat", [0x08, 0x08, 0x12, 0x07, .. "pytorch"u8])));
        Assert.Contains("ONNX", Fault(_folder.Write("a.onnx", "anything")));
        Assert.Contains("LFS", Fault(_folder.Write("a", "version https://git-lfs.github.com/spec/v1\n")));
        Assert.Contains("before GGUF", Fault(_folder.Write("a", "tjgg----")));
        Assert.Contains("TensorFlow Lite", Fault(_folder.Write("a", "\u001c\0\0\0TFL3......")));
        Assert.Contains("compressed", Fault(_folder.Write("a.gz", [0x1f, 0x8b, 8, 0])));
        Assert.Contains("web page", Fault(_folder.Write("a", "\n<!DOCTYPE html>")));
        Assert.Contains("no model", Fault(_folder.Write("a", "hello")));
        Assert.Contains("config.json", Fault(_folder.Write("lone.safetensors", SafetensorsBytes.Build("{}", []))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Open_Llama2cCheckpoint_NamesTheCommand(int version)
    {
        var checkpoint = new Llama2cBytes(version, 64, 64, 1, 2, 2, 300, 16, Tied: true, version == 2 ? 32 : 0);
        Assert.Contains("colibri convert", Fault(_folder.Write("a.bin", checkpoint.Build())));
    }

    [Fact]
    public void Open_DamagedCheckpointWithoutMagic_NamesFieldAndCommand()
    {
        var checkpoint = new Llama2cBytes(0, 64, 64, 1, 2, 2, 300, 16, Tied: true);
        var damaged = checkpoint.Build();
        BitConverter.TryWriteBytes(damaged.AsSpan(12), 0);
        Assert.Contains("which colibri convert takes) it is damaged: its header says n_heads = 0", Fault(_folder.Write("b.bin", damaged)));
        var cut = Fault(_folder.Write("c.bin", checkpoint.Build()[..^5]));
        Assert.Matches(@"its header \(dim .*\) asks for \d+ bytes, but the file has \d+\.$", cut);
    }

    [SkippableFact]
    public void Open_Device_DoesNotWait()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "device files are named differently elsewhere");
        Assert.Contains("device", Fault("/dev/zero"));
    }

    private string Fault(string path)
    {
        var message = Assert.Throws<InputException>(() => ModelSource.Open(path)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private void WriteFolder()
    {
        _folder.Write("config.json", """{"model_type":"llama"}""");
        _folder.Write("model.safetensors", SafetensorsBytes.Build("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]));
    }
}
