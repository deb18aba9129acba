// Derivatives of derivatives: the Taylor series of a function about 0, and how well it does.
// Build the library once, then run the script:
//   dotnet build -c Release src/FSharp
//   dotnet fsi docs/examples/script/taylor.fsx
#r "../../../src/FSharp/bin/Release/net10.0/StagedDiff.Staged.dll"
#r "../../../src/FSharp/bin/Release/net10.0/StagedDiff.Ops.dll"
#r "../../../src/FSharp/bin/Release/net10.0/StagedDiff.FSharp.dll"

open StagedDiff

/// The n-th derivative of a function of a number.
let rec derivative n (f: Tensor -> Tensor) = if n = 0 then f else derivative (n - 1) (grad f)

/// f⁽ⁿ⁾(0) / n! for n = 0, 1, …
let coefficients terms f =
    let zero = tensorOf DType.F64 0.0
    let factorial n = List.fold (*) 1.0 [ for i in 1..n -> float i ]
    [ for n in 0 .. terms - 1 -> float (derivative n f zero) / factorial n ]

let evaluate (series: float list) (x: float) = List.foldBack (fun c sum -> c + x * sum) series 0.0

let functions: (string * (Tensor -> Tensor) * float) list =
    [ "exp x", exp, exp 0.5
      "sin x", sin, sin 0.5
      "1 / (1 - x)", (fun x -> 1.0 / (1.0 - x)), 2.0
      "exp (sin x)", (fun x -> exp (sin x)), exp (sin 0.5) ]

for name, f, right in functions do
    let series = coefficients 8 f
    printfn "%-12s %s" name (String.concat " " [ for c in series -> sprintf "%8.5f" (c + 0.0) ])
    printfn "             at 0.5: %.6f, and the function itself is %.6f" (evaluate series 0.5) right
