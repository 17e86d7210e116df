namespace Colibri.Tests.TestModels;

/// <summary>A folder of test models that lives as long as a test class.</summary>
public sealed class ModelFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("colibri-models-").FullName;
    private readonly Dictionary<string, string> _known = [];
    private readonly Lock _lock = new();

    /// <summary>A small llama-shaped model in a format.</summary>
    public string Llama(string format, int hidden = 256, int feedForward = 512)
    {
        lock (_lock)
        {
            var key = $"{format}-{hidden}-{feedForward}";
            return _known.TryGetValue(key, out var path) ? path : _known[key] = TinyLlama.Write(_folder, format, hidden, feedForward);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, true);
}
