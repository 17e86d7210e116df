using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Quantize;

/// <summary>Thirty-two values a step by the processor's instruction, the last ones under masks.</summary>
internal sealed unsafe class AssembledPairRound : PairRoundKernel, IAssembled
{
    private const int Step = 32;

    private readonly AssembledFunction _function = AssemblySupport.Function("round to bfloat16", Assemble);

    public IEnumerable<AssembledFunction> Functions => [_function];

    protected override void Round(float* values, int count, ushort* target)
    {
        var rest = count % Step;
        var arguments = new Arguments
        {
            Values = values,
            Target = target,
            Steps = count / Step,
            Low = (ushort)((1 << Math.Min(16, rest)) - 1),
            High = (ushort)((1 << Math.Max(0, rest - 16)) - 1),
            All = (1u << rest) - 1,
        };
        _function.CallBriefly(&arguments);
    }

    private static byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        var (values, target, steps) = (rsi, rdx, rcx);
        var rest = c.CreateLabel();
        c.mov(values, arguments[nameof(Arguments.Values)]);
        c.mov(target, arguments[nameof(Arguments.Target)]);
        c.mov(steps, arguments[nameof(Arguments.Steps)]);
        c.test(steps, steps);
        c.jz(rest);
        function.Loop(steps, () =>
        {
            // The second operand goes to the lower half.
            c.vmovups(zmm0, __zmmword_ptr[values + 64]);
            c.vcvtne2ps2bf16(zmm0, zmm0, __zmmword_ptr[values]);
            c.vmovdqu32(__zmmword_ptr[target], zmm0);
            c.add(values, Step * sizeof(float));
            c.add(target, Step * sizeof(ushort));
        });
        c.Label(ref rest);
        c.kmovw(k1, arguments[nameof(Arguments.Low)]);
        c.kmovw(k2, arguments[nameof(Arguments.High)]);
        c.kmovd(k3, arguments[nameof(Arguments.All)]);
        c.vmovups(zmm1.k1.z, __zmmword_ptr[values]);
        c.vmovups(zmm0.k2.z, __zmmword_ptr[values + 64]);
        c.vcvtne2ps2bf16(zmm0, zmm0, zmm1);
        c.vmovdqu16(__zmmword_ptr[target].k3, zmm0);
        return function.Finish();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public float* Values;
        public ushort* Target;
        public long Steps;
        public uint All;
        public ushort Low;
        public ushort High;
    }
}
