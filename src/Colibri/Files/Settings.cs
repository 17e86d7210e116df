namespace Colibri.Files;

/// <summary>
/// Typed, checked look-ups in a model's configuration (GGUF metadata or a config.json). Every error names the file, the
/// key, what was found and what was expected.
/// </summary>
public abstract class Settings
{
    /// <summary>Where the settings come from, for errors: a file, and a section in it.</summary>
    public abstract string Source { get; }

    /// <summary>All keys, in the order of the file.</summary>
    public abstract IReadOnlyList<string> Keys { get; }

    /// <summary>Whether the key is there and not null.</summary>
    public abstract bool Has(string key);

    /// <summary>A whole number, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not a whole number between the bounds.</exception>
    public abstract long? Integer(string key, long minimum = 0, long maximum = int.MaxValue);

    /// <summary>A finite number, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not a finite number.</exception>
    public abstract double? Number(string key);

    /// <summary>A finite number above 0, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is no such number.</exception>
    public double? Positive(string key) => Number(key) switch
    {
        null => null,
        > 0 and var number => number,
        var number => throw new InputException($"{Source}: '{key}' is {number}; a number above 0 is expected."),
    };

    /// <summary>What a norm adds to a variance, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is no number from 0 to 1.</exception>
    public double? Epsilon(string key) => Number(key) switch
    {
        null => null,
        >= 0 and <= 1 and var number => number,
        var number => throw new InputException($"{Source}: '{key}' is {number}; a number from 0 to 1 is expected."),
    };

    /// <summary>A flag, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not a flag.</exception>
    public abstract bool? Flag(string key);

    /// <summary>A string, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not a string.</exception>
    public abstract string? Text(string key);

    /// <summary>Numbers, or null where the key is missing; a single number counts as a list of one.</summary>
    /// <exception cref="InputException">The value is not a list of numbers.</exception>
    public abstract IReadOnlyList<double>? Numbers(string key);

    /// <summary>Strings, or null where the key is missing.</summary>
    /// <exception cref="InputException">The value is not a list of strings.</exception>
    public abstract IReadOnlyList<string>? Texts(string key);

    /// <summary>The settings below a key (JSON objects only), or null where the key is missing.</summary>
    public virtual Settings? Section(string key) => null;

    /// <summary>A whole number that must be there.</summary>
    /// <exception cref="InputException">The key is missing, or the value out of bounds.</exception>
    public int Required(string key, int minimum = 1, int maximum = int.MaxValue) =>
        (int)(Integer(key, minimum, maximum) ?? throw new InputException($"{Source}: '{key}' is missing; a whole number from {minimum} up is expected."));
}
