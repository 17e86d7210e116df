using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// How blocks of eight rows become exact sums and scales side by side, a row in each 32-bit lane, as instructions for AVX2 with F16C: what
/// a format adds so that its product with few rows of activations can be assembled where AVX-512 with VNNI is missing. Registers ymm0 to
/// ymm13 are its to use, ymm15 holds its first constant; ymm14 and the general registers are not to be changed. Between parts ymm11 and
/// ymm12 are changed, the others keep what they hold.
/// </summary>
/// <remarks>
/// Bytes of the rows are turned before they are multiplied, so that sums need no turning: four bytes of each row share a register, and
/// all additions are between registers. Results go to memory, from where they are added up in order.
/// </remarks>
internal abstract class EightRowsRecipe
{
    /// <summary>Groups that there is room for at a time.</summary>
    public const int MostGroups = 16;

    /// <summary>Bytes of the room: sums, scales and minimums of so many groups, and <see cref="OwnRegisters"/>.</summary>
    public const int RoomBytes = (3 * MostGroups + OwnRegisters) * RegisterBytes;

    /// <summary>Registers that a recipe may keep in the room (<see cref="Own"/>).</summary>
    private const int OwnRegisters = 8;

    private const int RegisterBytes = 32;

    // The first rows of both halves, bytes from one row to the next, and three times that.
    private static readonly AssemblerRegister64 Near = rsi;
    private static readonly AssemblerRegister64 Far = r8;
    private static readonly AssemblerRegister64 RowBytes = rcx;
    private static readonly AssemblerRegister64 ThreeRows = rdx;

    private static readonly AssemblerRegister64 Activations = rax;
    private static readonly AssemblerRegister64 ActivationScales = rbx;
    private static readonly AssemblerRegister64 Corrections = r13;
    private static readonly AssemblerRegister64 Room = r11;
    private static readonly AssemblerRegister64 ConstantsStart = rbp;

    /// <summary>Where four times 32 bytes are turned: rows 0 to 3, and rows 4 to 7.</summary>
    private static readonly AssemblerRegisterYMM[][] Sets = [[ymm0, ymm1, ymm2, ymm3, ymm4, ymm5], [ymm6, ymm7, ymm8, ymm9, ymm10, ymm11]];

