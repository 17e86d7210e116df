namespace Colibri.Hardware;

/// <summary>A graphics processor. Colibri computes on the CPU; this only names what else is there.</summary>
/// <param name="Name">As well as it can be named.</param>
/// <param name="Driver">The kernel driver, or null.</param>
internal sealed record GraphicsDevice(string Name, string? Driver)
{
    /// <summary>The devices Linux lists; empty elsewhere.</summary>
    public static IReadOnlyList<GraphicsDevice> Detect(SystemFiles files)
    {
        // Nvidia's driver tells the model; a machine without a display may have no DRM card for it at all.
        var devices = files.Entries("/proc/driver/nvidia/gpus", "")
            .Select(folder => files.Field(folder + "/information", "Model"))
            .OfType<string>()
            .Select(model => new GraphicsDevice(model, "nvidia"))
            .ToList();
        var named = devices.Count > 0;
        foreach (var card in files.Entries("/sys/class/drm", "card"))
        {
            // card0 is a device, card0-HDMI-A-1 a socket of it.
            if (Path.GetFileName(card).Contains('-', StringComparison.Ordinal) || files.Text(card + "/device/vendor") is not { } vendor)
            {
                continue;
            }

            var driver = files.Lines(card + "/device/uevent").Select(line => line.Split('=', 2))
                .FirstOrDefault(pair => pair is ["DRIVER", _])?[1];
            if (!(named && vendor == "0x10de"))
            {
                devices.Add(new GraphicsDevice($"{Vendor(vendor)} device {files.Text(card + "/device/device") ?? "unknown"}", driver));
            }
        }

        return devices;
    }

    private static string Vendor(string id) => id switch
    {
        "0x10de" => "Nvidia",
        "0x1002" => "AMD",
        "0x8086" => "Intel",
        "0x1af4" => "Virtio",
        "0x1234" => "QEMU",
        "0x15ad" => "VMware",
        "0x1a03" => "ASPEED",
        _ => "vendor " + id,
    };
}
