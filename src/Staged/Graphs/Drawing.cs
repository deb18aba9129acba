using System.Globalization;
using System.Net;
using System.Text;

namespace StagedDiff;

/// <summary>
/// A graph as a circuit in SVG: inputs on the left, results on the right, what flows forward above each wire and what flows back below it.
/// Ops stand in layers, each behind all it reads; within a layer near the middle of its neighbours, so that wires cross little.
/// </summary>
sealed class Drawing
{
    const int Radius = 22, Row = 64, Margin = 16, Letter = 7;

    /// <summary>An input, an op, or a bend in a wire that passes a layer (then it has no text).</summary>
    sealed class Spot(string text, Tensor[] variables)
    {
        public readonly string Text = text;
        public readonly Tensor[] Variables = variables;
        public readonly List<Spot> From = [], To = [];
        public int Layer;
        public double X, Y;
    }

    readonly List<Spot> spots = [];
    readonly Dictionary<Tensor, Spot> sources = [];
    readonly Func<Tensor, (string? Forward, string? Back)> flow;

    Drawing(Graph g, Func<int, string> input, Func<Tensor, (string?, string?)> flow)
    {
        this.flow = flow;
        for (int i = 0; i < g.Inputs.Length; i++) Place(new(input(i), [g.Inputs[i]]));
        foreach (var node in g.Nodes)
        {
            var spot = Place(new(Text(node), node.Outputs));
            foreach (var t in node.Inputs)
                if (!t.IsLiteral) Wire(sources[t], spot);
        }
        foreach (var t in g.Outputs)
            if (!t.IsLiteral) Wire(sources[t], Place(new("", [t])));
    }

    /// <param name="g">The graph.</param>
    /// <param name="input">The name of an input.</param>
    /// <param name="flow">What stands above and below the wires of a variable.</param>
    public static string Svg(Graph g, Func<int, string> input, Func<Tensor, (string? Forward, string? Back)> flow)
    {
        var drawing = new Drawing(g, input, flow);
        var layers = drawing.Layers();
        Arrange(layers);
        return drawing.Write(layers);
    }

    // A number stands where it stands among the operands: "1 div", "pow 2".
    static string Text(Node node)
    {
        var numbers = node.Inputs.Where(t => t.IsLiteral).Select(Number).ToArray();
        return numbers is [] ? node.Op.Name : node.Inputs[0].IsLiteral ? $"{string.Join(' ', numbers)} {node.Op.Name}" : $"{node.Op.Name} {string.Join(' ', numbers)}";
    }

    static string Number(Tensor literal) => literal.LiteralNumber.ToString("G4", CultureInfo.InvariantCulture);

    Spot Place(Spot spot)
    {
        spots.Add(spot);
        foreach (var t in spot.Variables) sources.TryAdd(t, spot);
        return spot;
    }

    static void Wire(Spot from, Spot to)
    {
        from.To.Add(to);
        to.From.Add(from);
        to.Layer = Math.Max(to.Layer, from.Layer + 1);
    }

    List<Spot>[] Layers()
    {
        // What reads nothing stands just before its first reader.
        foreach (var s in spots)
            if (s.From.Count == 0 && s.To.Count > 0) s.Layer = s.To.Min(t => t.Layer) - 1;
        foreach (var from in spots.ToArray())
            for (int i = 0; i < from.To.Count; i++) Bend(from, i);
        var layers = Enumerable.Range(0, spots.Max(s => s.Layer) + 1).Select(_ => new List<Spot>()).ToArray();
        foreach (var s in spots) layers[s.Layer].Add(s);
        return layers;
    }

    /// <summary>One bend in each layer that a wire passes.</summary>
    void Bend(Spot from, int wire)
    {
        while (from.To[wire] is var to && to.Layer > from.Layer + 1)
        {
            var bend = new Spot("", []) { Layer = from.Layer + 1 };
            spots.Add(bend);
            from.To[wire] = bend;
            to.From[to.From.IndexOf(from)] = bend;
            bend.From.Add(from);
            bend.To.Add(to);
            (from, wire) = (bend, 0);
        }
    }

