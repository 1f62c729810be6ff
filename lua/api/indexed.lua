-- Adaptors that need an indexed pipeline.
return {
  title = "Adaptors of an indexed pipeline",
  text = "A pipeline of another kind raises, and the message names the stage that lost the index. Sources and arrays "
    .. "are indexed.",
  {
    name = "Pipeline:zip", args = { "q: pipeline", "...: pipeline" }, gives = { "Pipeline" },
    kind = "indexed -> indexed",
    text = "The columns of all side by side, as long as the shortest.",
    more = "Items of a longer one that have no partner are never evaluated.",
    errors = {
      { "xs:zip()", "bad argument #1 to 'zip' (tine.Pipeline expected, got no value)" },
      { 'xs:filter("gt", 1):zip(ys)', "'zip' needs an indexed pipeline; stage 2 'filter'" },
    },
    example = [[xs:zip(ys):map("mul"):sum() --> 29.0]],
  },
  {
    name = "Pipeline:zip_eq", args = { "q: pipeline", "...: pipeline" }, gives = { "Pipeline" },
    kind = "indexed -> indexed",
    text = "As zip, but unequal lengths raise.",
    errors = { { "xs:zip_eq(tine.range(1, 4))", "bad argument #1 to 'zip_eq'" } },
    example = [[xs:zip_eq(ys):map("max"):sum() --> 15.0]],
  },
  {
    name = "Pipeline:enumerate", gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "The index, from 1, as an i64 column in front.",
    example = [[xs:enumerate():map("mul"):collect() --> tine.Array f64[3] {3.0, 2.0, 6.0}]],
  },
  {
    name = "Pipeline:rev", gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "From the last item to the first.",
    example = [[xs:rev():collect() --> tine.Array f64[3] {2.0, 1.0, 3.0}]],
  },
  {
    name = "Pipeline:skip", args = { "n: count" }, gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "Without the first n items, which are never evaluated.",
    example = [[xs:skip(1):collect() --> tine.Array f64[2] {1.0, 2.0}]],
  },
  {
    name = "Pipeline:step_by", args = { "k: positive" }, gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "The first item and each k-th after it; the others are never evaluated.",
    errors = { { "xs:step_by(0)", "bad argument #1 to 'step_by' (must be positive)" } },
    example = [[xs:step_by(2):collect() --> tine.Array f64[2] {3.0, 2.0}]],
  },
  {
    name = "Pipeline:interleave", args = { "q: pipeline" }, gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "Alternately an item of each, then what is left of the longer. Types as in chain.",
    example = [[tine.range(1, 4):interleave(tine.range(7, 8)):collect() --> tine.Array i64[6] {1, 7, 2, 8, 3, 4}]],
  },
  {
    name = "Pipeline:interleave_shortest", args = { "q: pipeline" }, gives = { "Pipeline" },
    kind = "indexed -> indexed",
    text = "Alternately an item of each, until one has no more. Types as in chain.",
    example = [[tine.range(1, 4):interleave_shortest(tine.rep(7, 2)):collect() --> tine.Array i64[5] {1, 7, 2, 7, 3}]],
  },
  {
    name = "Pipeline:windows", args = { "k: positive" }, gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "k neighbouring items side by side as columns, 32 at most; none if there are fewer than k, whatever k is.",
    errors = { { "tine.range(1, 100):windows(33)", "gives more than 32 columns" } },
    example = [[
xs:windows(2):map("max"):collect() --> tine.Array f64[2] {3.0, 2.0}
xs:windows(1000):count() --> 0]],
  },
  {
    name = "Pipeline:fold_chunks", args = { "n: positive", "op: kernel", "init?: value" }, gives = { "Pipeline" },
    formulas = true,
    kind = "indexed -> indexed",
    text = "Each n items folded to one as by reduce, the last may be fewer. init begins each.",
    example = [[tine.range(1, 5):fold_chunks(2, "add"):collect() --> tine.Array i64[3] {3, 7, 5}]],
  },
  {
    name = "Pipeline:gather", args = { "a: array" }, gives = { "Pipeline" }, kind = "indexed -> indexed",
    text = "Items are indices into the array a; one out of range is an error that names the item.",
    errors = { { "tine.range(1, 4):gather(xs):sum()", "item 4" } },
    example = [[tine.array("i64", { 3, 3, 1 }):gather(xs):collect() --> tine.Array f64[3] {2.0, 2.0, 3.0}]],
  },
  {
    name = "Pipeline:positions", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "Pipeline" },
    kind = "indexed -> bounded",
    text = "The indices, from 1, of the items for which the predicate holds.",
    example = [[xs:positions("gt", 1):collect() --> tine.Array i64[2] {1, 3}]],
  },
}
