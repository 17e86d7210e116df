using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class TemperatureSensorTests
{
    [Fact]
    public void Detect_MonitorsAndZones_AreListedOnce()
    {
        using var system = new FakeSystem(
            ("/sys/class/hwmon/hwmon0/name", "k10temp\n"),
            ("/sys/class/hwmon/hwmon0/temp1_input", "54250\n"),
            ("/sys/class/hwmon/hwmon0/temp1_label", "Tctl\n"),
            ("/sys/class/hwmon/hwmon0/temp3_input", "49000\n"),
            ("/sys/class/hwmon/hwmon0/temp3_max", "90000\n"),
            ("/sys/class/hwmon/hwmon1/name", "acpitz\n"),
            ("/sys/class/hwmon/hwmon1/temp1_input", "30000\n"),
            ("/sys/class/thermal/thermal_zone0/type", "acpitz\n"),
            ("/sys/class/thermal/thermal_zone0/temp", "30000\n"),
            ("/sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n"),
            ("/sys/class/thermal/thermal_zone1/temp", "55000\n"));
        Assert.Equal(
            [new("k10temp Tctl", 54.25), new("k10temp", 49), new("acpitz", 30), new TemperatureSensor("x86_pkg_temp", 55)],
            TemperatureSensor.Detect(system.Files));
    }

    [Fact]
    public void Detect_ReadingNoMachineSurvives_IsLeftOut()
    {
        using var system = new FakeSystem(
            ("/sys/class/hwmon/hwmon0/name", "broken\n"),
            ("/sys/class/hwmon/hwmon0/temp1_input", "-128000\n"),
            ("/sys/class/hwmon/hwmon0/temp2_input", "\n"));
        Assert.Empty(TemperatureSensor.Detect(system.Files));
    }
}
