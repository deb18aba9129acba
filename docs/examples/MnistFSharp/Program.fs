eprintfn "MnistFSharp: not written yet."
exit 1
