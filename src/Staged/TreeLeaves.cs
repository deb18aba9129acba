using System.Runtime.CompilerServices;
using System.Text;

namespace StagedDiff;

/// <summary>
/// What values made of tensors come apart into: the tensors, in order; marks (lengths, null or not, static numbers as bits); and static
/// objects. Marks and static objects together are the structure: two values of one type agree in them exactly when they differ in tensors alone.
/// </summary>
sealed class Leaves
{
    Tensor[] tensors = new Tensor[4];
    long[] marks = new long[8];
    object?[] statics = [];
    int[] ends = [];
    int markCount, staticCount, arguments;

    /// <summary>The number of tensors.</summary>
    public int Count { get; private set; }

    /// <summary>Where each part was found; kept only when somebody will read it, because it costs.</summary>
    public TreeTrail? Trail { get; init; }

    /// <summary>Whether tensors that are null count as leaves: a missing tangent or cotangent is zero.</summary>
    public bool KeepNull { get; init; }

    /// <summary>Whether what is no tree passes as a static object, compared by reference: for the fields of closures.</summary>
    public bool Lenient { get; init; }

    /// <summary>Of results: functions that may be among them, because they came in with the arguments. Null where any function may be.</summary>
    public IReadOnlyList<object?>? Functions { get; init; }

    public ReadOnlySpan<Tensor> Tensors => tensors.AsSpan(0, Count);
    public ReadOnlySpan<long> Marks => marks.AsSpan(0, markCount);
    public ReadOnlySpan<object?> Statics => statics.AsSpan(0, staticCount);
    public Span<Tensor> Write => tensors.AsSpan(0, Count);

    public static (Tensor[] Tensors, Structure Structure) Of<T>(T value, string name = "")
    {
        var leaves = new Leaves();
        leaves.Add(value, name);
        return (leaves.Tensors.ToArray(), leaves.ToStructure());
    }

    /// <inheritdoc cref="TreeType{T}.Add"/>
    public void Add<T>(T value, string name = "") => TreeType<T>.It.Add(value, this, name);

    /// <inheritdoc cref="TreeType{T}.Argument"/>
    public void Argument<T>(T value) => TreeType<T>.It.Argument(value, this);

    /// <summary>Others that refuse the same, and keep paths.</summary>
    public Leaves WithTrail(string name) => new() { Trail = new(name), KeepNull = KeepNull, Lenient = Lenient, Functions = Functions };

    public void BeginArgument()
    {
        if (arguments == ends.Length) Array.Resize(ref ends, arguments + 1);
        Trail?.Enter(Trail.Arguments![arguments]);
    }

    public void EndArgument()
    {
        Trail?.Leave();
        ends[arguments++] = Count;
    }

    /// <summary>The argument that a tensor belongs to.</summary>
    public int ArgumentOf(int tensor)
    {
        int i = 0;
        while (ends[i] <= tensor) i++;
        return i;
    }

    public void Tensor(Tensor? t)
    {
        Mark(t is null && !KeepNull ? 0 : 1);
        if (t is not null || KeepNull) Append(t);
    }

    /// <summary>A tensor that is no part of the structure: an operand that follows the arguments.</summary>
    public void Append(Tensor? t)
    {
        if (Count == tensors.Length) Array.Resize(ref tensors, 2 * Count);
        tensors[Count++] = t!;
        Trail?.Tensors.Add(Trail.Path);
    }

    /// <summary>A length, or which of several forms a value has.</summary>
    public void Mark(long mark)
    {
        if (markCount == marks.Length) Array.Resize(ref marks, 2 * markCount);
        marks[markCount++] = mark;
        Trail?.Marks.Add((Trail.Path, null));
    }

    /// <summary>A static number, by its bits: so NaN equals itself, and −0 is not 0.</summary>
    public void Number<T>(T number) where T : struct
    {
        long bits = 0;
        Unsafe.As<long, T>(ref bits) = number;
        Mark(bits);
        if (Trail is not null) Trail.Marks[^1] = (Trail.Path, typeof(T));
    }

    public void Static(object? value)
    {
        if (staticCount == statics.Length) Array.Resize(ref statics, 2 * staticCount + 4);
        statics[staticCount++] = value;
        Trail?.Statics.Add(Trail.Path);
    }

