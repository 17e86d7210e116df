using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class EnergyMeterTests
{
    private const string Zone = "/sys/class/powercap/intel-rapl:";

    [Fact]
    public void Start_NoCounter_GivesNone()
    {
        using var system = new FakeSystem((Zone + "0/name", "package-0\n"));
        Assert.Null(EnergyMeter.Start(system.Files));
    }

    [Fact]
    public void Joules_TwoPackagesOneWrapping_AreSummed()
    {
        using var system = new FakeSystem(
            (Zone + "0/name", "package-0\n"), (Zone + "0/energy_uj", "1000000\n"), (Zone + "0/max_energy_range_uj", "9000000\n"),
            (Zone + "0:0/name", "core\n"), (Zone + "0:0/energy_uj", "0\n"),
            (Zone + "1/name", "package-1\n"), (Zone + "1/energy_uj", "8000000\n"), (Zone + "1/max_energy_range_uj", "9000000\n"));
        var meter = EnergyMeter.Start(system.Files)!;
        Assert.Equal(["package-0", "package-1"], meter.Names);
        system.Write(Zone + "0/energy_uj", "3500000\n");
        system.Write(Zone + "0:0/energy_uj", "2000000\n");
        system.Write(Zone + "1/energy_uj", "500000\n");
        Assert.Equal(2.5 + 1.5, meter.Joules(), 9);
    }
}
