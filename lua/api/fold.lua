-- Terminals that give values.
return {
  title = "Terminals: values",
  text = "With several columns there is one result a column. What does not exist (the minimum of nothing) is nil.",
  {
    name = "Pipeline:sum", gives = { "number..." },
    text = "The sum: i64 of integers and bools, which wraps as Lua's does, or f64. 0 for no items.",
    more = "Floats are added in a fixed tree, so the bits are the same on any number of threads.",
    example = [[xs:sum(), tine.range(1, 10):sum() --> 6.0 55]],
  },
  {
    name = "Pipeline:product", gives = { "number..." },
    text = "The product: i64, or f64. 1 for no items.",
    example = [[xs:product() --> 6.0]],
  },
  {
    name = "Pipeline:mean", gives = { "number?..." },
    text = "The mean, a float; nil for no items.",
    example = [[xs:mean() --> 2.0]],
  },
  {
    name = "Pipeline:var", gives = { "number?..." },
    text = "The variance of the population, a float; nil for no items.",
    example = [[tine.range(1, 5):var() --> 2.0]],
  },
  {
    name = "Pipeline:std", gives = { "number?..." },
    text = "The standard deviation of the population, a float; nil for no items.",
    example = [[tine.array("f64", { 1, 3 }):std() --> 1.0]],
  },
  {
    name = "Pipeline:min", gives = { "value?", "integer?", "..." },
    text = "For each column the smallest value and, of an indexed pipeline, the index of its first occurrence.",
    more = "A NaN is the smallest and the largest.",
    example = [[xs:min() --> 1.0 2]],
  },
  {
    name = "Pipeline:max", gives = { "value?", "integer?", "..." },
    text = "For each column the largest value and, of an indexed pipeline, the index of its first occurrence.",
    more = "A NaN is the smallest and the largest.",
    example = [[
xs:max() --> 3.0 1
xs:filter("lt", 3):max() --> 2.0]],
  },
  {
    name = "Pipeline:minmax", gives = { "value?", "value?", "..." },
    text = "Smallest and largest value, for each column.",
    example = [[xs:minmax() --> 1.0 3.0]],
  },
  {
    name = "Pipeline:argmin", gives = { "integer?..." }, needs = "indexed",
    text = "The index of the first smallest item.",
    example = [[xs:argmin() --> 2]],
  },
  {
    name = "Pipeline:argmax", gives = { "integer?..." }, needs = "indexed",
    text = "The index of the first largest item.",
    example = [[xs:argmax() --> 1]],
  },
  {
    name = "Pipeline:reduce", args = { "op: kernel", "identity?: value" }, gives = { "value?..." },
    text = "A fold with an associative kernel. The identity is combined once, in front; without one, nil for no items.",
    errors = { { 'xs:reduce("sub")', "sub" } },
    example = [[xs:reduce("max"), xs:reduce("mul", 10) --> 3.0 60.0]],
  },
  {
    name = "Pipeline:count", gives = { "integer" },
    text = "The number of items.",
    example = [[xs:filter("gt", 1):count() --> 2]],
  },
  {
    name = "Pipeline:for_each", args = { "kernel: kernel", "...: value" }, effect = true, hosted = true,
    text = "Runs a kernel for its effects: one that a host registered.",
  },
}
