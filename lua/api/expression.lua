-- Expressions: kernels that a text tells.
return {
  title = "Expressions",
  text = "Where a kernel is expected a text that is more than a name, or names a column, is an expression in the "
    .. "grammar of Lua's: an argument of map, extend, filter, positions, partition, take_while, skip_while, count, "
    .. "any, all, the searches, reduce, scan, fold_chunks, for_each and tine.kernel. Behind it may stand a table of "
    .. "values.",
  {
    name = '"2*x + 1"', keys = { "expression", "expressions" },
    text = "x y z w are the columns 1 to 4 that the kernel would see, c1 c2 ... any; other columns may be there, "
      .. "unless they are listed in front of it: those it must all read. Operators and calls are kernels, and give "
      .. "their types: + is add, / is div, f32 stays f32. No Lua runs.",
    more = "Operators, from the strongest: `^`; `not - ~` in front; `* / // %`; `+ -`; `<< >>`; `&`; `~`; `|`; "
      .. "`< > <= >= ~= ==`; `and`; `or`. Numbers are Lua's, and true and false; there are no strings, tables or nil. "
      .. "Types are kernels, too: i64(x) and f32(x) convert, or fail, as cast does. In a fold x is what was folded "
      .. "before and y the next, and whoever writes it promises that it is associative. It gives the type that it "
      .. "takes: the column's, or one that promotion makes of that, so \"x + y\" folds u8 in i64. What fails names the "
      .. "lowest item.",
    errors = {
      { 'xs:map("x**2")', [[expression "x**2": unexpected '**' (power is '^') at 2]] },
      { 'xs:map("x + foo")', "unknown name 'foo': inputs are x y z w or c1 c2 ..., others come as values at 5" },
      { 'xs:map("x + y")', 'expression "x + y" reads input 2 of 1' },
      { 'xs:filter("x + 1")', "bad argument #1 to 'filter'" },
      { 'xs:zip(ys):extend({ 1, 2 }, "2*x")', 'expression "2*x" does not read input 2 of 2' },
      { 'xs:reduce("x < y")', "'reduce' needs a kernel that gives the type it takes" },
    },
    example = [[
xs:map("2*x + 1"):collect() --> tine.Array f64[3] {7.0, 3.0, 5.0}
xs:zip(ys):map("x*y"):sum() --> 29.0
xs:filter("x >= 2 and x ~= 3"):collect() --> tine.Array f64[1] {2.0}
xs:zip(ys):map("where(x < 2, c1, c2)"):collect() --> tine.Array f64[3] {4.0, 1.0, 6.0}
xs:zip(ys):filter({ 2 }, "x > 4"):map("i64(y) // 2"):collect() --> tine.Array i64[2] {2, 3}
xs:reduce("max(x, y)") --> 3.0]],
  },
  {
    name = '"a*x + b"', keys = { "values" },
    text = "Names that are neither columns nor called are values, from the table behind the expression: numbers and "
      .. "booleans, which adapt to what they stand beside as constants do, and arrays.",
    errors = {
      { 'xs:map("2*x", 2)', 'expression "2*x" takes no constants: its values have names' },
      { 'xs:map("scale*x", { sacle = 1 })', "unknown name 'scale'; did you mean 'sacle'?" },
      { 'xs:map("a*x", { a = "2" })', "value 'a' is a string; it may be a number, a boolean or an array" },
    },
    example = [[xs:map("a*x + b", { a = 2, b = 0.5 }):collect() --> tine.Array f64[3] {6.5, 2.5, 4.5}]],
  },
  {
    name = '"lut[x]"', keys = { "lut" },
    text = "An element of an array among the values, counted from 1; the index is an integer. The array is held as "
      .. "long as the expression is, and lent to each run that reads it.",
    errors = {
      { 'xs:map("lut[x]", { lut = ys })', "'lut' is indexed by f64; it takes integers, as of i64(x) at 1" },
      { 'tine.range(3, 4):map("lut[x]", { lut = ys }):sum()', "index 4 is out of range; 'lut' has 3 elements" },
    },
    example = [[tine.range(1, 3):map("lut[4 - x]", { lut = ys }):collect() --> tine.Array f64[3] {6.0, 5.0, 4.0}]],
  },
  {
    name = '"x > 0 and n // x > 2"', keys = { "and", "or" },
    text = "and, or and not take bools and give one. What is right of and or or counts, where it fails, only if what "
      .. "is left of it asks for it, as in Lua.",
    more = "c and a or b, where c is a bool and a none, is a where c holds, else b: where(c, a, b), but that only the "
      .. "one that is chosen counts. They follow each other: c and a or d and b or e.",
    errors = {
      { 'xs:map("x and 1")', "kernel 'and' has no signature for (f64, i64) at 3" },
      { 'xs:map("x > 1 and x")', "kernel 'and' has no signature for (bool, f64); to choose say 'c and a or b' at 7" },
    },
    example = [[
tine.range(0, 3):map("x > 0 and 6 // x > 2"):collect()  --> tine.Array bool[4] {false, true, true, false}
tine.range(0, 3):map("x > 0 and 6 // x or -1"):collect() --> tine.Array i64[4] {-1, 6, 3, 2}]],
  },
  {
    name = '"math.sqrt(x)"', keys = { "math" },
    text = "Functions of Lua's math are the kernels that do what they do: abs ceil floor sqrt exp log sin cos tan asin "
      .. "acos atan min max. math.pi, math.huge, math.maxinteger and math.mininteger are numbers.",
    more = "Types are the kernels', not Lua's: floor and ceil of a float are floats (as an index: i64(math.floor(x))), "
      .. "and min and max of NaN and a number are NaN. Of three and more they take the last two first: "
      .. "math.min(a, b, c) is min(a, min(b, c)), which tells where types or zeros of both signs meet.",
    errors = { { 'xs:map("math.random(x)")', "no kernel does what math.random does at 1" } },
    example = [[xs:map("math.floor(x / 2) + math.max(x, 2, 0)"):collect() --> tine.Array f64[3] {4.0, 2.0, 3.0}]],
  },
}
