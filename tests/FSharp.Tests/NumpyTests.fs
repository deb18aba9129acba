/// NumPy's functions, linear algebra and soft functions as they are written in F#.
module StagedDiff.Tests.NumpyTests

open StagedDiff
open Xunit

let a = tensor [ 1.0; -2.0; 3.0; 0.5; 4.0; -1.0 ] |> fun x -> x.Reshape(2, 3)
let square = Tensor.FromRows([| 4.0; 1.0 |], [| 2.0; 3.0 |])

[<Fact>]
let ``einsum says products as formulas`` () =
    Assert.Equal<float list>(numbers (a *@ a.T), numbers (Np.Einsum("ij,kj->ik", a, a)))
    near [ 7.0 ] (Np.Einsum("ii", square))
    near [ 4.0; 3.0 ] (Np.Einsum("...ii->...i", square))
    let bilinear w x = Np.Einsum("i,ij,j", x, w, x)
    let x = tensor [ 1.0; 2.0 ]
    near [ 1.0; 2.0; 2.0; 4.0 ] (jit (grad bilinear) (square.Cast DType.F32) x)
    Assert.Equal("Einsum: 'j' is 3 and 2 in f32[2,3] and f64[2,2].", message (fun () -> Np.Einsum("ij,jk", a, square)))

[<Fact>]
let ``arrays are moved, joined and padded`` () =
    near [ 3.0; 1.0; -2.0; -1.0; 0.5; 4.0 ] (Np.Roll(a, 1, 1))
    near [ 0.0; 1.0; -2.0; 3.0; 0.0; 0.0; 0.5; 4.0; -1.0; 0.0 ] (Np.Pad(a, [| struct (0, 0); struct (1, 1) |]))
    near [ -2.0; 1.0; -2.0; 3.0; -2.0 ] (Np.Pad(a[0], 1, PadMode.Reflect))
    Assert.Equal<Shape>(Shape.Of(3, 2, 1), Np.ExpandDims(Np.MoveAxis(a, 0, -1), 2).Shape)
    near [ 1.0; -2.0; 3.0 ] (Np.Squeeze(Np.Split(a, 2)[0]))
    near [ 1.0; 10.0; 2.0; 20.0 ] (Np.Kron(tensor [ 1.0; 2.0 ], tensor [ 1.0; 10.0 ]))
    near [ 0.0; 1.0; 1.0; 3.0; 0.0 ] (Np.Convolve(tensor [ 1.0; 2.0; -1.0 ], tensor [ 0.0; 1.0; -1.0 ]) + tensor [ 0.0; 0.0; 0.0; 6.0; -1.0 ])

[<Fact>]
let ``order has derivatives`` () =
    near [ 0.75 ] (Np.Median(a))
    near [ 0.5; 0.0; 0.0; 0.5; 0.0; 0.0 ] (grad (fun (x: Tensor) -> Np.Median x) a)
    near [ 3.0; 1.0; 2.0 ] (Nn.SoftRank(tensor [ 5.0; 1.0; 2.0 ]))
    near [ 5.0 / 3.0; 8.0 / 3.0; 11.0 / 3.0 ] (Nn.SoftSort(tensor [ 5.0; 1.0; 2.0 ]))
    near [ 0.5; -0.5; 0.0 ] (grad (fun x -> Nn.SoftRank(x, 1.0, SoftRegularization.Quadratic).[0]) (tensor [ 0.0; 0.1; 7.0 ]))
    let struct (values, first, inverse, counts) = Np.UniqueAll(tensor [ 3.0; 1.0; 3.0 ])
    near [ 1.0; 3.0 ] values
    near [ 1.0; 0.0 ] first
    near [ 1.0; 0.0; 1.0 ] inverse
    near [ 1.0; 2.0 ] counts
    Assert.StartsWith("Unique: the shape of the result depends on the elements of f32[3]", message (fun () -> jit Np.Unique (tensor [ 1.0; 2.0; 1.0 ])))

[<Fact>]
let ``linear algebra goes through transforms`` () =
    let solve m b = Linalg.Solve(m, b)
    near [ 0.4; 0.4 ] (solve square (tensor [ 2.0; 2.0 ]))
    let struct (q, r) = Linalg.Qr square
    near (numbers square) (q *@ r)
    let struct (u, s, vt) = Linalg.Svd square
    near (numbers square) (u *@ Np.Diag s *@ vt)
    near [ 10.0 ] (Linalg.Det square)
    // d log det A = A⁻ᵀ
    let logDet m = let struct (_, log) = Linalg.SlogDet m in log
    near (numbers (Linalg.Inverse(square).T)) (jit (grad logDet) square)
    let many = Np.Stack [| square; 2.0 * square |]
    near [ 10.0; 40.0 ] (vmap (fun m -> Linalg.Det m) many)
    near [ 2.0; 0.0; 0.0; 3.0 ] (Linalg.Cholesky(Np.Diag(tensor [ 4.0; 9.0 ])))
    Assert.True((Linalg.Cholesky(-square)).ToArray<float>() |> Array.forall System.Double.IsNaN)
    near [ 5.0 ] (Linalg.Norm(tensor [ 3.0; 4.0 ]))
    near [ 4.0; 0.0; 0.0; 9.0 ] (Linalg.MatrixPower(Np.Diag(tensor [ 2.0; 3.0 ]), 2))
    Assert.Equal("Qr: expected a matrix [b…,m,n], got f32[3].", message (fun () -> Linalg.Qr(a[0])))