    public void Function(object? value)
    {
        if (value is not null && Functions is not null && !Functions.Contains(value) && !TreeRule.CapturesNothing(value)) throw new TreeException(
            $"A result{Where} is a function{(value is Delegate ? $", {TreeRule.Name(value.GetType())}" : "")}: results are tensors and static values. Call it with all its arguments.{Caller.Line()}");
        Static(value);
    }

    /// <summary>What is no tree: an error, or where anything goes a static object.</summary>
    public void Refuse(object? value, string message)
    {
        if (!Lenient && value is not null) throw new TreeException(message.Replace("{where}", Where) + Caller.Line());
        Static(value);
    }

    string Where => Trail is { Path: not "" } ? $" at {Trail.Path}" : "";

    public void Enter(string step) => Trail?.Enter(step);
    public void Enter(int index) => Trail?.Enter($"[{index}]");
    public void Leave() => Trail?.Leave();

    public Structure ToStructure() => new(Marks.ToArray(), Statics.ToArray());

    /// <summary>The tensors as an array without slack: the leaves' own memory, valid until the next use.</summary>
    public Tensor[] Exact()
    {
        if (tensors.Length != Count) Array.Resize(ref tensors, Count);
        return tensors;
    }

    /// <summary>Forgets the tensors after the first <paramref name="count"/>.</summary>
    public void Cut(int count)
    {
        tensors.AsSpan(count, Count - count).Clear();
        Count = count;
    }

    public void Clear()
    {
        Array.Clear(tensors, 0, Count);
        Array.Clear(statics, 0, staticCount);
        Count = markCount = staticCount = arguments = 0;
    }
}

/// <summary>The path to each part of a value, <c>.Hidden[1].W</c>, as it is taken apart.</summary>
sealed class TreeTrail(string root)
{
    readonly StringBuilder path = new(root);
    readonly Stack<int> lengths = [];

    public string Path => path.ToString();

    /// <summary>What the arguments of a function are called.</summary>
    public string[]? Arguments { get; init; }

    public List<string> Tensors { get; } = [];
    public List<(string Path, Type? Number)> Marks { get; } = [];
    public List<string> Statics { get; } = [];

    public void Enter(string step)
    {
        lengths.Push(path.Length);
        path.Append(step);
    }

    public void Leave() => path.Length = lengths.Pop();
}

/// <summary>The static part of a flattened value: with as many tensors it makes the value again.</summary>
sealed class Structure(long[] marks, object?[] statics)
{
    public long[] Marks { get; } = marks;
    public object?[] Statics { get; } = statics;

    public bool Matches(Leaves x) => Matches(x.Marks, x.Statics);
    public bool Matches(Structure o) => Matches(o.Marks, o.Statics);

    bool Matches(ReadOnlySpan<long> marks, ReadOnlySpan<object?> statics)
    {
        if (!marks.SequenceEqual(Marks) || statics.Length != Statics.Length) return false;
        for (int i = 0; i < Statics.Length; i++)
            if (!Same(Statics[i], statics[i])) return false;
        return true;
    }

    public static bool Same(object? a, object? b) => ReferenceEquals(a, b) || a is not null && a.Equals(b);

    public T Rebuild<T>(Tensor[] tensors) => Rebuild(tensors, TreeType<T>.It);

    public T Rebuild<T>(Tensor[] tensors, TreeType<T> tree)
    {
        var reader = new Reader(tensors, this);
        return tree.Rebuild(ref reader);
    }
}

/// <summary>Reads tensors and structure back in the order in which they were written.</summary>
struct Reader(Tensor[] tensors, Structure structure)
{
    readonly long[] marks = structure.Marks;
    readonly object?[] statics = structure.Statics;
    int tensor, mark, item;

    public T Read<T>() => TreeType<T>.It.Rebuild(ref this);
    public Tensor? Tensor() => marks[mark++] != 0 ? tensors[tensor++] : null;
    public long Mark() => marks[mark++];
    public T Number<T>() where T : struct => Unsafe.As<long, T>(ref marks[mark++]);
    public object? Static() => statics[item++];
}
