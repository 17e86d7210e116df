namespace Colibri.Hardware;

/// <summary>A temperature sensor.</summary>
/// <param name="Name">Chip and label, for example <c>k10temp Tctl</c>.</param>
/// <param name="Celsius">What it reads now.</param>
internal sealed record TemperatureSensor(string Name, double Celsius)
{
    /// <summary>All sensors that answer: hardware monitors, and thermal zones whose chip is not among them.</summary>
    public static IReadOnlyList<TemperatureSensor> Detect(SystemFiles files)
    {
        var sensors = new List<TemperatureSensor>();
        var chips = new HashSet<string>();
        foreach (var monitor in files.Entries("/sys/class/hwmon", "hwmon"))
        {
            var chip = files.Text(monitor + "/name") ?? Path.GetFileName(monitor);
            foreach (var input in files.Entries(monitor, "temp").Where(path => path.EndsWith("_input", StringComparison.Ordinal)))
            {
                if (Read(files, input) is { } celsius)
                {
                    chips.Add(chip);
                    sensors.Add(new TemperatureSensor($"{chip} {files.Text(input[..^"_input".Length] + "_label")}".TrimEnd(), celsius));
                }
            }
        }

        foreach (var zone in files.Entries("/sys/class/thermal", "thermal_zone"))
        {
            var type = files.Text(zone + "/type") ?? Path.GetFileName(zone);
            if (!chips.Contains(type) && Read(files, zone + "/temp") is { } celsius)
            {
                sensors.Add(new TemperatureSensor(type, celsius));
            }
        }

        return sensors;
    }

    /// <summary>Thousandths of a degree; readings no machine survives are faults of the sensor.</summary>
    private static double? Read(SystemFiles files, string path) =>
        files.Number(path) is { } milli and > -60_000 and < 200_000 ? milli / 1000.0 : null;
}
