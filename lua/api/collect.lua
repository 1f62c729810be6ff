-- Terminals that give arrays, and those that go back into Lua.
return {
  title = "Terminals: arrays and Lua",
  text = "One array a column; all keep order. `totable`, `each` and `iter` run windows of 256 to 65536 items; where "
    .. "there is no index, of up to a million, and whatever `flat_map` makes of one item. If an item fails, the ones "
    .. "before it are handed out first.",
  {
    name = "Pipeline:collect", args = { "dtype?: dtype" }, gives = { "Array..." },
    text = "The items, converted exactly if a type is given.",
    more = "A pipeline keeps nothing: every terminal computes its items anew. What is used twice is collected first.",
    example = [[xs:map("mul", 2):collect("i32") --> tine.Array i32[3] {6, 2, 4}]],
  },
  {
    name = "Pipeline:collect_into", args = { "a: array", "...: array" }, gives = { "Array..." }, needs = "exact",
    effect = true,
    text = "Writes the items into arrays, one for each column, and returns these.",
    more = "Lengths and types are checked before anything is written. An array may be a source of the pipeline only "
      .. "where each item is written after it was read and nothing else reads it.",
    errors = { { 'xs:collect_into(tine.zeros("f64", 4))', "destination 1 has 4 elements, pipeline has 3" } },
    example = [[
xs:map("neg"):collect_into(ys) --> tine.Array f64[3] {-3.0, -1.0, -2.0}
ys[1] --> -3.0]],
  },
  {
    name = "Pipeline:partition", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "Array..." },
    text = "The items for which the predicate holds; then, as further arrays, the others.",
    example = [[xs:partition("gt", 1) --> tine.Array f64[2] {3.0, 2.0} tine.Array f64[1] {1.0}]],
  },
  {
    name = "Pipeline:scan", formulas = true, args = { "op: kernel", "init?: value" }, gives = { "Array..." },
    text = "Each item folded with all before it, by an associative kernel.",
    more = "Sums of floats by add are carried in twice the precision and rounded once: where all items have one sign "
      .. "they never go back, and an item that is 0 changes nothing.",
    example = [[xs:scan("add") --> tine.Array f64[3] {3.0, 4.0, 6.0}]],
  },
  {
    name = "Pipeline:sorted", args = { 'order?: order = "asc"' }, gives = { "Array..." },
    text = "The items sorted by their columns from the first to the last, as Array:sort does.",
    example = [[xs:sorted("desc") --> tine.Array f64[3] {3.0, 2.0, 1.0}]],
  },
  {
    name = "Pipeline:top", args = { "k: count" }, gives = { "Array..." },
    text = 'The first k of sorted("desc"), in memory for k.',
    example = [[xs:top(2) --> tine.Array f64[2] {3.0, 2.0}]],
  },
  {
    name = "Pipeline:unique", gives = { "Array..." },
    text = "The different items, by first occurrence; NaNs are one value, and -0.0 is 0.0.",
    example = [[tine.array("u8", { 2, 1, 2 }):unique() --> tine.Array u8[2] {2, 1}]],
  },
  {
    name = "Pipeline:count_by", gives = { "Array..." },
    text = "The different items, as unique, and an i64 array of how often each occurs.",
    example = [[tine.array("u8", { 2, 1, 2 }):count_by() --> tine.Array u8[2] {2, 1} tine.Array i64[2] {2, 1}]],
  },
  {
    name = "Pipeline:histogram", args = { "lo: number", "hi: number", "bins: positive" }, gives = { "Array..." },
    text = "How many values lie in each of the bins, as i64: half-open, the last one closed. Others, and NaN, are not "
      .. "counted.",
    errors = { { "xs:histogram(1, 1, 2)", "bad argument #2 to 'histogram' (must be above the lower end)" } },
    example = [[xs:histogram(0, 4, 2) --> tine.Array i64[2] {1, 2}]],
  },
  {
    name = "Pipeline:totable", gives = { "table..." },
    text = "A table of the items, one a column.",
    example = [[table.concat(xs:map("neg"):totable(), " ") --> -3.0 -1.0 -2.0]],
  },
  {
    name = "Pipeline:each", args = { "fn: function" }, effect = true,
    text = "Calls fn(x, y, ...) for each item, in order, on the calling thread.",
    example = [[
local sum = 0
xs:each(function(x) sum = sum + x end)
sum --> 6.0]],
  },
  {
    name = "Pipeline:iter", gives = { "function", "any", "any", "any" },
    text = "For a generic for: the items in order, in bounded memory; break frees it at once.",
    example = [[
local t = {}
for x, y in xs:zip(ys):iter() do t[#t + 1] = x + y end
table.concat(t, " ") --> 7.0 6.0 8.0]],
  },
}
