using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Colibri.Formats;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Assembly;

/// <summary>
/// The arguments of a function that is being assembled: operands for the fields of the struct whose address it is given. They hold while
/// <see cref="FunctionAssembler.Arguments"/> is not changed.
/// </summary>
/// <typeparam name="T">The struct: numbers and addresses in public fields, in sequential layout.</typeparam>
/// <param name="start">Bytes from the arguments' address to the struct.</param>
internal readonly struct ArgumentsOf<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)] T>(int start)
    where T : unmanaged
{
    /// <summary>A field, as wide as it is.</summary>
    /// <param name="field">Its name.</param>
    public AssemblerMemoryOperand this[string field]
    {
        get
        {
            var place = FunctionAssembler.Arguments + (start + Offset(field));
            return Type.GetTypeCode(typeof(T).GetField(field)!.FieldType) switch
            {
                TypeCode.UInt16 => __word_ptr[place],
                TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Single => __dword_ptr[place],
                _ => __qword_ptr[place],
            };
        }
    }

    /// <summary>Where a field is.</summary>
    /// <param name="field">Its name.</param>
    public MemoryPlace Place(string field) => new(FunctionAssembler.Arguments, start + Offset(field));

    /// <summary>The fields of a struct that is a field.</summary>
    /// <typeparam name="TPart">That struct.</typeparam>
    /// <param name="field">Its name.</param>
    public ArgumentsOf<TPart> Part<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)] TPart>(string field)
        where TPart : unmanaged => new(start + Offset(field));

    private static int Offset(string field) => (int)Marshal.OffsetOf<T>(field);
}
