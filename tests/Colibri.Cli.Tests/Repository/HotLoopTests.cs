using System.Reflection;
using System.Reflection.Emit;
using Colibri.Kernels;
using Xunit;

namespace Colibri.Cli.Tests.Repository;

/// <summary>
/// Loops of kernels run hot from the first call, while .NET compiles loops quickly and badly at first: a kernel's method with a loop
/// asks for all optimizations at once. Code that makes machine code does the opposite: it runs once, and compiling it well would be
/// most of the time until the first token.
/// </summary>
public class HotLoopTests
{
    private static readonly Dictionary<short, OpCode> Codes =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    /// <summary>Types whose loops run once, or only where a result is wanted rather than speed.</summary>
    private static readonly Dictionary<string, string> Cold = new()
    {
        ["Reference"] = "the plain form, for comparing",
        ["KernelList"] = "chooses kernels",
        ["PortableVariants"] = "lists kernels",
        ["ExecutableMemory"] = "keeps machine code",
    };

    [Fact]
    public void KernelsWithLoops_AskForAllOptimizations()
    {
        var methods = typeof(KernelSet).Assembly.GetTypes().Where(t => t.Namespace?.StartsWith("Colibri.Kernels", StringComparison.Ordinal) == true)
            .SelectMany(t => t.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance))
            .Where(HasLoop).ToList();
        Assert.InRange(methods.Count, 80, 1000);
        var slow = methods.Where(m => !Emits(m) && !IsCold(m) && !IsOptimized(m)).Select(m => $"{m.DeclaringType!.Name}.{m.Name}");
        Assert.Empty(slow);
        Assert.All(Cold.Keys, name => Assert.Contains(methods, m => m.DeclaringType!.Name.StartsWith(name, StringComparison.Ordinal)));
    }

    private static bool IsOptimized(MethodInfo method) =>
        (method.MethodImplementationFlags & (MethodImplAttributes.AggressiveOptimization | MethodImplAttributes.AggressiveInlining)) != 0;

    private static bool IsCold(MethodInfo method) => Cold.Keys.Any(name => method.DeclaringType!.Name.StartsWith(name, StringComparison.Ordinal));

    // Makes machine code, or lists it: takes an assembler or has one. Lambdas do that too; what runs hot has none.
    private static bool Emits(MethodInfo method) =>
        method.GetParameters().Select(p => p.ParameterType).Concat(method.GetMethodBody()!.LocalVariables.Select(l => l.LocalType)).Append(method.ReturnType).Any(IsAssembly)
        || method.DeclaringType!.Namespace == "Colibri.Kernels.Assembly" || method.DeclaringType.Name.StartsWith("<>", StringComparison.Ordinal)
        || method.Name.StartsWith("Make", StringComparison.Ordinal);

    private static bool IsAssembly(Type type) =>
        type.Namespace == "Iced.Intel" || type.Name is "FunctionAssembler" || (type.HasElementType && IsAssembly(type.GetElementType()!));

    // A jump backwards in the intermediate language.
    private static bool HasLoop(MethodInfo method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
        {
            return false;
        }

        for (var i = 0; i < il.Length;)
        {
            var code = Codes[il[i] == 0xfe ? (short)(0xfe00 | il[++i]) : il[i]];
            i++;
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget when (sbyte)il[i] < 0:
                case OperandType.InlineBrTarget when BitConverter.ToInt32(il, i) < 0:
                    return true;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    i++;
                    break;
                case OperandType.InlineVar:
                    i += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    i += 8;
                    break;
                case OperandType.InlineSwitch:
                    i += 4 + 4 * BitConverter.ToInt32(il, i);
                    break;
                default:
                    i += 4;
                    break;
            }
        }

        return false;
    }
}
