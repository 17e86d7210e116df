namespace Colibri.Hardware;

/// <summary>A battery.</summary>
/// <param name="Name">As the system calls it.</param>
/// <param name="Percent">Charge from 0 to 100, or null.</param>
/// <param name="Status"><c>charging</c>, <c>discharging</c>, <c>full</c> ... or null.</param>
internal sealed record BatteryInfo(string Name, int? Percent, string? Status)
{
    /// <summary>The machine's own batteries; those of mice and keyboards are left out.</summary>
    public static IReadOnlyList<BatteryInfo> Detect(SystemFiles files)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsSystem.Power() is { Present: true } power
                ? [new BatteryInfo("battery", power.Percent, power.OnBattery ? "discharging" : "on mains")]
                : [];
        }

        return [.. files.Entries("/sys/class/power_supply", "")
            .Where(path => files.Text(path + "/type") == "Battery" && files.Text(path + "/scope") != "Device")
            .Select(path => new BatteryInfo(
                Path.GetFileName(path),
                files.Number(path + "/capacity") is { } percent and >= 0 and <= 100 ? (int)percent : null,
                files.Text(path + "/status")?.ToLowerInvariant()))];
    }
}
