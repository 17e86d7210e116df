using Colibri.Hardware;
using Xunit;

namespace Colibri.Tests.Hardware;

public sealed class GraphicsDeviceTests
{
    [Fact]
    public void Detect_CardsWithSockets_NamesTheCards()
    {
        using var system = new FakeSystem(
            ("/sys/class/drm/card0/device/vendor", "0x8086\n"),
            ("/sys/class/drm/card0/device/device", "0x46a6\n"),
            ("/sys/class/drm/card0/device/uevent", "DRIVER=i915\nPCI_ID=8086:46A6\n"),
            ("/sys/class/drm/card0-eDP-1/device/vendor", "0x8086\n"),
            ("/sys/class/drm/card1/device/vendor", "0xffff\n"));
        Assert.Equal([new("Intel device 0x46a6", "i915"), new GraphicsDevice("vendor 0xffff device unknown", null)], GraphicsDevice.Detect(system.Files));
    }

    [Fact]
    public void Detect_NvidiaDriverTellsTheModel_TheCardIsNotListedTwice()
    {
        using var system = new FakeSystem(
            ("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H200\nIRQ:   \t\t 100\n"),
            ("/sys/class/drm/card0/device/vendor", "0x10de\n"));
        Assert.Equal([new GraphicsDevice("NVIDIA H200", "nvidia")], GraphicsDevice.Detect(system.Files));
    }
}
