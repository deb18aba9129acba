namespace StagedDiff;

// Each operator stands once between tensors, and once for each kind of number on either side: F# takes no implicit conversion there,
// and in C# the number is typed by the tensor at once.
public sealed partial class Tensor
{
    /// <summary>The sum, element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator +(Tensor a, Tensor b) => Arithmetic("Add", a, b, Prim.Add);
    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(Tensor a, double b) => a + Beside(a, b);
    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(Tensor a, float b) => a + Beside(a, b);
    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(Tensor a, int b) => a + Beside(a, b);
    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(double a, Tensor b) => Beside(b, a) + b;
    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(float a, Tensor b) => Beside(b, a) + b;
    /// <inheritdoc cref="operator +(Tensor, Tensor)"/>
    public static Tensor operator +(int a, Tensor b) => Beside(b, a) + b;

    /// <summary>The difference, element by element.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator -(Tensor a, Tensor b) => Arithmetic("Subtract", a, b, Prim.Sub);
    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(Tensor a, double b) => a - Beside(a, b);
    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(Tensor a, float b) => a - Beside(a, b);
    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(Tensor a, int b) => a - Beside(a, b);
    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(double a, Tensor b) => Beside(b, a) - b;
    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(float a, Tensor b) => Beside(b, a) - b;
    /// <inheritdoc cref="operator -(Tensor, Tensor)"/>
    public static Tensor operator -(int a, Tensor b) => Beside(b, a) - b;

    /// <summary>The product, element by element; <see cref="MatMul"/> is the matrix product.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator *(Tensor a, Tensor b) => Arithmetic("Multiply", a, b, Prim.Mul);
    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(Tensor a, double b) => a * Beside(a, b);
    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(Tensor a, float b) => a * Beside(a, b);
    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(Tensor a, int b) => a * Beside(a, b);
    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(double a, Tensor b) => Beside(b, a) * b;
    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(float a, Tensor b) => Beside(b, a) * b;
    /// <inheritdoc cref="operator *(Tensor, Tensor)"/>
    public static Tensor operator *(int a, Tensor b) => Beside(b, a) * b;

    /// <summary>The quotient, element by element: of integers too it has a fraction and is F32.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator /(Tensor a, Tensor b) => Fractional("Divide", a, b, Prim.Div);
    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(Tensor a, double b) => a / Beside(a, b);
    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(Tensor a, float b) => a / Beside(a, b);
    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(Tensor a, int b) => a / Beside(a, b);
    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(double a, Tensor b) => Beside(b, a) / b;
    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(float a, Tensor b) => Beside(b, a) / b;
    /// <inheritdoc cref="operator /(Tensor, Tensor)"/>
    public static Tensor operator /(int a, Tensor b) => Beside(b, a) / b;

    /// <summary>The remainder of division toward zero, as C#'s: it has the sign of <paramref name="a"/> (NumPy's has that of b).</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator %(Tensor a, Tensor b) => Arithmetic("Remainder", a, b, Prim.Rem);
    /// <inheritdoc cref="operator %(Tensor, Tensor)"/>
    public static Tensor operator %(Tensor a, double b) => a % Beside(a, b);
    /// <inheritdoc cref="operator %(Tensor, Tensor)"/>
    public static Tensor operator %(Tensor a, float b) => a % Beside(a, b);
    /// <inheritdoc cref="operator %(Tensor, Tensor)"/>
    public static Tensor operator %(Tensor a, int b) => a % Beside(a, b);
    /// <inheritdoc cref="operator %(Tensor, Tensor)"/>
    public static Tensor operator %(double a, Tensor b) => Beside(b, a) % b;
    /// <inheritdoc cref="operator %(Tensor, Tensor)"/>
    public static Tensor operator %(float a, Tensor b) => Beside(b, a) % b;
    /// <inheritdoc cref="operator %(Tensor, Tensor)"/>
    public static Tensor operator %(int a, Tensor b) => Beside(b, a) % b;

    /// <summary>Whether a is less than b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator <(Tensor a, Tensor b) => Less(a, b);
    /// <inheritdoc cref="operator &lt;(Tensor, Tensor)"/>
    public static Tensor operator <(Tensor a, double b) => a < Beside(a, b);
    /// <inheritdoc cref="operator &lt;(Tensor, Tensor)"/>
    public static Tensor operator <(Tensor a, float b) => a < Beside(a, b);
    /// <inheritdoc cref="operator &lt;(Tensor, Tensor)"/>
    public static Tensor operator <(Tensor a, int b) => a < Beside(a, b);
    /// <inheritdoc cref="operator &lt;(Tensor, Tensor)"/>
    public static Tensor operator <(double a, Tensor b) => Beside(b, a) < b;
    /// <inheritdoc cref="operator &lt;(Tensor, Tensor)"/>
    public static Tensor operator <(float a, Tensor b) => Beside(b, a) < b;
    /// <inheritdoc cref="operator &lt;(Tensor, Tensor)"/>
    public static Tensor operator <(int a, Tensor b) => Beside(b, a) < b;

