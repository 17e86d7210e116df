using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Kernels.Assembly;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>Activations rounded to bfloat16, halves to even, subnormal numbers taken as zeros: as <c>vcvtne2ps2bf16</c> does it.</summary>
internal static unsafe class PairRounding
{
    /// <summary>Values of a step of the assembled form.</summary>
    private const int Step = 32;

    /// <summary>The assembled form's function; assembled on first use.</summary>
    public static AssembledFunction Function => field ??= AssemblySupport.Function("round to bfloat16", Assemble);

    /// <summary>Rounds values one by one.</summary>
    /// <param name="source">The values.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Receives as many.</param>
    public static void Plain(float* source, int count, ushort* target)
    {
        for (var i = 0; i < count; i++)
        {
            target[i] = BrainConversion.Narrow(float.IsSubnormal(source[i]) ? MathF.CopySign(0, source[i]) : source[i]);
        }
    }

    /// <summary>Rounds values with the processor's instruction, the last ones one by one.</summary>
    /// <inheritdoc cref="Plain"/>
    public static void Fast(float* source, int count, ushort* target)
    {
        var whole = count / Step * Step;
        if (whole > 0)
        {
            var arguments = new Arguments { Source = source, Target = target, Steps = count / Step };
            Function.CallBriefly(&arguments);
        }

        Plain(source + whole, count - whole, target + whole);
    }

    private static byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = FunctionAssembler.Arguments;
        var (source, target, steps) = (rsi, rdx, rcx);
        c.mov(source, __qword_ptr[arguments + Offset(nameof(Arguments.Source))]);
        c.mov(target, __qword_ptr[arguments + Offset(nameof(Arguments.Target))]);
        c.mov(steps, __qword_ptr[arguments + Offset(nameof(Arguments.Steps))]);
        function.Loop(steps, () =>
        {
            // The second operand goes to the lower half.
            c.vmovups(zmm0, __zmmword_ptr[source + 64]);
            c.vcvtne2ps2bf16(zmm0, zmm0, __zmmword_ptr[source]);
            c.vmovdqu32(__zmmword_ptr[target], zmm0);
            c.add(source, Step * sizeof(float));
            c.add(target, Step * sizeof(ushort));
        });
        return function.Finish();
    }

    private static int Offset(string field) => (int)Marshal.OffsetOf<Arguments>(field);

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public float* Source;
        public ushort* Target;
        public long Steps;
    }
}
