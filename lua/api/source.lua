-- Sources: where pipelines begin.
return {
  title = "Sources",
  text = "All are indexed; but `tine.chain` gives the lowest kind of its own.",
  {
    name = "tine.slice", args = { "a: array", "i?: integer = 1", "j?: integer = -1" }, gives = { "Pipeline" },
    text = "The elements of an array, or of a part of it by the rules of string.sub.",
    example = [[tine.slice(xs, 2):sum() --> 3.0]],
  },
  {
    name = "tine.range", args = { "first: number", "last: number", "step?: number = 1" }, gives = { "Pipeline" },
    text = "As a numeric for, the last included: i64 if first and step are integers, else f64.",
    more = "A float range is `first + (i - 1) * step`.",
    errors = { { "tine.range(1, 5, 0)", "bad argument #3 to 'range'" } },
    example = [[
tine.range(1, 100):sum() --> 5050
tine.range(10, 1, -4):collect() --> tine.Array i64[3] {10, 6, 2}]],
  },
  {
    name = "tine.rep", args = { "v: value", "n: count" }, gives = { "Pipeline" },
    text = "n times the value v.",
    example = [[tine.rep(2.5, 4):sum() --> 10.0]],
  },
  {
    name = "tine.empty", args = { "dtype: dtype" }, gives = { "Pipeline" },
    text = "No items, of that type.",
    example = [[tine.empty("f64"):sum() --> 0.0]],
  },
  {
    name = "tine.random", args = { "n: count", "seed: integer" }, gives = { "Pipeline" },
    text = "n uniform f64 in [0, 1). Item i depends on the seed and on i alone.",
    example = [[
local r = tine.random(1000, 42)
r:eq(r:collect()), r:max() < 1 --> true true]],
  },
  {
    name = "tine.zip", args = { "p: pipeline", "...: pipeline" }, gives = { "Pipeline" }, needs = "indexed",
    text = "The columns of all side by side, as long as the shortest.",
    example = [[tine.zip(xs, ys):map("mul"):sum() --> 29.0]],
  },
  {
    name = "tine.chain", args = { "p: pipeline", "...: pipeline" }, gives = { "Pipeline" },
    text = "The items of one after the other; the columns have equal types.",
    example = [[tine.chain(xs, ys):count() --> 6]],
  },
}
