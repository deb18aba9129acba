namespace StagedDiff;

public static partial class Fn
{
    /// <summary>The same function, traced once for each kind of arguments and compiled.</summary>
    /// <param name="f">A pure function of tensors and trees of tensors.</param>
    /// <param name="options">How to compile and call it.</param>
    /// <returns>
    /// A function for any number of threads. Tensors are operands; every other argument is static: known while tracing, compared by value, and a new
    /// value is a new trace. Variables and fields that f reads are looked at in each call: another tensor of the same type is used at once, another static
    /// value is a new trace.
    /// </returns>
    /// <exception cref="TreeException">An argument or result is no tree, a result is a function, or no result is a tensor.</exception>
    /// <exception cref="RetraceException">The function is traced over and over: four times for a static part alone, or <see cref="JitOptions.MaxTraces"/> times.</exception>
    /// <exception cref="StagingException">f reads the value of a tensor while traced, calls itself, or gets a donated tensor twice.</exception>
    /// <remarks>Jitting one function again, in a loop, finds the traces it has: they belong to the method and its closure, and live as long.
    /// Which variables f reads is found in its code and in the code it calls, as far as it is yours. What it reads in other ways, say an object in a
    /// list, stays as it was while tracing: pass it as an argument.</remarks>
    public static Func<A, R> Jit<A, R>(Func<A, R> f, JitOptions? options = null)
    {
        var jit = Jitted.Of(f, options, typeof(A));
        var (tree, results) = (TreeType<A>.It, TreeType<R>.It);
        Body<R> body = (ref Reader x) => f(x.Read<A>());
        return a =>
        {
            var x = jit.Rent();
            tree.Argument(a, x);
            return jit.Call(x, body, results);
        };
    }

    /// <inheritdoc cref="Jit{A, R}(Func{A, R}, JitOptions?)"/>
    public static Func<A, B, R> Jit<A, B, R>(Func<A, B, R> f, JitOptions? options = null)
    {
        var jit = Jitted.Of(f, options, typeof(A), typeof(B));
        var (treeA, treeB, results) = (TreeType<A>.It, TreeType<B>.It, TreeType<R>.It);
        Body<R> body = (ref Reader x) => f(x.Read<A>(), x.Read<B>());
        return (a, b) =>
        {
            var x = jit.Rent();
            treeA.Argument(a, x);
            treeB.Argument(b, x);
            return jit.Call(x, body, results);
        };
    }

    /// <inheritdoc cref="Jit{A, R}(Func{A, R}, JitOptions?)"/>
    public static Func<A, B, C, R> Jit<A, B, C, R>(Func<A, B, C, R> f, JitOptions? options = null)
    {
        var jit = Jitted.Of(f, options, typeof(A), typeof(B), typeof(C));
        var (treeA, treeB, treeC, results) = (TreeType<A>.It, TreeType<B>.It, TreeType<C>.It, TreeType<R>.It);
        Body<R> body = (ref Reader x) => f(x.Read<A>(), x.Read<B>(), x.Read<C>());
        return (a, b, c) =>
        {
            var x = jit.Rent();
            treeA.Argument(a, x);
            treeB.Argument(b, x);
            treeC.Argument(c, x);
            return jit.Call(x, body, results);
        };
    }

    /// <inheritdoc cref="Jit{A, R}(Func{A, R}, JitOptions?)"/>
    public static Func<A, B, C, D, R> Jit<A, B, C, D, R>(Func<A, B, C, D, R> f, JitOptions? options = null)
    {
        var jit = Jitted.Of(f, options, typeof(A), typeof(B), typeof(C), typeof(D));
        var (treeA, treeB, treeC, treeD, results) = (TreeType<A>.It, TreeType<B>.It, TreeType<C>.It, TreeType<D>.It, TreeType<R>.It);
        Body<R> body = (ref Reader x) => f(x.Read<A>(), x.Read<B>(), x.Read<C>(), x.Read<D>());
        return (a, b, c, d) =>
        {
            var x = jit.Rent();
            treeA.Argument(a, x);
            treeB.Argument(b, x);
            treeC.Argument(c, x);
            treeD.Argument(d, x);
            return jit.Call(x, body, results);
        };
    }
}
