using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Quantize;

/// <summary>
/// Quantization of whole rows in two functions, one for the range and one for the integers, 64 values a step: four registers of
/// each kind, so that no comparison waits for the one before. Scales are computed between them, as everywhere.
/// </summary>
internal sealed unsafe class AssembledTokenQuantize : TokenQuantizeKernel, IAssembled
{
    private const int Registers = 4;
    private const int Step = Registers * 16;

    private static readonly ArgumentsOf<Arguments> Given = new();
    private static readonly AssemblerRegister64 Values = rsi;
    private static readonly AssemblerRegister64 Q = rdx;
    private static readonly AssemblerRegister64 Steps = rcx;

    private readonly AssembledFunction _range = AssemblySupport.Function("quantize tokens: range", AssembleRange);
    private readonly AssembledFunction _integers = AssemblySupport.Function("quantize tokens: integers", AssembleIntegers);

    public IEnumerable<AssembledFunction> Functions => [_range, _integers];

    public override TokenScale Row(float* values, int count, byte* q)
    {
        var found = stackalloc float[3 * 16];
        var rest = count % Step;
        var arguments = new Arguments
        {
            Values = values,
            Q = q,
            Steps = count / Step,
            Whole = rest / 16,
            Mask = (ushort)((1 << (rest % 16)) - 1),
            Found = found,
        };
        _range.CallBriefly(&arguments);
        var above = Lanes512.LargestOf(Lanes512.Load(found));
        var below = Lanes512.LargestOf(Lanes512.Zero - Lanes512.Load(found + 16));
        var (scale, factor) = Scales(above, below, Lanes512.Sum(Lanes512.Load(found + 32)));
        if (float.IsNaN(scale.Scale))
        {
            new Span<byte>(q, count).Clear();
            return scale;
        }

        arguments.Factor = factor;
        arguments.Zero = scale.Zero;
        _integers.CallBriefly(&arguments);
        return scale;
    }

    private static byte[] AssembleRange()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var z = VectorRegisters.Zmm;
        for (var i = 0; i < 3 * Registers; i++)
        {
            c.vpxord(z[i], z[i], z[i]);
        }

        c.vpxord(zmm31, zmm31, zmm31);
        Walk(function, (i, isMasked) =>
        {
            c.vmovups(isMasked ? z[16 + i].k1.z : z[16 + i], __zmmword_ptr[Values + i * 64]);
            c.vmaxps(z[i], z[16 + i], z[i]);
            c.vminps(z[Registers + i], z[16 + i], z[Registers + i]);

            // Zero times a number is zero, times an infinity or NaN it is NaN.
            c.vfmadd231ps(z[2 * Registers + i], z[16 + i], zmm31);
        });
        Combine(0, (target, other) => c.vmaxps(target, target, other));
        Combine(Registers, (target, other) => c.vminps(target, target, other));
        Combine(2 * Registers, (target, other) => c.vaddps(target, target, other));
        c.mov(rax, Given[nameof(Arguments.Found)]);
        for (var kind = 0; kind < 3; kind++)
        {
            c.vmovups(__zmmword_ptr[rax + kind * 64], z[kind * Registers]);
        }

        return function.Finish();

        void Combine(int first, Action<AssemblerRegisterZMM, AssemblerRegisterZMM> two)
        {
            for (var i = 1; i < Registers; i++)
            {
                two(z[first], z[first + i]);
            }
        }
    }

    private static byte[] AssembleIntegers()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var z = VectorRegisters.Zmm;
        var (factor, zero, least) = (zmm31, zmm30, zmm29);
        c.vbroadcastss(factor, Given[nameof(Arguments.Factor)]);
        c.vpbroadcastd(zero, Given[nameof(Arguments.Zero)]);
        c.vpxord(least, least, least);
        c.mov(Q, Given[nameof(Arguments.Q)]);
        Walk(
            function,
            (i, isMasked) =>
            {
                c.vmulps(isMasked ? z[i].k1.z : z[i], factor, __zmmword_ptr[Values + i * 64]);
                c.vcvtps2dq(z[i], z[i]);
                c.vpaddd(z[i], z[i], zero);
                c.vpmaxsd(z[i], z[i], least);

                // Saturates at 255.
                c.vpmovusdb(isMasked ? __xmmword_ptr[Q + i * 16].k1 : __xmmword_ptr[Q + i * 16], z[i]);
            },
            advanced: registers => c.add(Q, registers * 16));
        return function.Finish();
    }

    // Four registers of values at a time, then one, then what is left of one under the mask k1.
    private static void Walk(FunctionAssembler function, Action<int, bool> emit, Action<int>? advanced = null)
    {
        var c = function.Code;
        c.mov(Values, Given[nameof(Arguments.Values)]);
        foreach (var (counter, registers) in new[] { (nameof(Arguments.Steps), Registers), (nameof(Arguments.Whole), 1) })
        {
            var done = c.CreateLabel();
            c.mov(Steps, Given[counter]);
            c.test(Steps, Steps);
            c.jz(done);
            function.Loop(Steps, () =>
            {
                for (var i = 0; i < registers; i++)
                {
                    emit(i, false);
                }

                c.add(Values, registers * 64);
                advanced?.Invoke(registers);
            });
            c.Label(ref done);
            c.nop();
        }

        c.kmovw(k1, Given[nameof(Arguments.Mask)]);
        emit(0, true);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public float* Values;
        public byte* Q;

        /// <summary>Steps of 64 values; may be none.</summary>
        public long Steps;

        /// <summary>Registers of 16 values behind them; may be none.</summary>
        public long Whole;

        /// <summary>Receives, sixteen lanes each: the largest values, the least ones, poison.</summary>
        public float* Found;

        public float Factor;
        public int Zero;

        /// <summary>Which of the last sixteen values exist; may be none.</summary>
        public ushort Mask;
    }
}
