-- Terminals that search.
return {
  title = "Terminals: searches",
  text = "A search ends at the item that decides: what lies behind it is not evaluated, but for some that other "
    .. "threads are at; what lies before it is, so a failure there is the result. The predicate's inputs are all "
    .. "columns, then the constants.",
  {
    name = "Pipeline:any", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "boolean" },
    text = "Whether the predicate holds for an item; false for no items.",
    example = [[xs:any("gt", 2) --> true]],
  },
  {
    name = "Pipeline:all", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "boolean" },
    text = "Whether the predicate holds for all items; true for no items.",
    example = [[xs:all("gt", 2) --> false]],
  },
  {
    name = "Pipeline:find_first", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "value?..." },
    text = "The first item for which the predicate holds, one value per column; or nil.",
    example = [[xs:find_first("lt", 3) --> 1.0]],
  },
  {
    name = "Pipeline:find_last", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "value?..." },
    text = "The last item for which the predicate holds, one value per column; or nil.",
    example = [[xs:find_last("lt", 3) --> 2.0]],
  },
  {
    name = "Pipeline:find_any", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "value?..." },
    text = "An item for which the predicate holds, whichever is found; or nil.",
    example = [[xs:find_any("gt", 2) --> 3.0]],
  },
  {
    name = "Pipeline:position_first", args = { "kernel: kernel", "...: value" }, gives = { "integer?" },
    formulas = true,
    needs = "indexed",
    text = "The index of the first item for which the predicate holds; or nil.",
    example = [[xs:position_first("lt", 3) --> 2]],
  },
  {
    name = "Pipeline:position_last", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "integer?" },
    needs = "indexed",
    text = "The index of the last item for which the predicate holds; or nil.",
    example = [[xs:position_last("lt", 3) --> 3]],
  },
  {
    name = "Pipeline:position_any", formulas = true, args = { "kernel: kernel", "...: value" }, gives = { "integer?" },
    needs = "indexed",
    text = "The index of an item for which the predicate holds, whichever is found; or nil.",
    example = [[xs:position_any("gt", 2) --> 1]],
  },
  {
    name = "Pipeline:eq", args = { "q: pipeline" }, gives = { "boolean" },
    text = "Whether lengths and items are equal, as by == (across types; NaN equals nothing).",
    example = [[xs:eq(tine.array("u8", { 3, 1, 2 })) --> true]],
  },
  {
    name = "Pipeline:cmp", args = { "q: pipeline" }, gives = { "integer?" },
    text = "-1, 0 or 1 by the first items that differ, else by length; nil if a NaN is there.",
    example = [[xs:cmp(ys), ys:cmp(xs), xs:cmp(xs) --> -1 1 0]],
  },
}
