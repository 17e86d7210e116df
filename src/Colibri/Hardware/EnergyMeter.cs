namespace Colibri.Hardware;

/// <summary>
/// The energy counters of the processor packages (RAPL, in /sys/class/powercap), where this user may read them.
/// </summary>
internal sealed class EnergyMeter
{
    private readonly SystemFiles _files;
    private readonly (string Folder, long Start, long Range)[] _packages;

    private EnergyMeter(SystemFiles files, (string, long, long)[] packages)
    {
        _files = files;
        _packages = packages;
    }

    /// <summary>What is counted, for example <c>package-0</c>.</summary>
    public IReadOnlyList<string> Names => [.. _packages.Select(p => _files.Text(p.Folder + "/name") ?? Path.GetFileName(p.Folder))];

    /// <summary>Starts counting now; null where the machine has no counter that may be read.</summary>
    public static EnergyMeter? Start(SystemFiles? files = null)
    {
        files ??= SystemFiles.Real;
        var packages = new List<(string, long, long)>();
        foreach (var folder in files.Entries("/sys/class/powercap", "intel-rapl:"))
        {
            // intel-rapl:0 is a package; intel-rapl:0:1 a part of it that is counted already.
            var package = folder.Count(c => c == ':') == 1;
            if (package && files.Number(folder + "/energy_uj") is { } start)
            {
                packages.Add((folder, start, files.Number(folder + "/max_energy_range_uj") ?? 0));
            }
        }

        return packages.Count == 0 ? null : new EnergyMeter(files, [.. packages]);
    }

    /// <summary>Joules used since the start by all packages; the counters wrap about once a minute under full load at worst.</summary>
    public double Joules()
    {
        var micro = 0.0;
        foreach (var (folder, start, range) in _packages)
        {
            var now = _files.Number(folder + "/energy_uj") ?? start;
            micro += now >= start ? now - start : now - start + range;
        }

        return micro / 1e6;
    }
}