    private static readonly AssemblerRegisterXMM[] LowHalves = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13];

    /// <summary>Makes a recipe.</summary>
    /// <param name="constants">What instructions read, 32 bytes each; the first one is held in ymm15.</param>
    protected EightRowsRecipe(params byte[][] constants) => Constants = [.. constants.SelectMany(bytes => bytes)];

    /// <summary>Holds the first constant.</summary>
    protected static AssemblerRegisterYMM First => ymm15;

    /// <summary>What lies where <see cref="Constant"/> finds it.</summary>
    public byte[] Constants { get; }

    /// <summary>Values of a step, whole blocks: 32 to 256.</summary>
    public abstract int Values { get; }

    /// <summary>
    /// Steps that are emitted together, a power of two; their groups are <see cref="MostGroups"/> at most, and eight where <see cref="Own"/> is
    /// used for each.
    /// </summary>
    public abstract int Together { get; }

    /// <summary>
    /// Whether activations are read spread (<see cref="SpreadAt"/>): of each 32, four of the first half four times over, then four of the second half
    /// four times over, and so on. Otherwise they are read as they lie (<see cref="Four"/>).
    /// </summary>
    public abstract bool ReadsSpread { get; }

    /// <summary>Whether the format's offset is taken off the integers already.</summary>
    public virtual bool TakesOffset => false;

    /// <summary>Parts of a step whose sums come one after the other, with the groups of each in order.</summary>
    public abstract int[] GroupsOfParts { get; }

    /// <summary>Emits what leaves the scales, and minimums, of some steps where <see cref="Scale"/> and <see cref="Minimum"/> say.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="steps">The steps, one behind the other.</param>
    public abstract void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps);

    /// <summary>Emits what leaves the sums of integers, unsigned unless <see cref="TakesOffset"/>, times activations where <see cref="Sum"/> says.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="step">The step.</param>
    /// <param name="part">Which part of it.</param>
    public abstract void Sums(Assembler c, EightRowsStep step, int part);

    /// <summary>The sums of a group, a row in each lane.</summary>
    public static AssemblerMemoryOperand Sum(int group) => __ymmword_ptr[Room + group * RegisterBytes];

    /// <summary>The scales of a group, times that of its activations.</summary>
    public static AssemblerMemoryOperand Scale(int group) => __ymmword_ptr[Room + (MostGroups + group) * RegisterBytes];

    /// <summary>Emits what keeps a group's scales.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="group">The group.</param>
    /// <param name="activationBlock">Which 32 activations it is multiplied with.</param>
    /// <param name="scales">The scales.</param>
    /// <param name="free">May be changed.</param>
    protected static void KeepScale(Assembler c, int group, int activationBlock, AssemblerRegisterYMM scales, AssemblerRegisterYMM free)
    {
        c.vbroadcastss(free, __dword_ptr[ActivationScales + activationBlock * sizeof(float)]);
        c.vmulps(free, scales, free);
        c.vmovups(Scale(group), free);
    }

    /// <summary>What the offset adds to the sums of a group of every row.</summary>
    protected static AssemblerMemoryOperand Correction(int group) => __dword_ptr[Corrections + group * sizeof(int)];

    /// <summary>The minimums of a group.</summary>
    public static AssemblerMemoryOperand Minimum(int group) => __ymmword_ptr[Room + (2 * MostGroups + group) * RegisterBytes];

    /// <summary>A register that the recipe keeps in memory, for a step or for all that are emitted together.</summary>
    /// <param name="index">Which, 0..7.</param>
    protected static AssemblerMemoryOperand Own(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, OwnRegisters);
        return __ymmword_ptr[Room + (3 * MostGroups + index) * RegisterBytes];
    }

    /// <summary>A constant.</summary>
    protected static AssemblerMemoryOperand Constant(int index) => __ymmword_ptr[ConstantsStart + index * RegisterBytes];

    /// <summary>Four activations.</summary>
    protected static AssemblerMemoryOperand Four(EightRowsStep step, int value) => __dword_ptr[Activations + (step.Activation + value)];

    /// <summary>Spread activations: of 32, four of each half.</summary>
    /// <param name="step">The step.</param>
    /// <param name="value">The first of the 32.</param>
    /// <param name="four">Which four of each half, 0..3.</param>
    protected static AssemblerMemoryOperand SpreadAt(EightRowsStep step, int value, int four) =>
        __ymmword_ptr[Activations + (4 * (step.Activation + value) + four * RegisterBytes)];

    /// <summary>A place in a row.</summary>
    /// <param name="type">What is there.</param>
    /// <param name="row">The row, 0..7.</param>
    /// <param name="at">Bytes from where the step begins.</param>
    protected static AssemblerMemoryOperand Place(AssemblerMemoryOperandFactory type, int row, int at)
    {
        var first = row < 4 ? Near : Far;
        return (row % 4) switch
        {
            0 => type[first + at],
            1 => type[first + RowBytes + at],
            2 => type[first + RowBytes * 2 + at],
            _ => type[first + ThreeRows + at],
        };
    }

    /// <summary>Thirty-two equal bytes.</summary>
    protected static byte[] Bytes(byte value) => [.. Enumerable.Repeat(value, RegisterBytes)];

    /// <summary>Sixteen equal words.</summary>
    protected static byte[] Words(ushort value) => Repeated([(byte)value, (byte)(value >> 8)]);

    /// <summary>Some bytes over and over.</summary>
    protected static byte[] Repeated(byte[] bytes) => [.. Enumerable.Range(0, RegisterBytes).Select(i => bytes[i % bytes.Length])];

    /// <summary>What <see cref="TwoHalves"/> reads.</summary>
    protected static byte[] HalvesApart => Repeated([0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);

    /// <summary>The two halves of every lane as float32.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="halves">Holds them; changed.</param>
    /// <param name="apart">Which constant is <see cref="HalvesApart"/>.</param>
    /// <param name="first">Receives the first ones.</param>
    /// <param name="second">Receives the second ones.</param>
    protected static void TwoHalves(Assembler c, AssemblerRegisterYMM halves, int apart, AssemblerRegisterYMM first, AssemblerRegisterYMM second)
    {
        c.vpshufb(halves, halves, Constant(apart));
        c.vpermq(halves, halves, 0b11_01_10_00);
        c.vextracti128(LowHalf(second), halves, 1);
        c.vcvtph2ps(first, LowHalf(halves));
        c.vcvtph2ps(second, LowHalf(second));
    }

    /// <summary>The lower half of a register.</summary>
    protected static AssemblerRegisterXMM LowHalf(AssemblerRegisterYMM register) => LowHalves[register.Value - Register.YMM0];

    // What vpshufb takes to leave a byte of every lane alone in it.
    private static byte[] ByteOfLanes(int index) =>
        Repeated([.. Enumerable.Range(0, 16).Select(i => i % 4 == 0 ? (byte)(i + index) : (byte)0x80)]);

    // What vpshufb takes to leave a byte of every lane at its top, zeros below.
    private static byte[] TopByte(int index) => Repeated([.. Enumerable.Range(0, 16).Select(i => i % 4 == 3 ? (byte)(i - 3 + index) : (byte)0x80)]);

    /// <summary>The constants that <see cref="EachByte"/> reads, one behind the other.</summary>
    protected static byte[][] EachByteConstants => [Repeated([255, 0, 0, 0]), ByteOfLanes(1), ByteOfLanes(2)];

    /// <summary>The four bytes of every lane, unsigned, times the lane's factor.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="numbers">The bytes.</param>
    /// <param name="factor">The factors.</param>
    /// <param name="constants">Where <see cref="EachByteConstants"/> begin.</param>
    /// <param name="each">Receive the products of the first bytes, of the second ones and so on.</param>
    protected static void EachByte(Assembler c, AssemblerRegisterYMM numbers, AssemblerRegisterYMM factor, int constants, AssemblerRegisterYMM[] each)
    {
        c.vpand(each[0], numbers, Constant(constants));
        c.vpshufb(each[1], numbers, Constant(constants + 1));
        c.vpshufb(each[2], numbers, Constant(constants + 2));
        c.vpsrld(each[3], numbers, 24);
        foreach (var number in each)
        {
            c.vcvtdq2ps(number, number);
            c.vmulps(number, factor, number);
        }
    }

    /// <summary>The constants that <see cref="KeepSignedScales"/> reads, one behind the other: bytes at the top of lanes, and what their factors are multiplied by.</summary>
    protected static byte[][] SignedScalesConstants => [TopByte(0), TopByte(1), TopByte(2), TopByte(3), Repeated(BitConverter.GetBytes(1f / (1 << 24)))];

    /// <summary>Makes factors small enough for bytes at the top of lanes, which count as 2^24 times themselves: exact, a half that is made smaller stays normal.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="factor">The factors.</param>
    /// <param name="constants">Where <see cref="SignedScalesConstants"/> begin.</param>
    protected static void MakeSmall(Assembler c, AssemblerRegisterYMM factor, int constants) => c.vmulps(factor, factor, Constant(constants + 4));

    /// <summary>Keeps the scales of four groups of 16: the bytes of every lane, signed, times the lane's factor.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="numbers">The bytes.</param>
    /// <param name="factor">The factors, made small.</param>
    /// <param name="constants">Where <see cref="SignedScalesConstants"/> begin.</param>
    /// <param name="group">The first of the groups.</param>
    /// <param name="free">Four registers that may be changed.</param>
    protected static void KeepSignedScales(Assembler c, AssemblerRegisterYMM numbers, AssemblerRegisterYMM factor, int constants, int group, AssemblerRegisterYMM[] free)
    {
        for (var i = 0; i < 4; i++)
        {
            var (scale, other) = (free[2 * (i % 2)], free[2 * (i % 2) + 1]);
            c.vpshufb(scale, numbers, Constant(constants + i));
            c.vcvtdq2ps(scale, scale);
            c.vmulps(scale, factor, scale);
            KeepScale(c, group + i, (group + i) / 2, scale, other);
        }
    }

    /// <summary>
    /// Turns 32 bytes of every row: <see cref="Turned"/> of a half and four then holds those four bytes of the first sixteen of its rows, and in
    /// the upper half the same of the last sixteen. What <see cref="Free"/> names is free then.
    /// </summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="at">Bytes from the rows to them.</param>
    protected static void Turn(Assembler c, int at)
    {
        // Both halves by turns, as everywhere: what one waits for, the other does not. Rows are loaded once: two loads a cycle are a limit.
        for (var pair = 0; pair < 2; pair++)
        {
            var (row, first, second, low) = (2 * pair, pair, pair + 1, pair + 4);
            Both(half => c.vmovdqu(Sets[half][first], Place(__ymmword_ptr, 4 * half + row, at)));
            Both(half => c.vmovdqu(Sets[half][second], Place(__ymmword_ptr, 4 * half + row + 1, at)));
            Both(half => c.vpunpckldq(Sets[half][low], Sets[half][first], Sets[half][second]));
            Both(half => c.vpunpckhdq(Sets[half][first], Sets[half][first], Sets[half][second]));
        }

        Both(half => c.vpunpcklqdq(Sets[half][2], Sets[half][4], Sets[half][5]));
        Both(half => c.vpunpckhqdq(Sets[half][4], Sets[half][4], Sets[half][5]));
        Both(half => c.vpunpcklqdq(Sets[half][3], Sets[half][0], Sets[half][1]));
        Both(half => c.vpunpckhqdq(Sets[half][0], Sets[half][0], Sets[half][1]));
    }

    /// <summary>Keeps what <see cref="Turn"/> left where <see cref="KeptTurned"/> finds it.</summary>
    protected static void KeepTurned(Assembler c)
    {
        for (var four = 0; four < 4; four++)
        {
            Both(half => c.vmovdqu(KeptTurned(half, four), Turned(half, four)));
        }
    }

    /// <summary>What <see cref="KeepTurned"/> kept, as <see cref="Turned"/> names it.</summary>
    protected static AssemblerMemoryOperand KeptTurned(int half, int four) => Own(4 * half + four);

    /// <summary>Adds some bits of what <see cref="KeepTurned"/> kept to integers; changes ymm12.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="integers">The integers.</param>
    /// <param name="half">Rows 0 to 3, or 4 to 7.</param>
    /// <param name="four">Which four bytes of each sixteen, 0..3.</param>
    /// <param name="up">By how much bits are moved up, or down where it is negative.</param>
    /// <param name="mask">Holds ones where they are then.</param>
    protected static void AddBits(Assembler c, AssemblerRegisterYMM integers, int half, int four, int up, AssemblerRegisterYMM mask)
    {
        if (up == 0)
        {
            c.vpand(ymm12, mask, KeptTurned(half, four));
        }
        else
        {
            c.vmovdqu(ymm12, KeptTurned(half, four));
            Move(c, ymm12, ymm12, up);
            c.vpand(ymm12, ymm12, mask);
        }

        c.vpor(integers, integers, ymm12);
    }

    /// <summary>Moves the bits of words up, or down where the number is negative.</summary>
    protected static void Move(Assembler c, AssemblerRegisterYMM target, AssemblerRegisterYMM source, int up)
    {
        if (up > 0)
        {
            c.vpsllw(target, source, (byte)up);
        }
        else
        {
            c.vpsrlw(target, source, (byte)-up);
        }
    }

    /// <summary>Where <see cref="Turn"/> left bytes.</summary>
    /// <param name="half">Rows 0 to 3, or 4 to 7.</param>
    /// <param name="four">Which four bytes of each sixteen, 0..3.</param>
    protected static AssemblerRegisterYMM Turned(int half, int four) => Sets[half][four switch { 0 => 2, 1 => 4, 2 => 3, _ => 0 }];

    /// <summary>A register that <see cref="Turn"/> leaves free, 0 or 1 of each half.</summary>
    protected static AssemblerRegisterYMM Free(int half, int index) => Sets[half][index == 0 ? 1 : 5];

    /// <summary>Emits for both halves.</summary>
    protected static void Both(Action<int> body)
    {
        body(0);
        body(1);
    }

    /// <summary>
    /// Turns sixteen bytes of every row: ymm1, ymm4, ymm3 and ymm0 (<see cref="Fours"/>) then hold four of them each, a row in each lane. ymm2 and ymm5
    /// are free then.
    /// </summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="at">Bytes from the rows to them.</param>
    protected static void TurnSixteen(Assembler c, int at)
    {
        for (var i = 0; i < 4; i++)
        {
            c.vmovdqu(LowHalves[i], Place(__xmmword_ptr, i, at));
            c.vinserti128(Sets[0][i], Sets[0][i], Place(__xmmword_ptr, 4 + i, at), 1);
        }

        c.vpunpckldq(ymm4, ymm0, ymm1);
        c.vpunpckhdq(ymm0, ymm0, ymm1);
        c.vpunpckldq(ymm5, ymm2, ymm3);
        c.vpunpckhdq(ymm2, ymm2, ymm3);
        c.vpunpcklqdq(ymm1, ymm4, ymm5);
        c.vpunpckhqdq(ymm4, ymm4, ymm5);
        c.vpunpcklqdq(ymm3, ymm0, ymm2);
        c.vpunpckhqdq(ymm0, ymm0, ymm2);
    }

    /// <summary>Leaves four bytes of every row in ymm0; changes ymm1 to ymm3. Sixteen are read.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="at">Bytes from the rows to them.</param>
    protected static void FourOfEach(Assembler c, int at)
    {
        for (var i = 0; i < 4; i++)
        {
            c.vmovdqu(LowHalves[i], Place(__xmmword_ptr, 2 * i, at));
            c.vpunpckldq(LowHalves[i], LowHalves[i], Place(__xmmword_ptr, 2 * i + 1, at));
        }

        c.vpunpcklqdq(xmm0, xmm0, xmm1);
        c.vpunpcklqdq(xmm2, xmm2, xmm3);
        c.vinserti128(ymm0, ymm0, xmm2, 1);
    }

    // Leaves the half that each row begins with as float32 in ymm0; changes ymm1 to ymm3. Sixteen bytes are read.
    private static void HalfOfEach(Assembler c, int at)
    {
        // What lies behind the halves comes along, and is left behind as pairs of rows, then pairs of pairs move together.
        for (var i = 0; i < 4; i++)
        {
            c.vmovdqu(LowHalves[i], Place(__xmmword_ptr, 2 * i, at));
            c.vpunpcklwd(LowHalves[i], LowHalves[i], Place(__xmmword_ptr, 2 * i + 1, at));
        }

        c.vpunpckldq(xmm0, xmm0, xmm1);
        c.vpunpckldq(xmm2, xmm2, xmm3);
        c.vpunpcklqdq(xmm0, xmm0, xmm2);
        c.vcvtph2ps(ymm0, xmm0);
    }

    /// <summary>Keeps the scales of blocks of one group that begin with them; changes ymm0 to ymm3.</summary>
    protected static void KeepLeadingHalves(Assembler c, ReadOnlySpan<EightRowsStep> steps)
    {
        foreach (var step in steps)
        {
            HalfOfEach(c, step.Byte);
            KeepScale(c, step.Group, step.Group, ymm0, ymm1);
        }
    }

    /// <summary>Where <see cref="TurnSixteen"/> leaves bytes 0 to 3, 4 to 7, 8 to 11 and 12 to 15 of the rows.</summary>
    protected static AssemblerRegisterYMM[] Fours { get; } = [ymm1, ymm4, ymm3, ymm0];
}

/// <summary>A step of <see cref="EightRowsRecipe"/> among those that are emitted together.</summary>
/// <param name="Byte">Bytes from the rows to its blocks.</param>
/// <param name="Activation">Activations before its own.</param>
/// <param name="Group">Groups before its own.</param>
internal readonly record struct EightRowsStep(int Byte, int Activation, int Group);
