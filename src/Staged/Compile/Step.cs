namespace StagedDiff;

/// <summary>One thing a program does. A step comes after all it depends on.</summary>
abstract class Step(int number)
{
    /// <summary>In order of making.</summary>
    public int Number => number;
    public HashSet<Step> After { get; } = [];
}

/// <summary>
/// Nodes that become one loop nest over one space: the axes that run more than once. With a pass axis, row values are those that lack it.
/// </summary>
sealed class Group(int number, Extent[] space) : Step(number)
{
    public Extent[] Space => space;
    public int Pass { get; set; } = -1;

    /// <summary>The loops a value runs over: all of them, or those of a row.</summary>
    public int[] Loops(bool full) => full ? all : Array.FindAll(all, a => a != Pass);
    readonly int[] all = [.. Enumerable.Range(0, space.Length)];
    public List<Node> Nodes { get; } = [];
    public HashSet<Tensor> Full { get; } = [];
    public HashSet<Tensor> Rows { get; } = [];

    /// <summary>What is folded down the leading axes, and what of. Nothing in the group reads it.</summary>
    public Dictionary<Tensor, Tensor> Down { get; } = [];
    public int Lead { get; set; }

    /// <summary>Whether it computes a tensor.</summary>
    public bool Holds(Tensor t) => Full.Contains(t) || Rows.Contains(t) || Down.ContainsKey(t);

    /// <summary>What it loads from memory.</summary>
    public HashSet<Tensor> Reads { get; } = [];
    public int Weight { get; set; }
}

/// <summary>A node with a routine of its own, and where its operands lie.</summary>
sealed class Routine(int number, Node node, Operand[] operands) : Step(number)
{
    public Node Node => node;
    public Operand[] Operands => operands;
}

/// <summary>A check of indices.</summary>
sealed class BoundsStep(int number, Op op, Tensor indices, Extent limit) : Step(number)
{
    public Op Op => op;
    public Tensor Indices => indices;
    public Extent Limit => limit;
}

/// <summary>A strided view of a buffer, in elements.</summary>
sealed record Operand(Tensor Buffer, Extent Offset, Extent[] Strides);
