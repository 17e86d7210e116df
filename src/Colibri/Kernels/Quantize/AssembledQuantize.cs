using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Quantize;

/// <summary>
/// Quantization of activations, sixteen blocks side by side: their largest magnitudes, scales and sums are a lane each, so that
/// two divisions serve 512 values.
/// </summary>
internal sealed unsafe class AssembledQuantize : QuantizeKernel, IAssembled
{
    private const int Step = 16 * Block;

    private readonly PortableQuantize<Lanes512> _rest = new();
    private readonly AssembledFunction _function = AssemblySupport.Function("quantize", Assemble);

    public IEnumerable<AssembledFunction> Functions => [_function];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Row(float* values, int count, sbyte* q, float* scales, int* sums)
    {
        var inverses = stackalloc float[16];
        var done = 0;
        while (count - done >= Step)
        {
            var steps = (count - done) / Step;
            var arguments = new Arguments
            {
                Values = values + done,
                Q = q + done,
                Scales = scales + done / Block,
                Sums = sums + done / SumGroup,
                Steps = steps,
                Inverses = inverses,
            };
            _function.CallBriefly(&arguments);
            done += (steps - (int)arguments.Steps) * Step;
            if (arguments.Steps > 0)
            {
                // The next step holds a NaN or an infinity.
                _rest.Row(values + done, Step, q + done, scales + done / Block, sums + done / SumGroup);
                done += Step;
            }
        }

        if (done < count)
        {
            _rest.Row(values + done, count - done, q + done, scales + done / Block, sums + done / SumGroup);
        }
    }

    private static byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        var (values, q, scales, sums, steps, inverses) = (rsi, rdx, rcx, r8, r9, r10);
        var registers = LaneTreeAssembly.Registers;
        c.mov(values, arguments[nameof(Arguments.Values)]);
        c.mov(q, arguments[nameof(Arguments.Q)]);
        c.mov(scales, arguments[nameof(Arguments.Scales)]);
        c.mov(sums, arguments[nameof(Arguments.Sums)]);
        c.mov(steps, arguments[nameof(Arguments.Steps)]);
        c.mov(inverses, arguments[nameof(Arguments.Inverses)]);
        var (magnitude, most, infinity, largestFinite) = (zmm31, zmm30, zmm29, zmm28);
        Fill(magnitude, 0x7fffffff);
        Fill(most, BitConverter.SingleToUInt32Bits(127));
        Fill(infinity, BitConverter.SingleToUInt32Bits(float.PositiveInfinity));
        Fill(largestFinite, BitConverter.SingleToUInt32Bits(float.MaxValue));
        var poisoned = c.CreateLabel();
        function.Loop(steps, () =>
        {
            // Magnitudes compare as the integers their bits are, NaN and infinity above all numbers.
            for (var block = 0; block < 16; block++)
            {
                c.vpandd(registers[block], magnitude, __zmmword_ptr[values + block * 128]);
                c.vpandd(zmm16, magnitude, __zmmword_ptr[values + (block * 128 + 64)]);
                c.vpmaxsd(registers[block], registers[block], zmm16);
            }

            LaneTreeAssembly.Emit(c, (target, a, b) => c.vpmaxsd(target, a, b));
            c.vpcmpgtd(k1, zmm0, largestFinite);
            c.kortestw(k1, k1);
            c.jnz(poisoned);
            c.vdivps(zmm1, zmm0, most);
            c.vmovups(__zmmword_ptr[scales], zmm1);
            c.vdivps(zmm2, most, zmm0);

            // Zeros, and numbers so small that the inverse overflows, become zeros.
            const byte notEqual = 4;
            c.vcmpps(k1, zmm2, infinity, notEqual);
            c.vmovaps(zmm2.k1.z, zmm2);
            c.vmovups(__zmmword_ptr[inverses], zmm2);
            for (var first = 0; first < 16; first += 8)
            {
                for (var block = 0; block < 8; block++)
                {
                    var at = (first + block) * 128;
                    c.vbroadcastss(zmm18, __dword_ptr[inverses + (first + block) * 4]);
                    c.vmulps(registers[2 * block], zmm18, __zmmword_ptr[values + at]);
                    c.vmulps(registers[2 * block + 1], zmm18, __zmmword_ptr[values + (at + 64)]);
                    c.vcvtps2dq(registers[2 * block], registers[2 * block]);
                    c.vcvtps2dq(registers[2 * block + 1], registers[2 * block + 1]);
                    c.vpmovdb(__xmmword_ptr[q + at / 4], registers[2 * block]);
                    c.vpmovdb(__xmmword_ptr[q + (at / 4 + 16)], registers[2 * block + 1]);
                }

                LaneTreeAssembly.Emit(c, (target, a, b) => c.vpaddd(target, a, b));
                c.vmovdqu32(__zmmword_ptr[sums + first * 8], zmm0);
            }

            c.add(values, Step * sizeof(float));
            c.add(q, Step);
            c.add(scales, 64);
            c.add(sums, 128);
        });
        c.Label(ref poisoned);
        c.mov(arguments[nameof(Arguments.Steps)], steps);
        return function.Finish();

        void Fill(AssemblerRegisterZMM register, uint value)
        {
            c.mov(eax, value);
            c.vpbroadcastd(register, eax);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public float* Values;
        public sbyte* Q;
        public float* Scales;
        public int* Sums;

        /// <summary>Steps to do, at least one; afterwards those not done.</summary>
        public long Steps;

        public float* Inverses;
    }
}
