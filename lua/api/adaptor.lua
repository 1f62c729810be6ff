-- Adaptors of any kind of pipeline.
return {
  title = "Adaptors of any kind of pipeline",
  text = "Each returns a new pipeline; none runs anything. Columns count from 1. A list in front of a kernel picks the "
    .. "columns it sees. A pipeline has at most 32 columns, 1000 stages one after the other and 100000 in all "
    .. "branches; a kernel takes at most 16 columns and constants. An item that fails is named by its place in the "
    .. "last indexed stage below: behind a skip by that, behind a filter by that before it.",
  {
    name = "Pipeline:map", args = { "kernel: kernel", "...: value" }, gives = { "Pipeline" }, kind = "any -> same",
    formulas = true,
    text = "The kernel's results replace the columns. Its inputs are all columns, then the constants.",
    more = "A constant adapts to its column: `f32 * 2.5` is f32, `i32 + 1` is i64, and a float constant on integers "
      .. "gives f64.",
    errors = {
      { 'xs:map("mull", 2)', "bad argument #1 to 'map' (unknown kernel 'mull'; did you mean 'mul'?)" },
      { "xs:map(print)", "a C function cannot be read; name a kernel, see tine.kernels()" },
    },
    example = [[
xs:map("mul", 10):collect() --> tine.Array f64[3] {30.0, 10.0, 20.0}
xs:zip(ys):map("fma", 1.0):sum() --> 32.0]],
  },
  {
    name = "Pipeline:extend", formulas = true, args = { "kernel: kernel", "...: value" },
    also = { { "columns: columns", "kernel: kernel", "...: value" } }, gives = { "Pipeline" }, kind = "any -> same",
    text = "The kernel's results as further columns.",
    example = [[xs:extend("mul", 2):map("add"):collect() --> tine.Array f64[3] {9.0, 3.0, 6.0}]],
  },
  {
    name = "Pipeline:filter", formulas = true, args = { "kernel: kernel", "...: value" },
    also = { { "columns: columns", "kernel: kernel", "...: value" }, { "mask: mask" }, {} }, gives = { "Pipeline" },
    kind = "any -> bounded at most",
    text = "The items for which the predicate, a kernel whose result is a bool, holds; or for which a mask does, one "
      .. "column of bool of the same length. Without either: those whose last column, a bool, is true; without that "
      .. "column.",
    more = "A mask needs indexed pipelines on both sides.",
    errors = {
      { 'xs:filter("neg")', "bad argument #1 to 'filter'" },
      { 'xs:filter(tine.rep(true, 4))', "'filter' of 3 items by a mask of 4" },
    },
    example = [[
xs:filter("gt", 1):collect() --> tine.Array f64[2] {3.0, 2.0}
xs:zip(ys):filter({ 1 }, "gt", 2):collect() --> tine.Array f64[1] {3.0} tine.Array f64[1] {4.0}
xs:filter(ys:map("gt", 4)):collect() --> tine.Array f64[2] {1.0, 2.0}
xs:extend("lt", 3):filter():sum() --> 3.0]],
  },
  {
    name = "Pipeline:filter_map", args = { "kernel: kernel", "...: value" }, gives = { "Pipeline" },
    kind = "any -> bounded at most",
    text = "As map, with a kernel whose last result, a bool, tells whether there is one.",
    more = "No kernel that is built in is of that sort: a Lua function may be, or one that a host registers.",
    errors = { { 'xs:filter_map("neg")', "bad argument #1 to 'filter_map'" } },
    example = [[xs:filter_map(function(x) return 10 * x, x > 1 end):collect() --> tine.Array f64[2] {30.0, 20.0}]],
  },
  {
    name = "Pipeline:flat_map", args = { "kernel: kernel", "...: value" }, gives = { "Pipeline" },
    kind = "any -> parallel",
    text = "All that a kernel which expands gives for each item: repeat(x, n), span(first, last), or a host's.",
    example = [[tine.range(1, 3):flat_map("repeat", 2):collect() --> tine.Array i64[6] {1, 1, 2, 2, 3, 3}]],
  },
  {
    name = "Pipeline:take", args = { "n: count" }, gives = { "Pipeline" }, kind = "indexed -> indexed, else -> bounded",
    text = "The first n items.",
    errors = { { "xs:take(-1)", "bad argument #1 to 'take' (must not be negative)" } },
    example = [[
xs:take(2):collect() --> tine.Array f64[2] {3.0, 1.0}
tine.range(1, 10^15):filter("gt", 5):take(2):collect() --> tine.Array i64[2] {6, 7}]],
  },
  {
    name = "Pipeline:take_while", formulas = true, args = { "kernel: kernel", "...: value" },
    also = { { "columns: columns", "kernel: kernel", "...: value" } }, gives = { "Pipeline" },
    kind = "any -> bounded at most",
    text = "The items before the first for which the predicate does not hold.",
    example = [[xs:take_while("gt", 1):collect() --> tine.Array f64[1] {3.0}]],
  },
  {
    name = "Pipeline:skip_while", formulas = true, args = { "kernel: kernel", "...: value" },
    also = { { "columns: columns", "kernel: kernel", "...: value" } }, gives = { "Pipeline" },
    kind = "any -> bounded at most",
    text = "The first item for which the predicate does not hold, and those behind it.",
    example = [[xs:skip_while("gt", 1):collect() --> tine.Array f64[2] {1.0, 2.0}]],
  },
  {
    name = "Pipeline:chain", args = { "q: pipeline", "...: pipeline" }, gives = { "Pipeline" },
    kind = "any -> the lowest of all",
    text = "The items of one after the other.",
    more = "Where types differ, a float with another number is f64; two types of integers are i64, or u64 where one is "
      .. "u64 and none has a sign; a bool beside a number raises. A u64 over 2^63-1 fails at its item where it is to "
      .. "be i64.",
    errors = { { "xs:chain(tine.rep(true, 2))", "'chain' puts no bool beside a number, got f64 and bool" } },
    example = [[tine.range(1, 3):chain(tine.range(8, 9)):collect() --> tine.Array i64[5] {1, 2, 3, 8, 9}]],
  },
  {
    name = "Pipeline:select", args = { "c: positive", "...: positive" }, gives = { "Pipeline" }, kind = "any -> same",
    text = "Columns picked, reordered or repeated.",
    errors = { { "xs:select(2)", "bad argument #1 to 'select' (column 2 is out of range [1, 1])" } },
    example = [[
xs:select(1, 1):map("mul"):sum() --> 14.0
xs:zip(ys):select(2):sum() --> 15.0]],
  },
  {
    name = "Pipeline:cast", args = { "dtype: dtype", 'mode?: castmode = "exact"' }, gives = { "Pipeline" },
    kind = "any -> same",
    text = "Every column converted; modes as for Array:cast.",
    example = [[tine.range(254, 257):cast("u8", "wrap"):collect() --> tine.Array u8[4] {254, 255, 0, 1}]],
  },
  {
    name = "Pipeline:min_len", args = { "n: positive" }, gives = { "Pipeline" }, kind = "any -> same",
    text = "Pieces of work are not cut below n items. It never changes a result.",
    example = [[xs:min_len(1000):sum() --> 6.0]],
  },
  {
    name = "Pipeline:max_len", args = { "n: positive" }, gives = { "Pipeline" }, kind = "any -> same",
    text = "Pieces of work above n items are always cut, and kernels get no more of them at a time. It never "
      .. "changes a result; min_len goes first.",
    example = [[xs:max_len(1):sum() --> 6.0]],
  },
  {
    name = "Pipeline:sequential", gives = { "Pipeline" }, kind = "any -> same",
    text = "Runs on the calling thread alone. It never changes a result.",
    example = [[xs:sequential():sum() --> 6.0]],
  },
  {
    name = "Pipeline:on", args = { "pool: pool" }, gives = { "Pipeline" }, kind = "any -> same",
    text = "Runs on that pool; the last 'on' wins. It never changes a result.",
    errors = {
      { "local pool = tine.pool() local p = xs:on(pool) pool:close() p:sum()", "attempt to use a closed pool" },
    },
    example = [[
local pool <close> = tine.pool { threads = 2 }
xs:on(pool):sum() --> 6.0]],
  },
  {
    name = "p + q", class = "Pipeline", keys = { "+", "-", "*", "/", "//", "%", "^" },
    meta = { "__add", "__sub", "__mul", "__div", "__idiv", "__mod", "__pow", "__unm" }, gives = { "Pipeline" },
    text = "The operators `+ - * / // % ^` and unary `-` are the kernels `add sub mul div idiv mod pow neg`. Two "
      .. "pipelines are zipped and must have equal lengths; a number is a constant.",
    errors = {
      { "xs + ys:sub(2)", "length" },
      { "xs + {}", "attempt to perform arithmetic on a table value" },
    },
    example = [[
(xs * ys + 1):collect() --> tine.Array f64[3] {13.0, 6.0, 13.0}
(-xs):sum(), (10 - xs):sum(), (xs // 2):sum() --> -6.0 24.0 2.0]],
  },
  {
    name = "p & q", class = "Pipeline", keys = { "&", "|", "~", "<<", ">>" },
    meta = { "__band", "__bor", "__bxor", "__shl", "__shr", "__bnot" }, gives = { "Pipeline" },
    text = "The operators `& | ~ << >>` and unary `~` are the kernels `band bor bxor shl shr bnot`, likewise.",
    example = [[(tine.range(1, 4) << 1 & 6):collect() --> tine.Array i64[4] {2, 4, 6, 0}]],
  },
  {
    name = "xs > 0", class = "Pipeline", keys = { "<", "<=", ">", ">=" }, meta = { "__lt", "__le" }, gives = {},
    since = "0.2.0",
    text = "Comparisons raise: Lua makes true or false of them, never a pipeline. The kernels `lt le gt ge eq ne` "
      .. "compare.",
    more = "`==` asks nobody: it tells whether both are one and the same object. `p:eq(q)` compares all items.",
    errors = {
      { "return xs > 0", 'write xs:map("gt", 0)' },
      { "return xs <= ys:rev()", 'write xs:zip_eq(q):map("le")' },
    },
    example = [[
xs:map("gt", 1):collect() --> tine.Array bool[3] {true, false, true}
xs:zip_eq(ys):map("lt"):collect() --> tine.Array bool[3] {true, true, true}]],
  },
}
