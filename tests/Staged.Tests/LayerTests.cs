using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StagedDiff.Tests;

/// <summary>The layers of docs/design.md, kept over the source files: whose types a file may name.</summary>
public class LayerTests
{
    // Lowest first: a partial type belongs to the lowest layer that declares a part of it.
    // A layer is a folder of src/Staged; Fn is the files at its top; Ops is src/Ops. Each may name its own types, those of Errors.cs and:
    static readonly (string Layer, string[] MayUse)[] layers =
    [
        ("Tensors", []),
        ("Code", ["Tensors"]),
        ("Maths", ["Code", "Tensors"]),
        ("Kernels", ["Tensors"]),
        ("Graphs", ["Code", "Tensors"]),
        ("Primitives", ["Graphs", "Maths", "Kernels", "Code", "Tensors"]),
        ("Transforms", ["Graphs", "Primitives", "Tensors"]),
        ("Compile", ["Graphs", "Maths", "Kernels", "Code", "Tensors", "Primitives"]),
        ("Fn", ["Tensors", "Code", "Graphs", "Primitives", "Transforms", "Compile"]),
        ("Ops", ["Tensors", "Primitives", "Fn"]),
    ];

    // A file or a whole layer that may name more: a type or all of a layer.
    static readonly (string Who, string MayAlsoUse, string Because)[] exceptions =
    [
        ("Graphs/Trace.cs", "Eager", "an op applied outside of a trace runs through the compiler: there is no interpreter beside it"),
        ("Graphs/Trace.cs", "Rules", "exact rules on operands apply as a graph is built"),
        ("Graphs/Op.cs", "Derived", "the forward mode of an op that gives none is derived from its pullback"),
        ("Compile", "JitOptions", "the compiler does what the caller asked for"),
        ("Primitives/Cond.cs", "Transforms", "the rules of a region transform the graph it holds"),
        ("Primitives/Scan.cs", "Transforms", "the same"),
        ("Primitives/While.cs", "Transforms", "the same"),
        ("Primitives/Call.cs", "Transforms", "the same"),
        ("Primitives/Checkpoint.cs", "Transforms", "the same"),
        ("Primitives/Custom.cs", "Transforms", "the same"),
    ];

    // Files beside those of Compile/ that may mention expression trees.
    static readonly (string File, string Because)[] expressionTrees =
    [
        ("TreeCode.cs", "a type's flattener is compiled once"),
        ("Kernels/ProductTile.cs", "a tile of a product is compiled for its number of rows and of columns"),
    ];

    static readonly CSharpCompilation program = Compile();

