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
