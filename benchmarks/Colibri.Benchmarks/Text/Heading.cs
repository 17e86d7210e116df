using System.Globalization;
using Colibri.Hardware;

namespace Colibri.Benchmarks.Text;

/// <summary>The machine in a line, with what else it does.</summary>
internal static class Heading
{
    public static string OfMachine()
    {
        var machine = MachineInfo.Detect();
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        return string.Create(CultureInfo.InvariantCulture, $"{machine.Processor.Name}, {machine.Processor.PhysicalCores} cores; {machine.OperatingSystem}; {machine.Runtime}; load average before {load}.");
    }
}
