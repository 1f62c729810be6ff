-- What can be asked of a plan.
return {
  title = "Asking",
  text = "None of these runs anything.",
  {
    name = "Pipeline:kind", gives = { "kind" },
    text = 'What is known in advance of the items: "indexed" "exact" "bounded" or "parallel".',
    example = [[xs:kind(), xs:filter("gt", 1):kind() --> indexed bounded]],
  },
  {
    name = "Pipeline:len", gives = { "integer" }, needs = "exact",
    text = "The number of items.",
    errors = { { 'xs:filter("gt", 1):len()', "'len' needs" } },
    example = [[xs:chain(ys):len() --> 6]],
  },
  {
    name = "#p", class = "Pipeline", meta = { "__len" }, gives = { "integer" }, since = "0.2.0",
    text = "The number of items, where it is known: as p:len().",
    errors = { { 'return #xs:filter("gt", 1)', "made it bounded; count() runs it, and collect() gives an array" } },
    example = [[#xs:chain(ys) --> 6]],
  },
  {
    name = "pairs(p)", class = "Pipeline", meta = { "__pairs" }, gives = {}, since = "0.2.0",
    text = "Raises, as ipairs(p) and p[i] do: a pipeline has no elements before it is run. p:collect() gives an array, "
      .. "which has, and p:iter() goes through the items.",
    errors = {
      { "pairs(xs:rev())", "collect() gives an array" },
      { "for _ in ipairs(xs:rev()) do break end", "collect() gives an array" },
      { "return xs:rev()[1]", "a pipeline has no elements to index" },
    },
    example = [[xs:rev():collect()[1] --> 2.0]],
  },
  {
    name = "Pipeline:bounds", gives = { "integer", "integer?" },
    text = "At least and at most how many items there are; the second is nil where nothing is known.",
    example = [[xs:filter("gt", 1):bounds() --> 0 3]],
  },
  {
    name = "Pipeline:explain", gives = { "string" },
    text = "The plan as text, a line a stage: kind, types, length, and the line of the script that built it.",
    example = [[(xs:map("neg"):explain():gsub("\n.*", "")) --> indexed f64[3] ]],
  },
  {
    name = "print(p)", class = "Pipeline", meta = { "__tostring" }, keys = { "tostring(p)" }, gives = { "string" },
    text = "The plan in one line: tostring(p).",
    example = [[xs:map("mul", 2):rev() --> tine.Pipeline indexed f64[3]: slice | map mul | rev]],
  },
}
