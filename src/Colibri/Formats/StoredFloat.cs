namespace Colibri.Formats;

/// <summary>How a format of one value a block lies in memory, for kernels that convert while they load.</summary>
internal enum StoredFloat
{
    /// <summary>In none of these ways: it is decoded first.</summary>
    None,

    /// <summary>IEEE 754 single precision.</summary>
    Single,

    /// <summary>IEEE 754 half precision.</summary>
    Half,

    /// <summary>The upper half of single precision.</summary>
    Brain,
}
