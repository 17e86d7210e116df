using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class BatteryInfoTests
{
    [SkippableFact]
    public void Detect_LaptopWithMouse_GivesTheLaptopsBatteryOnly()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows tells of its battery through a call, not through files.");
        using var system = new FakeSystem(
            ("/sys/class/power_supply/AC/type", "Mains\n"),
            ("/sys/class/power_supply/BAT0/type", "Battery\n"),
            ("/sys/class/power_supply/BAT0/capacity", "87\n"),
            ("/sys/class/power_supply/BAT0/status", "Discharging\n"),
            ("/sys/class/power_supply/BAT1/type", "Battery\n"),
            ("/sys/class/power_supply/BAT1/capacity", "4000\n"),
            ("/sys/class/power_supply/hidpp_battery_0/type", "Battery\n"),
            ("/sys/class/power_supply/hidpp_battery_0/scope", "Device\n"));
        Assert.Equal([new BatteryInfo("BAT0", 87, "discharging"), new BatteryInfo("BAT1", null, null)], BatteryInfo.Detect(system.Files));
    }
}
