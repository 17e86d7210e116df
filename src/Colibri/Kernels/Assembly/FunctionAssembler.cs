using System.Numerics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Assembly;

/// <summary>
/// Assembles one function that takes a pointer to its arguments. It keeps what the platform's calling convention wants
/// kept, so a generator may use every general register but the stack pointer and all vector registers; the arguments'
/// address is in <see cref="Arguments"/> at the start. Constants are built in registers or read through the arguments, so
/// the code may lie anywhere.
/// </summary>
internal sealed class FunctionAssembler
{
    private static readonly AssemblerRegister64[] Kept = OperatingSystem.IsWindows()
        ? [rbx, rbp, rsi, rdi, r12, r13, r14, r15]
        : [rbx, rbp, r12, r13, r14, r15];

    // Windows keeps the low halves of xmm6 to xmm15.
    private static readonly AssemblerRegisterXMM[] KeptVectors = OperatingSystem.IsWindows()
        ? [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15]
        : [];

    /// <summary>Begins a function.</summary>
    public FunctionAssembler()
    {
        foreach (var register in Kept)
        {
            Code.push(register);
        }

        if (KeptVectors.Length > 0)
        {
            Code.sub(rsp, KeptVectors.Length * 16);
            for (var i = 0; i < KeptVectors.Length; i++)
            {
                Code.vmovups(__xmmword_ptr[rsp + i * 16], KeptVectors[i]);
            }

            Code.mov(Arguments, rcx);
        }
    }

    /// <summary>Where instructions go.</summary>
    public Assembler Code { get; } = new(64);

    /// <summary>Holds the address of the arguments at the start.</summary>
    public static AssemblerRegister64 Arguments => rdi;

    /// <summary>Runs a body a number of times, at least once.</summary>
    /// <param name="counter">Holds the number; zero behind the loop.</param>
    /// <param name="body">Emits the body.</param>
    public void Loop(AssemblerRegister64 counter, Action body)
    {
        var start = Code.CreateLabel();
        Code.Label(ref start);
        body();
        Code.dec(counter);
        Code.jnz(start);
    }

    /// <summary>Runs steps one after the other, perhaps none: as many as fit a loop of several at a time, then those that are left.</summary>
    /// <param name="counter">May be changed; zero behind the loops.</param>
    /// <param name="steps">Where the number of steps is.</param>
    /// <param name="unroll">Steps at a time, a power of two.</param>
    /// <param name="body">Emits so many steps.</param>
    public void Unrolled(AssemblerRegister64 counter, AssemblerMemoryOperand steps, int unroll, Action<int> body)
    {
        foreach (var together in unroll > 1 ? new[] { unroll, 1 } : [1])
        {
            var done = Code.CreateLabel();
            Code.mov(counter, steps);
            if (together > 1)
            {
                Code.shr(counter, (byte)BitOperations.Log2((uint)unroll));
            }
            else if (unroll > 1)
            {
                Code.and(counter, unroll - 1);
            }
            else
            {
                Code.test(counter, counter);
            }

            Code.jz(done);
            Loop(counter, () => body(together));
            Code.Label(ref done);
            Code.nop();
        }
    }

    /// <summary>Emits two bodies that have no labels: the instructions of one evenly between those of the other.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="body">Emits one.</param>
    /// <param name="other">Emits the other one, which shares no register with it that either changes.</param>
    public static void Weave(Assembler c, Action<Assembler> body, Action<Assembler> other)
    {
        var (first, second) = (new Assembler(64), new Assembler(64));
        body(first);
        other(second);
        var (a, b) = (first.Instructions, second.Instructions);
        for (var (i, j) = (0, 0); i < a.Count || j < b.Count;)
        {
            c.AddInstruction(j < b.Count && (i == a.Count || (long)j * a.Count <= (long)i * b.Count) ? b[j++] : a[i++]);
        }
    }

    /// <summary>Emits a body that has no labels, and evenly between its instructions a request for some lines of memory.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="body">Emits the body.</param>
    /// <param name="ahead">Holds the address of the first line.</param>
    /// <param name="lines">How many lines.</param>
    /// <param name="near">Whether they are asked for into the first-level cache, or only into the second.</param>
    public static void WeaveAhead(Assembler c, Action<Assembler> body, AssemblerRegister64 ahead, int lines, bool near = true) => Weave(c, body, other =>
    {
        for (var line = 0; line < lines; line++)
        {
            var place = __byte_ptr[ahead + line * 64];
            if (near)
            {
                other.prefetcht0(place);
            }
            else
            {
                other.prefetcht1(place);
            }
        }
    });

    /// <summary>Ends the function and gives its machine code.</summary>
    public byte[] Finish()
    {
        Code.vzeroupper();
        if (KeptVectors.Length > 0)
        {
            for (var i = 0; i < KeptVectors.Length; i++)
            {
                Code.vmovups(KeptVectors[i], __xmmword_ptr[rsp + i * 16]);
            }

            Code.add(rsp, KeptVectors.Length * 16);
        }

        foreach (var register in Kept.Reverse())
        {
            Code.pop(register);
        }

        Code.ret();
        using var stream = new MemoryStream();
        Code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }
}
