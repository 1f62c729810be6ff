-- Terminals that give values.
return {
  title = "Terminals: values",
  text = "With several columns there is one result a column. What does not exist (the minimum of nothing) is nil.",
  {
    name = "Pipeline:sum", gives = { "number..." },
    text = "The sum: i64 of integers and bools, which wraps as Lua's does, or f64. 0 for no items.",
    more = "Floats are added in a fixed tree, so the bits are the same on any number of threads. It is a tree over the "
      .. "places that they have below a filter: where one drops items the last digit may differ from that of the sum "
      .. "of what collect() puts side by side, and is that of a column with -0.0 in their places. So it is for "
      .. "product, mean, var and std.",
    example = [[
xs:sum(), tine.range(1, 10):sum() --> 6.0 55
xs:filter("x > 1"):sum(), xs:map("where(x > 1, x, -0.0)"):sum() --> 5.0 5.0]],
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
    name = "Pipeline:var", args = { "ddof?: count = 0" }, gives = { "number?..." },
    text = "The variance, a float: squared distances from the mean, divided by the number of items less ddof. So 0 is "
      .. "for a population, 1 for a sample of one. nil for ddof items or fewer.",
    example = [[tine.range(1, 5):var(), tine.range(1, 5):var(1) --> 2.0 2.5]],
  },
  {
    name = "Pipeline:std", args = { "ddof?: count = 0" }, gives = { "number?..." },
    text = "The standard deviation, a float: the root of var(ddof).",
    example = [[tine.array("f64", { 1, 3 }):std(), xs:std(1) --> 1.0 1.0]],
  },
  {
    name = "Pipeline:min", gives = { "value?..." },
    text = "The smallest value; nil for no items. Where it is: argmin.",
    more = "A NaN is the smallest and the largest.",
    example = [[
xs:min() --> 1.0
math.min(xs:min(), ys:min()), xs:zip(ys):min() --> 1.0 1.0 4.0]],
  },
  {
    name = "Pipeline:max", gives = { "value?..." },
    text = "The largest value; nil for no items. Where it is: argmax.",
    more = "A NaN is the smallest and the largest.",
    example = [[
xs:max() --> 3.0
(xs / xs:max()):sum() --> 2.0]],
  },
  {
    name = "Pipeline:minmax", gives = { "value?", "value?", "..." },
    text = "Smallest and largest value, in one run; with several columns those of the first, of the second, and so on.",
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
    name = "Pipeline:reduce", formulas = true, args = { "op: kernel", "identity?: value" }, gives = { "value?..." },
    text = "A fold with an associative kernel. The identity is combined once, in front; without one, nil for no items.",
    errors = { { 'xs:reduce("sub")', "sub" } },
    example = [[xs:reduce("max"), xs:reduce("mul", 10) --> 3.0 60.0]],
  },
  {
    name = "Pipeline:count", formulas = true, args = {}, also = { { "kernel: kernel", "...: value" },
      { "columns: columns", "kernel: kernel", "...: value" } }, gives = { "integer" },
    text = "The number of items; with a predicate, of those for which it holds, as filter(...):count().",
    errors = { { 'xs:count("neg")', "neg" } },
    example = [[xs:count(), xs:count("gt", 1), xs:zip(ys):count({ 2 }, "gt", 5) --> 3 2 1]],
  },
  {
    name = "Pipeline:for_each", args = { "kernel: kernel", "...: value" }, effect = true, hosted = true,
    formulas = true,
    text = "Runs a kernel for its effects: one that a host registered.",
  },
}
