namespace Colibri.Text.Templates;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>Runs statements.</summary>
internal sealed partial class Interpreter
{
    private Flow Execute(Statement[] body, Activation activation)
    {
        foreach (var statement in body)
        {
            var flow = Execute(statement, activation);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private Flow Execute(Statement statement, Activation activation)
    {
        Step();
        _offset = statement.Offset;
        switch (statement.Kind)
        {
            case StatementKind.Text:
                Write(((TextStatement)statement).Text);
                return Flow.Next;
            case StatementKind.Output:
                Write(Represent.Str(this, Evaluate(((OutputStatement)statement).Value, activation)));
                return Flow.Next;
            case StatementKind.If:
                var branches = (IfStatement)statement;
                foreach (var (condition, body) in branches.Branches)
                {
                    if (IsTrue(Evaluate(condition, activation)))
                    {
                        return Execute(body, activation);
                    }
                }

                return Execute(branches.Otherwise, activation);
            case StatementKind.For:
                return For((ForStatement)statement, activation);
            case StatementKind.Assign:
                var assign = (AssignStatement)statement;
                CheckNamespace(assign.Target, activation);
                Assign(assign.Target, Evaluate(assign.Value, activation), activation);
                return Flow.Next;
            case StatementKind.AssignBlock:
                return AssignBlock((AssignBlockStatement)statement, activation);
            case StatementKind.Macro:
                var macro = (MacroStatement)statement;
                Set(macro.Target.Slot, activation, new MacroValue(macro.Definition, activation));
                return Flow.Next;
            case StatementKind.CallBlock:
                var block = (CallBlockStatement)statement;
                Write(Represent.Str(this, Call(block.Call, activation, new MacroValue(block.Definition, activation))));
                return Flow.Next;
            case StatementKind.FilterBlock:
                return FilterBlock((FilterBlockStatement)statement, activation);
            case StatementKind.With:
                return With((WithStatement)statement, activation);
            case StatementKind.Scope:
                var scope = (ScopeStatement)statement;
                var inside = scope.Frame is null ? activation : new Activation(scope.Frame.Count, null);
                Enter(scope.Enter, inside);
                return Execute(scope.Body, inside);
            case StatementKind.Break:
                return Flow.Break;
            default:
                return Flow.Continue;
        }
    }

    private bool IsTrue(TemplateValue value) => value is LoopValue loop ? loop.Length(this) > 0 : value.IsTrue;

    private Flow For(ForStatement loop, Activation activation)
    {
        var items = Evaluate(loop.Items, activation);
        if (loop.Recursive)
        {
            Write(RunRecursive(loop, items, activation, 0));
            return Flow.Next;
        }

        _offset = loop.Offset;
        return RunLoop(loop, items, activation, null, 0);
    }

    /// <summary>One level of a recursive loop.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="items">What this level goes over.</param>
    /// <param name="outer">The variables around the loop.</param>
    /// <param name="depth">The level, from 0.</param>
    public string RunRecursive(ForStatement loop, TemplateValue items, Activation outer, int depth)
    {
        EnterCall();
        var buffer = BeginCapture();
        RunLoop(loop, items, new Activation(loop.Frame!.Count, outer), outer, depth);
        LeaveCall();
        return EndCapture(buffer);
    }

    // A break or continue in the else part is one of the loop around this one.
    private Flow RunLoop(ForStatement loop, TemplateValue items, Activation activation, Activation? outer, int depth)
    {
        var iterator = Conversions.Iterate(this, items);
        if (loop.Filter is not null)
        {
            iterator = new FilteredItems(loop, iterator, activation);
        }

        LoopValue? value = null;
        if (loop.LoopSlot >= 0)
        {
            // With a filter the number of items is not known before the loop has seen them all.
            value = new LoopValue(iterator, loop.Filter is null ? items.Length(this) : -1, loop, outer, depth);
            iterator = value.Items;
        }

        // As in the reference, break and continue leave before a turn counts: where no turn ran to its end, else runs.
        var finished = false;
        while (iterator.Next(this, out var item))
        {
            Step();
            Assign(loop.Target, item, activation);
            Enter(loop.EnterBody, activation);
            if (value is not null)
            {
                activation.Values[loop.LoopSlot] = value;
            }

            var flow = Execute(loop.Body, activation);
            finished |= flow == Flow.Next;
            if (flow == Flow.Break)
            {
                break;
            }

            _offset = loop.Offset;
        }

        if (!finished && loop.Otherwise.Length > 0)
        {
            Enter(loop.EnterOtherwise, activation);
            return Execute(loop.Otherwise, activation);
        }

        return Flow.Next;
    }

    private void Assign(Expression target, TemplateValue value, Activation activation)
    {
        switch (target)
        {
            case NameExpression name:
                Set(name.Slot, activation, value);
                break;
            case NamespaceTarget space:
                var attributes = ((NamespaceValue)Read(space.Space.Slot, activation)!).Attributes;
                AllocateItems(1);
                attributes.Set(space.Name, value);
                break;
            default:
                Unpack(((SequenceExpression)target).Items, value, activation);
                break;
        }
    }

    private static void CheckNamespace(Expression target, Activation activation)
    {
        if (target is SequenceExpression tuple)
        {
            Array.ForEach(tuple.Items, item => CheckNamespace(item, activation));
        }

        if (target is NamespaceTarget space && Read(space.Space.Slot, activation) is not NamespaceValue)
        {
            throw new TemplateFault($"'{space.Space.Name}.{space.Name.Text}' cannot be assigned to: only attributes of a namespace() can");
        }
    }

    private void Unpack(Expression[] targets, TemplateValue value, Activation activation)
    {
        var items = value.Iterate(this) ?? throw new TemplateFault($"cannot unpack non-iterable {value.TypeName} object");
        var values = new TemplateValue[targets.Length];
        for (var i = 0; i < targets.Length; i++)
        {
            if (!items.Next(this, out values[i]))
            {
                throw new TemplateFault($"not enough values to unpack (expected {targets.Length}, got {i})");
            }
        }

        if (items.Next(this, out _))
        {
            throw new TemplateFault($"too many values to unpack (expected {targets.Length})");
        }

        for (var i = 0; i < targets.Length; i++)
        {
            Assign(targets[i], values[i], activation);
        }
    }

    private Flow AssignBlock(AssignBlockStatement block, Activation activation)
    {
        Enter(block.Enter, activation);
        var outer = BeginCapture();
        var flow = Execute(block.Body, activation);
        var text = EndCapture(outer);
        if (flow != Flow.Next)
        {
            return flow;
        }

        var value = ApplyFilters(block.Filters, text, activation);
        CheckNamespace(block.Target, activation);
        Assign(block.Target, value, activation);
        return Flow.Next;
    }

    private Flow FilterBlock(FilterBlockStatement block, Activation activation)
    {
        Enter(block.Enter, activation);
        var outer = BeginCapture();
        var flow = Execute(block.Body, activation);
        var text = EndCapture(outer);
        if (flow == Flow.Next)
        {
            Write(Represent.Str(this, ApplyFilters(block.Filters, text, activation)));
        }

        return flow;
    }

    private TemplateValue ApplyFilters(FilterExpression[] filters, string text, Activation activation)
    {
        TemplateValue value = StringValue.Of(text);
        foreach (var filter in filters)
        {
            value = Filter(filter, value, activation);
        }

        return value;
    }

    private Flow With(WithStatement with, Activation activation)
    {
        // The values see the variables around the block, not one another.
        var values = new TemplateValue[with.Assignments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(with.Assignments[i].Value, activation);
        }

        Enter(with.Enter, activation);
        for (var i = 0; i < values.Length; i++)
        {
            Assign(with.Assignments[i].Target, values[i], activation);
        }

        return Execute(with.Body, activation);
    }

    /// <summary>The items that meet a loop's condition, tested one by one as the loop comes to them.</summary>
    private sealed class FilteredItems(ForStatement loop, ValueIterator items, Activation activation) : ValueIterator
    {
        private bool _entered;

        public override bool Next(Interpreter run, out TemplateValue value)
        {
            if (!_entered)
            {
                run.Enter(loop.EnterFilter, activation);
                _entered = true;
            }

            while (items.Next(run, out value))
            {
                run.Assign(loop.FilterTarget!, value, activation);
                if (run.IsTrue(run.Evaluate(loop.Filter!, activation)))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
