using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Colibri.Execution;
using Colibri.Execution.Profiling;
using Colibri.Generation;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution.Profiling;

/// <summary>Alone, since events are the process's: other tests hold that nothing is allocated while nobody listens.</summary>
[Collection("Events")]
public class ExecutionEventsTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    [Fact]
    public void Events_SomeoneListens_TellOfEveryPassOperationAndToken()
    {
        using var model = TextModel.Load(files.Llama("Q4_0"), new LoadOptions { Threads = 1 });
        using var listener = new Listener(EventLevel.Verbose);
        var ids = model.Generate([1, 2, 3], SamplingOptions.Greedy with { MaximumTokens = 2, IgnoreEndOfText = true });
        Assert.Equal(2, ids.ToBlockingEnumerable().Count());

        // The scheduler's thread is known by the pass of three tokens.
        var thread = listener.Events.First(e => e.Name == "PassStart" && 3.Equals(e.Payload[0])).Thread;
        var own = listener.Events.Where(e => e.Thread == thread).ToList();
        Assert.Equal(["PassStart", "PassStop", "Token", "PassStart", "PassStop", "Token"], own.Where(e => e.Name != "Operation").Select(e => e.Name));
        var first = own.TakeWhile(e => e.Name != "PassStop").Where(e => e.Name == "Operation").ToList();
        Assert.Equal(1 + 2 * 7 + 3, first.Count);
        Assert.Contains(first, e => "linear".Equals(e.Payload[1]) && "attn_q+attn_k+attn_v".Equals(e.Payload[2]));

        var stop = own.First(e => e.Name == "PassStop").Payload;
        var cost = CostCounter.Count(model.Engine.Plan, model.Engine.Kernels, model.Engine.Cache, 3, 0, 1);
        Assert.Equal([cost.IntegerOperations, cost.FloatOperations, cost.Bytes], stop.Skip(2).Select(Convert.ToDouble));
        Assert.Equal(cost.Bytes, first.Sum(e => (double)e.Payload[8]!));
        Assert.InRange((double)stop[1]!, 0, (double)stop[0]!);
    }

    [Fact]
    public void Events_InformationalOnly_LeaveOperationsOut()
    {
        using var model = TextModel.Load(files.Llama("F32"), new LoadOptions { Threads = 1 });
        using var listener = new Listener(EventLevel.Informational);
        Assert.Single(model.Generate([1, 2, 3, 4, 5, 6, 7], SamplingOptions.Greedy with { MaximumTokens = 1 }).ToBlockingEnumerable());
        var thread = listener.Events.First(e => e.Name == "PassStart" && 7.Equals(e.Payload[0])).Thread;
        Assert.Contains(listener.Events, e => e.Thread == thread && e.Name == "PassStop");
        Assert.DoesNotContain(listener.Events, e => e.Name == "Operation");
    }

    [CollectionDefinition("Events", DisableParallelization = true)]
    public sealed class Alone;

    private sealed class Listener : EventListener
    {
        public Listener(EventLevel level) => EnableEvents(ExecutionEvents.Log, level);

        public ConcurrentQueue<(string Name, object?[] Payload, int Thread)> Events { get; } = new();

        protected override void OnEventWritten(EventWrittenEventArgs e)
        {
            if (e.EventSource.Name == ExecutionEvents.SourceName)
            {
                Events.Enqueue((e.EventName!, [.. e.Payload!], Environment.CurrentManagedThreadId));
            }
        }
    }
}
