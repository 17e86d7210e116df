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

    /// <summary>Emits a body that has no labels, and other instructions evenly between its own.</summary>
    /// <param name="body">Emits the body.</param>
    /// <param name="count">How often something goes between.</param>
    /// <param name="between">Emits what goes between, for each number from 0.</param>
    public void Spread(Action<Assembler> body, int count, Action<int> between)
    {
        var apart = new Assembler(64);
        body(apart);
        var done = 0;
        for (var i = 0; i < apart.Instructions.Count; i++)
        {
            for (; done < count && (long)done * apart.Instructions.Count <= (long)i * count; done++)
            {
                between(done);
            }

            Code.AddInstruction(apart.Instructions[i]);
        }
    }

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
