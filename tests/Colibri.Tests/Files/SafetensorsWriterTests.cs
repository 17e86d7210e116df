using System.Text.Json;
using Colibri.Files;
using Colibri.Formats;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Files;

public sealed class SafetensorsWriterTests : IDisposable
{
    private static readonly TensorFormat F32 = TensorFormat.Parse("F32");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_SmallFile_IsByteForByteTheHandBuiltOne()
    {
        var writer = new SafetensorsWriter();
        writer.AddTensor("b", F32, [2], sink => sink.WriteValues([2, 3]));
        writer.AddTensor("a", F32, [1, 1], sink => sink.WriteValues([1]));
        var path = _folder.File("a.safetensors");
        writer.Write(path);
        const string header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        Assert.Equal(SafetensorsBytes.Build(padded, SafetensorsBytes.Floats(1, 2, 3)), File.ReadAllBytes(path));
    }

    [Fact]
    public void Write_EverySafetensorsFormat_RoundTripsItsBytes()
    {
        var random = new Random(1);
        var writer = new SafetensorsWriter();
        var expected = new Dictionary<string, byte[]>();
        foreach (var format in TensorFormat.All.Where(f => f.SafetensorsType is not null))
        {
            var bytes = new byte[format.BytesFor(15)];
            random.NextBytes(bytes);
            expected[format.Name] = bytes;
            writer.AddTensor(format.Name, format, [3, 5], sink => sink.Write(bytes));
        }

        writer.AddTensor("scalar", F32, [], sink => sink.WriteValues([7]));
        writer.AddTensor("empty", F32, [0, 3], _ => { });
        writer.AddTensor("näme \"quoted\"", F32, [1], sink => sink.WriteValues([8]));
        writer.WriteFolder(_folder.Path);
        using var weights = SafetensorsWeights.Open(_folder.Path)!;
        Assert.All(expected, e => Assert.Equal(e.Value, weights.Tensors[e.Key].Span.ToArray()));
        Assert.Equal(BitConverter.GetBytes(7f), weights.Tensors["scalar"].Span.ToArray());
        Assert.Equal(0, weights.Tensors["empty"].Bytes);
        Assert.Equal(BitConverter.GetBytes(8f), weights.Tensors["näme \"quoted\""].Span.ToArray());
        Assert.All(weights.Tensors.Values, t => Assert.Equal(0, t.Range!.Value.Offset % t.Format.BytesPerBlock));
    }

    [Fact]
    public void WriteFolder_MoreThanAShardHolds_WritesShardsAndIndex()
    {
        var writer = new SafetensorsWriter();
        for (var i = 0; i < 5; i++)
        {
            var value = i;
            writer.AddTensor($"t{i}", F32, [i == 3 ? 100 : 4], sink => sink.WriteValues(Enumerable.Repeat((float)value, value == 3 ? 100 : 4).ToArray()));
        }

        var reports = new List<ByteProgress>();
        writer.WriteFolder(_folder.Path, 32, new ListProgress<ByteProgress>(reports));
        Assert.Equal(
            ["model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors", "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors", "model.safetensors.index.json"],
            Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.Equal(new ByteProgress(464, 464), reports[^1]);
        using (var index = JsonDocument.Parse(File.ReadAllBytes(_folder.File("model.safetensors.index.json"))))
        {
            Assert.Equal(464, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
            Assert.Equal("model-00003-of-00004.safetensors", index.RootElement.GetProperty("weight_map").GetProperty("t3").GetString());
        }

        using var weights = SafetensorsWeights.Open(_folder.Path)!;
        Assert.Equal(5, weights.Tensors.Count);
        Assert.Equal(BitConverter.GetBytes(4f), weights.Tensors["t4"].Span[..4].ToArray());
    }

    [Fact]
    public void WriteFolder_WeightsInTheOtherLayout_AreNotShadowed()
    {
        var writer = new SafetensorsWriter();
        writer.AddTensor("a", F32, [4], sink => sink.WriteValues([1, 2, 3, 4]));
        writer.AddTensor("b", F32, [4], sink => sink.WriteValues([1, 2, 3, 4]));
        _folder.Write("model.safetensors", "old");
        Assert.Contains("model.safetensors", Assert.Throws<InputException>(() => writer.WriteFolder(_folder.Path, 16)).Message);
        Assert.Equal("old", File.ReadAllText(_folder.File("model.safetensors")));
    }

    [Fact]
    public void WriteFolder_FailureInTheLastShard_LeavesNothing()
    {
        var writer = new SafetensorsWriter();
        writer.AddTensor("a", F32, [4], sink => sink.WriteValues([1, 2, 3, 4]));
        writer.AddTensor("b", F32, [4], _ => throw new IOException("no space"));
        _folder.Write("model-00001-of-00002.safetensors", "old");
        Assert.Throws<IOException>(() => writer.WriteFolder(_folder.Path, 16));
        Assert.Equal([_folder.File("model-00001-of-00002.safetensors")], Directory.GetFiles(_folder.Path));
        Assert.Equal("old", File.ReadAllText(_folder.File("model-00001-of-00002.safetensors")));
    }

    [Fact]
    public void AddTensor_WhatSafetensorsCannotHold_IsRefusedByName()
    {
        var writer = new SafetensorsWriter();
        Assert.Contains("Q4_0", Assert.Throws<InputException>(() => writer.AddTensor("w", TensorFormat.Parse("Q4_0"), [32], _ => { })).Message);
        Assert.Throws<InputException>(() => writer.AddTensor("__metadata__", F32, [1], _ => { }));
        writer.AddTensor("w", F32, [1], _ => { });
        Assert.Throws<InputException>(() => writer.AddTensor("w", F32, [1], _ => { }));
    }

    [SkippableFact]
    public void Write_CopyOfAModel_HoldsTheSameTensors()
    {
        using var weights = SafetensorsWeights.Open(SharedData.Require("data/reference-models/gpt2"))!;
        var writer = new SafetensorsWriter();
        foreach (var tensor in weights.Tensors.Values)
        {
            writer.AddTensor(tensor);
        }

        writer.WriteFolder(_folder.Path, 100_000);
        using var copy = SafetensorsWeights.Open(_folder.Path)!;
        Assert.Equal(weights.Tensors.Keys.Order(), copy.Tensors.Keys.Order());
        Assert.All(weights.Tensors.Values, t => Assert.True(t.Span.SequenceEqual(copy.Tensors[t.Name].Span)));
        Assert.Equal("pt", copy.Metadata["format"]);
    }
}
