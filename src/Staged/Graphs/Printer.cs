using System.Globalization;
using System.Text;

namespace StagedDiff;

/// <summary>Graphs as text and drawings. Names follow the order of appearance, so equal graphs print alike.</summary>
static class Printer
{
    public static string Text(Graph g)
    {
        var name = Names(g);
        string Typed(Tensor t) => $"{name(t)}:{t.Type}";
        var text = new StringBuilder().Append('(').AppendJoin(", ", g.Inputs.Select(Typed)).Append(") =>\n");
        foreach (var n in g.Nodes)
        {
            if (n.Outputs.Length > 0) text.Append("  ").AppendJoin(", ", n.Outputs.Select(Typed)).Append(" = ");
            else text.Append("  ");
            text.Append(n.Op).Append(' ').AppendJoin(' ', n.Inputs.Select(name)).Append('\n');
        }
        return text.Append("  return ").AppendJoin(", ", g.Outputs.Select(name)).ToString();
    }

    public static string Mermaid(Graph g)
    {
        var name = Names(g);
        var text = new StringBuilder("flowchart TD\n");
        foreach (var t in g.Inputs) text.Append($"  {name(t)}([\"{name(t)}: {t.Type}\"])\n");
        foreach (var (n, i) in g.Nodes.Select((n, i) => (n, i)))
        {
            text.Append($"  n{i}[\"{n.Op}{string.Concat(n.Inputs.Where(t => t.IsLiteral).Select(t => " " + name(t)))}\"]\n");
            foreach (var t in n.Inputs.Where(t => !t.IsLiteral)) text.Append($"  {Source(g, t, name)} -->|\"{t.Type}\"| n{i}\n");
        }
        foreach (var (t, i) in g.Outputs.Select((t, i) => (t, i)))
            text.Append($"  out{i}([\"result {i}: {t.Type}\"])\n").Append(t.IsLiteral ? "" : $"  {Source(g, t, name)} --> out{i}\n");
        return text.ToString();
    }

    public static string Dot(Graph g)
    {
        var name = Names(g);
        var text = new StringBuilder("digraph {\n");
        foreach (var t in g.Inputs) text.Append($"  {name(t)} [shape=oval, label=\"{name(t)}: {t.Type}\"];\n");
        foreach (var (n, i) in g.Nodes.Select((n, i) => (n, i)))
        {
            text.Append($"  n{i} [shape=box, label=\"{n.Op}{string.Concat(n.Inputs.Where(t => t.IsLiteral).Select(t => " " + name(t)))}\"];\n");
            foreach (var t in n.Inputs.Where(t => !t.IsLiteral)) text.Append($"  {Source(g, t, name)} -> n{i} [label=\"{t.Type}\"];\n");
        }
        foreach (var (t, i) in g.Outputs.Select((t, i) => (t, i)))
            text.Append($"  out{i} [shape=oval, label=\"result {i}\"];\n").Append(t.IsLiteral ? "" : $"  {Source(g, t, name)} -> out{i};\n");
        return text.Append("}\n").ToString();
    }

    static string Source(Graph g, Tensor t, Func<Tensor, string> name) =>
        Array.FindIndex(g.Nodes, n => n.Outputs.Contains(t)) is >= 0 and var i ? $"n{i}" : name(t);

    static Func<Tensor, string> Names(Graph g)
    {
        var names = new Dictionary<Tensor, string>();
        foreach (var t in g.Inputs.Concat(g.Nodes.SelectMany(n => n.Outputs))) names.TryAdd(t, Letters(names.Count));
        return t => t.IsLiteral ? Number(t) : names[t];
    }

    static string Number(Tensor t) => t.DType switch
    {
        DType.Bool => t.LiteralBits != 0 ? "true" : "false",
        DType.F32 => ((float)t.LiteralNumber).ToString(CultureInfo.InvariantCulture),
        DType.F64 => t.LiteralNumber.ToString(CultureInfo.InvariantCulture),
        _ => t.LiteralBits.ToString(CultureInfo.InvariantCulture),
    };

    static string Letters(int i) => i < 26 ? $"{(char)('a' + i)}" : Letters(i / 26 - 1) + (char)('a' + i % 26);
}
