using System.CommandLine;
using System.Globalization;
using Colibri.Benchmarks.Text;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>constraints</c>.</summary>
internal static class ConstraintsCommand
{
    public static Command Create()
    {
        var tokenizer = new Argument<string>("TOKENIZER") { Description = "A tokenizer's file, a Hugging Face folder or a GGUF file." };
        var time = new Option<double>("--token-ms")
        {
            Description = "What a token takes without a constraint, in ms: the 1.1B shape's in Q4_0 on two cores.",
            DefaultValueFactory = _ => 18,
        };
        var repeats = CommonOptions.Integer("--repeats", 5, "How often each schema's text is written, each time by a fresh constraint.");
        var command = new Command("constraints", "What constrained answers cost: the time of masks for each token of JSON texts under several schemas.") { tokenizer, time, repeats };
        command.SetAction((parsed, cancellation) =>
        {
            var path = parsed.GetValue(tokenizer)!;
            var milliseconds = parsed.GetValue(time);
            if (!(milliseconds > 0))
            {
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"--token-ms is {milliseconds}; a time above 0 is expected."));
            }

            Console.Write(MaskBenchmark.Run(TokenizerChoice.Open(path), path, milliseconds, CommonOptions.Between("--repeats", parsed.GetValue(repeats), 1, 1000), cancellation));
            return Task.FromResult(0);
        });
        return command;
    }
}
