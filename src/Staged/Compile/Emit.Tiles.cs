using E = System.Linq.Expressions.Expression;

namespace StagedDiff;

// Loads that walk memory along another loop than the lanes: a transposed operand. Such loops run in tiles. An operand's part of a tile is
// transposed into a few KB beside, in registers, from whole lines of the cache; then it is read along the lanes as any other.
sealed partial class Emit
{
    /// <summary>A tile: so many lanes along the vectors, a multiple of what any loop takes at once, and so many bytes along the other side.</summary>
    const int TileColumns = 64, TileBytes = 256;

    /// <summary>Transposed loads, and, within a tile, where element 0 of the current row would lie.</summary>
    readonly Dictionary<Value, E> tiles = [];

    void Tiles(int k, Scope scope, E from, E to)
    {
        int side = TileBytes / schedule.Transposed.Max(l => l.Type.Size());
        var (row, column) = (scope.Declare(typeof(long)), scope.Declare(typeof(long)));
        var memory = scope.Let(E.Call(typeof(LaneMath), nameof(LaneMath.Scratch), null, E.Constant(schedule.Transposed.Length * TileColumns * TileBytes)));
        var tile = new Scope(scope, k, scope.Wide);
        E rows = tile.Let(Least(E.Add(row, E.Constant((long)side)), to)), columns = tile.Let(Least(E.Add(column, E.Constant((long)TileColumns)), Number(nest.Extents[vector])));
        var body = new Scope(tile, k + 1, new(lanes, 1));
        for (int t = 0; t < schedule.Transposed.Length; t++)
        {
            var l = schedule.Transposed[t];
            E Bytes(E n) => E.Multiply(n, E.Constant((long)l.Type.Size()));
            var target = tile.Let(E.Add(memory, E.Constant((long)t * TileColumns * TileBytes)));
            var step = tile.Let(Bytes(Number(l.At.Factor(vector))));
            var first = Address(l.Buffer, l.At - Affine.Loop(schedule.Tiled) - Affine.Loop(vector) * l.At.Factor(vector), l.Type.Size(), tile);
            tile.Do(E.Call(typeof(Transpose), nameof(Transpose.Copy), null, E.Constant(l.Type.Size()), E.Add(E.Add(first, Bytes(row)), E.Multiply(column, step)), step,
                E.Subtract(rows, row), E.Convert(E.Subtract(columns, column), typeof(int)), target, E.Constant((long)TileColumns)));
            tiles[l] = body.Let(E.Subtract(E.Add(target, E.Multiply(E.Subtract(loops[schedule.Tiled], row), Bytes(E.Constant((long)TileColumns)))), Bytes(column)));
        }
        Lanewise(body, nest.Extents[vector], (column, columns), schedule.Vectors, inner => Loops(k + 2, inner), k + 2);
        scope.Declare(loops[schedule.Tiled]);
        tile.Do(For(loops[schedule.Tiled], row, rows, 1, body.Close()));
        scope.Do(For(row, from, to, side, For(column, E.Constant(0L), Number(nest.Extents[vector]), TileColumns, tile.Close())));
    }
}