    static CSharpCompilation Compile()
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        string[] usings = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];
        var implicitUsings = string.Concat(usings.Select(u => $"global using {u};"));
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(dll => !Path.GetFileName(dll).StartsWith("StagedDiff"));
        return CSharpCompilation.Create("Layers",
            [
                CSharpSyntaxTree.ParseText(implicitUsings, options),
                .. Repository.Sources("src/Staged").Select(s => CSharpSyntaxTree.ParseText(s.Text, options, s.Path)),
                .. Repository.Sources("src/Ops").Select(s => CSharpSyntaxTree.ParseText(s.Text, options, "Ops/" + s.Path)),
            ],
            platform.Select(dll => MetadataReference.CreateFromFile(dll)),
            new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    static string Layer(string file) => file.Contains('/') ? file[..file.IndexOf('/')] : "Fn";

    static string[] Files(ISymbol type) => [.. type.DeclaringSyntaxReferences.Select(part => part.SyntaxTree.FilePath)];

    static string Home(ISymbol type) => layers.Select(l => l.Layer).First(Files(type).Select(Layer).Contains);

    /// <summary>A type by its own name; a member by the type that declares it, so that an extension method counts too.</summary>
    static INamedTypeSymbol? TypeOf(ISymbol? symbol) => symbol switch
    {
        INamedTypeSymbol type => Outermost(type),
        IMethodSymbol or IPropertySymbol or IFieldSymbol when symbol.ContainingType is { } type => Outermost(type),
        _ => null,
    };

    static INamedTypeSymbol Outermost(INamedTypeSymbol type) => type.ContainingType is { } outer ? Outermost(outer) : type.OriginalDefinition;

    /// <summary>Each use of one of our types outside of its own layer.</summary>
    static readonly (string File, int Line, INamedTypeSymbol Type)[] uses =
    [
        .. from tree in program.SyntaxTrees
           where tree.FilePath != ""
           let model = program.GetSemanticModel(tree)
           from name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
           let type = TypeOf(model.GetSymbolInfo(name).Symbol)
           where type is not null && Files(type) is [_, ..] files && !files.Contains("Errors.cs") && Home(type) != Layer(tree.FilePath)
           let line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1
           select (tree.FilePath, line, type),
    ];

    static string[] MayUse(string file) => layers.Single(l => l.Layer == Layer(file)).MayUse;

    static bool IsUpward((string File, int Line, INamedTypeSymbol Type) use) => !MayUse(use.File).Contains(Home(use.Type));

    static bool Excuses((string Who, string MayAlsoUse, string Because) e, (string File, int Line, INamedTypeSymbol Type) use) =>
        (e.Who == use.File || e.Who == Layer(use.File)) && (e.MayAlsoUse == use.Type.Name || e.MayAlsoUse == Home(use.Type));

    static void None(IEnumerable<string> faults) => Assert.True(!faults.Any(), "\n" + string.Join("\n", faults.Distinct()));

    [Fact]
    public void The_sources_are_understood() =>
        None(program.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()));

    [Fact]
    public void Every_folder_has_a_row() =>
        None(program.SyntaxTrees.Where(t => t.FilePath != "").Select(t => Layer(t.FilePath)).Except(layers.Select(l => l.Layer)));

    [Fact]
    public void Each_file_names_only_types_of_the_layers_below() => None(
        from use in uses
        where IsUpward(use) && !exceptions.Any(e => Excuses(e, use))
        select $"{use.File}:{use.Line} uses {use.Type.Name} of {Home(use.Type)}; {Layer(use.File)} may use {string.Join(", ", MayUse(use.File).DefaultIfEmpty("nothing of ours"))}.");

    [Fact]
    public void Every_exception_is_still_needed() => None(
        from e in exceptions
        where program.SyntaxTrees.Any(t => t.FilePath == e.Who || Layer(t.FilePath) == e.Who)
        where !uses.Any(use => IsUpward(use) && Excuses(e, use))
        select $"{e.Who} does not use {e.MayAlsoUse}: take the exception out.");

    [Fact]
    public void Only_the_compiler_mentions_expression_trees() => None(
        from source in Repository.Sources("src/Staged").Concat(Repository.Sources("src/Ops"))
        where source.Text.Contains("System.Linq.Expressions") && Layer(source.Path) != "Compile" && !expressionTrees.Any(e => e.File == source.Path)
        select $"{source.Path} mentions System.Linq.Expressions; only files under Compile/ may.");

    [Fact]
    public void Ops_are_functions_and_neither_declare_nor_name_an_op() => None(
        from tree in program.SyntaxTrees
        where Layer(tree.FilePath) == "Ops"
        let model = program.GetSemanticModel(tree)
        from node in tree.GetRoot().DescendantNodes()
        let type = node is SimpleNameSyntax ? TypeOf(model.GetSymbolInfo(node).Symbol) : model.GetDeclaredSymbol(node) as INamedTypeSymbol
        where type is not null && IsOp(type)
        select $"{tree.FilePath} uses or declares {type.Name}; a primitive stands in src/Staged/Primitives, src/Ops composes functions.");

    static bool IsOp(INamedTypeSymbol type) =>
        type.Name == "Op" && Files(type) is [_, ..] || type.BaseType is { } parent && IsOp(parent);

    [Theory]
    [InlineData("Staged", typeof(Shape))]
    [InlineData("Ops", typeof(Data))]
    public void The_assemblies_in_CSharp_do_not_know_FSharp(string project, Type type)
    {
        Assert.DoesNotContain("FSharp.Core", type.Assembly.GetReferencedAssemblies().Select(a => a.Name));
        Assert.DoesNotContain("FSharp.Core", File.ReadAllText(Repository.At("src", project, $"{project}.csproj")));
    }
}