    /// <summary>Whether a is at most b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator <=(Tensor a, Tensor b) => LessEqual(a, b);
    /// <inheritdoc cref="operator &lt;=(Tensor, Tensor)"/>
    public static Tensor operator <=(Tensor a, double b) => a <= Beside(a, b);
    /// <inheritdoc cref="operator &lt;=(Tensor, Tensor)"/>
    public static Tensor operator <=(Tensor a, float b) => a <= Beside(a, b);
    /// <inheritdoc cref="operator &lt;=(Tensor, Tensor)"/>
    public static Tensor operator <=(Tensor a, int b) => a <= Beside(a, b);
    /// <inheritdoc cref="operator &lt;=(Tensor, Tensor)"/>
    public static Tensor operator <=(double a, Tensor b) => Beside(b, a) <= b;
    /// <inheritdoc cref="operator &lt;=(Tensor, Tensor)"/>
    public static Tensor operator <=(float a, Tensor b) => Beside(b, a) <= b;
    /// <inheritdoc cref="operator &lt;=(Tensor, Tensor)"/>
    public static Tensor operator <=(int a, Tensor b) => Beside(b, a) <= b;

    /// <summary>Whether a is greater than b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator >(Tensor a, Tensor b) => Greater(a, b);
    /// <inheritdoc cref="operator &gt;(Tensor, Tensor)"/>
    public static Tensor operator >(Tensor a, double b) => a > Beside(a, b);
    /// <inheritdoc cref="operator &gt;(Tensor, Tensor)"/>
    public static Tensor operator >(Tensor a, float b) => a > Beside(a, b);
    /// <inheritdoc cref="operator &gt;(Tensor, Tensor)"/>
    public static Tensor operator >(Tensor a, int b) => a > Beside(a, b);
    /// <inheritdoc cref="operator &gt;(Tensor, Tensor)"/>
    public static Tensor operator >(double a, Tensor b) => Beside(b, a) > b;
    /// <inheritdoc cref="operator &gt;(Tensor, Tensor)"/>
    public static Tensor operator >(float a, Tensor b) => Beside(b, a) > b;
    /// <inheritdoc cref="operator &gt;(Tensor, Tensor)"/>
    public static Tensor operator >(int a, Tensor b) => Beside(b, a) > b;

    /// <summary>Whether a is at least b, element by element; false beside NaN.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator >=(Tensor a, Tensor b) => GreaterEqual(a, b);
    /// <inheritdoc cref="operator &gt;=(Tensor, Tensor)"/>
    public static Tensor operator >=(Tensor a, double b) => a >= Beside(a, b);
    /// <inheritdoc cref="operator &gt;=(Tensor, Tensor)"/>
    public static Tensor operator >=(Tensor a, float b) => a >= Beside(a, b);
    /// <inheritdoc cref="operator &gt;=(Tensor, Tensor)"/>
    public static Tensor operator >=(Tensor a, int b) => a >= Beside(a, b);
    /// <inheritdoc cref="operator &gt;=(Tensor, Tensor)"/>
    public static Tensor operator >=(double a, Tensor b) => Beside(b, a) >= b;
    /// <inheritdoc cref="operator &gt;=(Tensor, Tensor)"/>
    public static Tensor operator >=(float a, Tensor b) => Beside(b, a) >= b;
    /// <inheritdoc cref="operator &gt;=(Tensor, Tensor)"/>
    public static Tensor operator >=(int a, Tensor b) => Beside(b, a) >= b;

    /// <summary>The negative, element by element; of bools as of 1 and 0.</summary>
    public static Tensor operator -(Tensor x) => Same(Counted(x), Prim.Neg);

    /// <summary>The logical not of bools.</summary>
    /// <exception cref="DTypeException">x is not of bools.</exception>
    public static Tensor operator !(Tensor x) => x.DType == DType.Bool ? Prim.Not(x)
        : throw new DTypeException($"Not: expected bools, got {x.Type}. Compare first, as in x > 0.{Caller.Line()}");

    /// <summary>The and of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor operator &(Tensor a, Tensor b) => Logic("And", a, b, Prim.And);

    /// <summary>The or of bools, or of the bits of integers.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor operator |(Tensor a, Tensor b) => Logic("Or", a, b, Prim.Or);

