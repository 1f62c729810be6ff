-- Lua functions as kernels.
return {
  title = "Lua functions as kernels",
  text = "Where a kernel is expected a Lua function is one, too. No worker ever calls it: its bytecode is read where "
    .. "it stands, with the values that it captured, and what runs is made of that for the types of the columns.",
  {
    name = "function(x) ... end", keys = { "function", "functions" },
    text = "Its parameters are the columns, then the constants; its results become columns. A predicate gives a "
      .. "boolean. It means what it means in Lua, to the bit, but for the last place of sin, exp and their like, and "
      .. "fails as it does there: with its line, at the lowest item.",
    more = "Integers of all types are Lua's integers (a u64 has its bits), floats its floats, so results are bool, i64 "
      .. "or f64; a result that is an integer here and a float there is f64. It may have locals, all operators but .., "
      .. "if, while, repeat, goto, the numeric for, several results, math's abs acos asin atan ceil cos exp floor log "
      .. "max min sin sqrt tan, under whatever name. In a fold x is what was folded before and y the next, and whoever "
      .. "gives it promises that it is associative.",
    errors = {
      { "xs:map(function(x) return { x } end)", "makes a table; kernels compute numbers and booleans only" },
      { "xs:map(function(x) print(x) return x end)", "uses global 'print'; kernels may use math, captured values" },
      { "xs:map(function(x) if x > 1 then return x end end)", "may end without a result" },
      { "xs:map(function(x, y) return x + y end)", "takes 2 parameters, the pipeline gives 1 column and no constants" },
      { "xs:filter(function(x) return x + 1 end)", "'filter' needs a predicate" },
      { "tine.range(0, 3):map(function(n) return n / 2 | 0 end):sum()", "number has no integer representation" },
      { "xs:map(print)", "a C function cannot be read; name a kernel" },
    },
    example = [[
xs:map(function(x) return x < 2 and 0 or math.sqrt(x + 1) end):max() --> 2.0
xs:reduce(function(x, y) return x < y and y or x end) --> 3.0]],
  },
  {
    name = "local scale = 2", keys = { "captures", "upvalues" },
    text = "Captured numbers and booleans are moved in, as they are when the function is given: changed later they "
      .. "change nothing that was built before. A function that assigns to one could not run in parallel.",
    more = "Its bytecode is read once.",
    errors = {
      { "local n = 0 xs:map(function(x) n = n + 1 return x end)",
        "assigns to upvalue 'n', so it cannot run in parallel; use reduce, count or sum" },
      { "local t = {} xs:map(function(x) return t.a * x end)", "captures 't', a table" },
    },
    example = [[
local scale = 2
local p = xs:map(function(x) return x * scale end)
scale = 1000
p:collect() --> tine.Array f64[3] {6.0, 2.0, 4.0}]],
  },
  {
    name = "local lut = tine.array(...)", keys = { "lut[i]", "lookup" },
    text = "Captured arrays have elements, lut[i], nil where there is none, and a length, #lut; they are read as they "
      .. "are when it runs, and lent to jobs. Captured functions and kernels are called.",
    more = "What may be nil is no result: say lut[i] or 0.0. Functions become a part of the one that calls them, so "
      .. "there is no recursion. Kernels are of mode fn; those of functions within each other up to 8.",
    errors = {
      { "local lut = tine.zeros('f64', 2) xs:map(function(x) return lut[x] end):sum()", "returns nil; every path" },
      { "local function f(x) return x < 1 and x or f(x / 2) end xs:map(f)", "calls itself; kernels have no recursion" },
    },
    example = [[
local lut = tine.array("f64", { 10.5, 20.5 })
xs:map(function(x) return lut[x] or #lut end):collect() --> tine.Array f64[3] {2.0, 10.5, 20.5}
local function square(x) return x * x end
xs:count(function(x) return square(x) > 2 end) --> 2]],
  },
}