    static void Arrange(List<Spot>[] layers)
    {
        foreach (var layer in layers)
            for (int i = 0; i < layer.Count; i++) layer[i].Y = i;
        for (int sweep = 0; sweep < 8; sweep++)
            foreach (var layer in sweep % 2 == 0 ? layers : layers.Reverse())
            {
                var near = layer.ToDictionary(s => s, s => (sweep % 2 == 0 ? s.From : s.To) is [_, ..] neighbours ? neighbours.Average(n => n.Y) : s.Y);
                layer.Sort((a, b) => near[a] != near[b] ? near[a].CompareTo(near[b]) : a.Y.CompareTo(b.Y));
                // As near to its neighbours as those above allow.
                double least = double.NegativeInfinity;
                foreach (var s in layer) least = (s.Y = Math.Max(near[s], least)) + 1;
            }
        double top = layers.SelectMany(l => l).Min(s => s.Y);
        foreach (var s in layers.SelectMany(l => l)) s.Y = Margin + Radius + (s.Y - top) * Row;
    }

    string Write(List<Spot>[] layers)
    {
        double x = Margin;
        foreach (var layer in layers)
        {
            double half = layer.Max(HalfWidth);
            foreach (var s in layer) s.X = x + half;
            x += 2 * half + 30 + layer.Max(LabelWidth);
        }
        var svg = new StringBuilder();
        var (width, height) = (x, spots.Max(s => s.Y) + Radius + Margin);
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" font-family=\"sans-serif\" font-size=\"13\" text-anchor=\"middle\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#fff\"/>\n");
        foreach (var s in spots)
            foreach (var to in s.To)
            {
                // Straight between its two numbers, then to where it goes.
                double a = s.X + HalfWidth(s), c = a + LabelWidth(s), b = to.X - HalfWidth(to), middle = (c + b) / 2;
                svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{a:0.#} {s.Y:0.#} H{c:0.#} C{middle:0.#} {s.Y:0.#} {middle:0.#} {to.Y:0.#} {b:0.#} {to.Y:0.#}\" fill=\"none\" stroke=\"#888\"/>\n");
            }
        foreach (var s in spots)
        {
            double half = HalfWidth(s);
            if (s.Text != "")
            {
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{s.X - half:0.#}\" y=\"{s.Y - Radius:0.#}\" width=\"{2 * half:0.#}\" height=\"{2 * Radius}\" rx=\"{(s.From.Count > 0 ? Radius : 6)}\" fill=\"#fff\" stroke=\"#444\"/>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{s.X:0.#}\" y=\"{s.Y + 4.5:0.#}\">{WebUtility.HtmlEncode(s.Text)}</text>\n");
            }
            if (s.Text == "" || s.Variables is []) continue;
            var (forward, back) = Flow(s);
            if (forward is not null) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{s.X + half + 6:0.#}\" y=\"{s.Y - 5:0.#}\" text-anchor=\"start\" fill=\"#080\">{WebUtility.HtmlEncode(forward)}</text>\n");
            if (back is not null) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{s.X + half + 6:0.#}\" y=\"{s.Y + 15:0.#}\" text-anchor=\"start\" fill=\"#c00\">{WebUtility.HtmlEncode(back)}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    (string? Forward, string? Back) Flow(Spot s) => flow(s.Variables[0]);

    double LabelWidth(Spot s) => s.Text == "" || s.Variables is [] ? 0 : Letter * Math.Max(Flow(s).Forward?.Length ?? 0, Flow(s).Back?.Length ?? 0);

    static double HalfWidth(Spot s) => s.Text == "" ? 0 : Math.Max(Radius, (s.Text.Length * Letter + 18) / 2.0);
}
