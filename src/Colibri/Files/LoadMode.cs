namespace Colibri.Files;

/// <summary>When weights are read from the disk.</summary>
public enum LoadMode
{
    /// <summary>Small models whole when they load, large ones on first use; see <see cref="WeightLoading.DefaultThreshold"/>.</summary>
    Auto,

    /// <summary>On first use: loading takes milliseconds, the first answer longer.</summary>
    Lazy,

    /// <summary>All of them when the model loads, on several threads.</summary>
    Resident,
}
