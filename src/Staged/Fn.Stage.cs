namespace StagedDiff;

public static partial class Fn
{
    /// <summary>Traces a function for arguments like the given ones, and shows what it became: its graph, its derivative, its kernels.</summary>
    /// <param name="f">The function.</param>
    /// <param name="x">An example; of its tensors, only types matter.</param>
    /// <param name="options">As for Jit: symbolic axes, threads, ….</param>
    /// <exception cref="TreeException">An argument or result is no tree, or no result is a tensor.</exception>
    public static Staged Stage<A, R>(Func<A, R> f, A x, JitOptions? options = null)
    {
        var arguments = Examples(f, 1);
        arguments.Argument(x);
        return Staged.Of(f, arguments, (ref Reader x) => f(x.Read<A>()), options);
    }

    /// <inheritdoc cref="Stage{A, R}(Func{A, R}, A, JitOptions?)"/>
    public static Staged Stage<A, B, R>(Func<A, B, R> f, A x, B y, JitOptions? options = null)
    {
        var arguments = Examples(f, 2);
        arguments.Argument(x);
        arguments.Argument(y);
        return Staged.Of(f, arguments, (ref Reader x) => f(x.Read<A>(), x.Read<B>()), options);
    }

    /// <inheritdoc cref="Stage{A, R}(Func{A, R}, A, JitOptions?)"/>
    public static Staged Stage<A, B, C, R>(Func<A, B, C, R> f, A x, B y, C z, JitOptions? options = null)
    {
        var arguments = Examples(f, 3);
        arguments.Argument(x);
        arguments.Argument(y);
        arguments.Argument(z);
        return Staged.Of(f, arguments, (ref Reader x) => f(x.Read<A>(), x.Read<B>(), x.Read<C>()), options);
    }

    /// <inheritdoc cref="Stage{A, R}(Func{A, R}, A, JitOptions?)"/>
    public static Staged Stage<A, B, C, D, R>(Func<A, B, C, D, R> f, A x, B y, C z, D w, JitOptions? options = null)
    {
        var arguments = Examples(f, 4);
        arguments.Argument(x);
        arguments.Argument(y);
        arguments.Argument(z);
        arguments.Argument(w);
        return Staged.Of(f, arguments, (ref Reader x) => f(x.Read<A>(), x.Read<B>(), x.Read<C>(), x.Read<D>()), options);
    }

    static Leaves Examples(Delegate f, int count) => new() { Trail = new("") { Arguments = Closure.Parameters(f, count) } };
}