    /// <summary>The exclusive or of bools, or of the bits of integers: no power, see <see cref="Pow(Tensor, Tensor)"/>.</summary>
    /// <exception cref="DTypeException">An operand is a float.</exception>
    public static Tensor operator ^(Tensor a, Tensor b) => Logic("Xor", a, b, Prim.Xor);

    /// <summary>Every bit turned over; of bools, the logical not.</summary>
    /// <exception cref="DTypeException">x is a float.</exception>
    public static Tensor operator ~(Tensor x) => x.DType.IsFloat()
        ? throw new DTypeException($"Not: expected bools or integers, got {x.Type}. Compare first, as in x > 0.{Caller.Line()}") : Same(x, Prim.Not);

    /// <summary>The bits of integers moved up by so many places, element by element: from the width of the type on, and by less than none, 0.</summary>
    /// <exception cref="DTypeException">An operand is not of integers.</exception>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator <<(Tensor x, Tensor places) => Shifted("ShiftLeft", x, places, Prim.ShiftLeft);
    /// <inheritdoc cref="operator &lt;&lt;(Tensor, Tensor)"/>
    public static Tensor operator <<(Tensor x, int places) => x << Weak((long)places);

    /// <summary>
    /// The bits of integers moved down by so many places, element by element. Signed ones keep their sign; from the width of the type on, and
    /// by less than none, only the sign is left.
    /// </summary>
    /// <exception cref="DTypeException">An operand is not of integers.</exception>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor operator >>(Tensor x, Tensor places) => Shifted("ShiftRight", x, places, Prim.ShiftRight);
    /// <inheritdoc cref="operator &gt;&gt;(Tensor, Tensor)"/>
    public static Tensor operator >>(Tensor x, int places) => x >> Weak((long)places);

    static Tensor Shifted(string name, Tensor x, Tensor places, Func<Tensor, Tensor, Tensor> f) => x.DType.IsInteger() && places.DType.IsInteger()
        ? Both(name, x, places, f)
        : throw new DTypeException($"{name}: expected integers, got {x.Type} and {places.Type}. Use x.Cast(DType.I32).{Caller.Line()}");

    /// <summary>Whether a tensor of one bool is true, so that <c>if</c> and <c>while</c> read as written.</summary>
    /// <exception cref="StagingException">The tensor is symbolic: use Cond, While or Np.Where.</exception>
    public static bool operator true(Tensor x) => Decide(x);

    /// <summary>Whether a tensor of one bool is false.</summary>
    /// <exception cref="StagingException">The tensor is symbolic: use Cond, While or Np.Where.</exception>
    public static bool operator false(Tensor x) => !Decide(x);

    static bool Decide(Tensor x) => x.DType == DType.Bool && x.Shape.All(n => n == 1) ? x.Item<bool>()
        : throw new DTypeException($"A condition must be one bool, got {x.Type}. Compare first, as in x > 0, and join many with All or Any.{Caller.Line()}");

    /// <summary>The one number of a tensor of size 1.</summary>
    /// <exception cref="ShapeException">There is not exactly one element.</exception>
    /// <exception cref="StagingException">The tensor is symbolic.</exception>
    public static explicit operator float(Tensor x) => x.Item<float>();
    /// <inheritdoc cref="explicit operator float(Tensor)"/>
    public static explicit operator double(Tensor x) => x.Item<double>();
    /// <summary>The one number of a tensor of size 1, its fraction cut off.</summary>
    /// <inheritdoc cref="explicit operator float(Tensor)" path="/exception"/>
    public static explicit operator int(Tensor x) => x.Item<int>();
    /// <summary>The one number of a tensor of size 1, as whether it is not zero.</summary>
    /// <inheritdoc cref="explicit operator float(Tensor)" path="/exception"/>
    public static explicit operator bool(Tensor x) => x.Item<bool>();

    /// <summary>A literal: it takes the element type of what it meets, and is F32 alone.</summary>
    public static implicit operator Tensor(float x) => Weak((double)x);
    /// <summary>A literal: it takes the element type of what it meets, and is F32 alone.</summary>
    public static implicit operator Tensor(double x) => Weak(x);
    /// <summary>A literal: it takes the element type of what it meets, and is I32 alone.</summary>
    public static implicit operator Tensor(int x) => Weak((long)x);
    /// <summary>A copy, with one axis.</summary>
    public static implicit operator Tensor(float[] x) => From(x);
    /// <summary>A copy, with one axis: F64.</summary>
    public static implicit operator Tensor(double[] x) => From(x);
    /// <summary>A copy, with one axis: I32.</summary>
    public static implicit operator Tensor(int[] x) => From(x);
    /// <summary>A copy, with two axes.</summary>
    public static implicit operator Tensor(float[,] x) => From(x);
    /// <summary>A copy, with two axes: F64.</summary>
    public static implicit operator Tensor(double[,] x) => From(x);
}
