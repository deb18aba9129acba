using System.Text;

namespace StagedDiff;

/// <summary>A nest as text, with its float literals apart: equal texts with equal literals are equal code, equal texts alone are equal but for those.</summary>
sealed class NestText
{
    readonly StringBuilder text = new();
    readonly Dictionary<Value, int> ids = [];
    readonly List<Literal> literals = [];

    public NestText(Nest nest)
    {
        text.Append('[').AppendJoin(',', nest.Extents).Append("] pass ").Append(nest.Pass).Append(" lead ").Append(nest.Lead).Append(" of ").AppendJoin(',', nest.Buffers).Append('\n');
        foreach (var s in nest.Stores)
        {
            Name(s.Value);
            Name(s.At);
            text.Append('b').Append(s.Buffer);
            Index(s.At);
            text.Append(" = ").Append(s.Down).Append('%').Append(ids[s.Value]).Append('\n');
        }
        Shape = text.ToString();
    }

    /// <summary>All but the numbers of the literals.</summary>
    public string Shape { get; }

    /// <summary>The float literals, in order.</summary>
    public List<Literal> Literals => literals;

    /// <summary>The text whole, but for the literals that vary.</summary>
    public string Whole(int[] varying)
    {
        var whole = new StringBuilder(Shape);
        for (int k = 0; k < literals.Count; k++)
            if (Array.BinarySearch(varying, k) < 0) whole.Append(literals[k].Bits).Append(' ');
            else whole.Append("* ");
        return whole.ToString();
    }

    /// <summary>Numbers all that an index is computed from, operands first.</summary>
    void Name(Affine a)
    {
        foreach (var (v, _) in a.Computed) Name(v);
    }

    void Name(Value v)
    {
        if (ids.ContainsKey(v)) return;
        if (v is Load { At: var at }) Name(at);
        if (v is Counter { At: var count }) Name(count);
        if (v is Apply { X: var x }) foreach (var operand in x) Name(operand);
        else foreach (var operand in v.Operands) Name(operand);
        text.Append('%').Append(ids[v] = ids.Count).Append(" = ").Append((int)v.Type).Append(' ');
        switch (v)
        {
            case Literal l when l.Type.IsFloat():
                literals.Add(l);
                text.Append('*');
                break;
            case Literal l:
                text.Append(l.Bits);
                break;
            case Load l:
                text.Append('b').Append(l.Buffer);
                Index(l.At);
                if (l.Guard is { } guard) text.Append(" if %").Append(ids[guard]);
                break;
            case Counter c:
                text.Append('#');
                Index(c.At);
                break;
            case Apply a:
                text.Append('f').Append((int)a.Fun);
                foreach (var operand in a.X) text.Append(" %").Append(ids[operand]);
                break;
            case Folded f:
                text.Append("fold ").Append((int)f.Kind).Append(" %").Append(ids[f.Term]);
                break;
            default:
                throw new InvalidOperationException();
        }
        text.Append('\n');
    }

    void Index(Affine a)
    {
        text.Append('[');
        foreach (var (axis, factor) in a.Loops) text.Append(factor.ToString()).Append("*i").Append(axis).Append(" + ");
        foreach (var (value, factor) in a.Computed) text.Append(factor.ToString()).Append("*%").Append(ids[value]).Append(" + ");
        text.Append(a.Constant.ToString()).Append(']');
    }
}
