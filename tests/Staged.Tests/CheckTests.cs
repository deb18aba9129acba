namespace StagedDiff.Tests;

/// <summary>The checker finds what no trace builds: debug builds and the laws run it on every graph.</summary>
public class CheckTests
{
    static readonly Graph graph = Graph.Of([new(DType.F32, [3])], x => [Prim.Exp(Prim.Sin(x[0]))]);

    static string Broken(Graph g) => Assert.Throws<InvalidOperationException>(() => Check.Closed(g)).Message;
    static Graph With(Tensor[]? inputs = null, Node[]? nodes = null, Tensor[]? outputs = null) => new(inputs ?? graph.Inputs, nodes ?? graph.Nodes, outputs ?? graph.Outputs);

    [Fact]
    public void A_graph_as_it_was_traced_is_right() => Check.Closed(graph);

    [Fact]
    public void A_variable_must_be_computed_before_it_is_read()
    {
        Assert.Equal("exp reads a variable that is no input and not yet computed.", Broken(With(nodes: [graph.Nodes[1], graph.Nodes[0]])));
        Assert.Equal("sin reads a variable that is no input and not yet computed.", Broken(With(inputs: [])));
        Assert.Equal("the result reads a variable that is no input and not yet computed.", Broken(With(nodes: [graph.Nodes[0]])));
    }

    [Fact]
    public void A_result_has_the_type_that_its_op_infers() => Assert.Equal("sum has results of other types than it infers.",
        Broken(With(nodes: [graph.Nodes[0], new(new Sum(0), graph.Nodes[1].Inputs) { Outputs = graph.Nodes[1].Outputs }])));
}
