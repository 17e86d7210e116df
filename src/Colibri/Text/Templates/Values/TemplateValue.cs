namespace Colibri.Text.Templates;

/// <summary>
/// A value a template works with. Only the types derived from this one exist inside a rendering: a template can reach
/// what they offer and nothing of .NET. They behave as the Python values the reference implementation would hold.
/// </summary>
internal abstract class TemplateValue
{
    /// <summary>The type's name as Python has it, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>How messages about a missing attribute call the value.</summary>
    public virtual string Description => TypeName + " object";

    /// <summary>Python's truth of the value.</summary>
    public virtual bool IsTrue => true;

    /// <summary>len(value), or -1 where the value has no length.</summary>
    public virtual int Length(Interpreter run) => -1;

    /// <summary>iter(value), or null where the value cannot be iterated.</summary>
    public virtual ValueIterator? Iterate(Interpreter run) => null;

    /// <summary>An attribute of a value that has some beside methods (loop, namespace, macro), or null.</summary>
    public virtual TemplateValue? Attribute(Interpreter run, string name) => null;

    /// <summary>Whether the value can be called.</summary>
    public virtual bool IsCallable => false;

    /// <summary>Calls the value.</summary>
    public virtual TemplateValue Call(Interpreter run, in CallArguments arguments) =>
        throw new TemplateFault($"'{TypeName}' object is not callable");
}
