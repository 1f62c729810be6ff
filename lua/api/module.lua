-- Kernels, pools, and the module itself.
return {
  title = "Kernels, pools, the module",
  {
    name = "tine.kernels", gives = { "catalogue" },
    text = "The catalogue: a list of { name =, help =, signatures = { ... } }, sorted by name; prints as text.",
    example = [[tine.kernels()[1] --> abs: absolute value]],
  },
  {
    name = "tine.kernel", args = { "name: kernel" },
    also = { { "expression: expression", "values?: values", "promises?: promises" },
      { "fn: kernelfunction", "options?: kerneloptions" } }, gives = { "Kernel" },
    text = "A kernel as an object. Wherever a name is accepted, this is too.",
    more = "One that an expression or a function tells folds only if it is promised to be associative. Kept, it is "
      .. "read once, whatever it is used for, with what it captured then. Options of a function: name, help, "
      .. "associative, commutative.",
    errors = {
      { 'tine.kernel("mull")', "(unknown kernel 'mull'; did you mean 'mul'?)" },
      { 'tine.kernel("x +")', "it ends too early at 4" },
      { 'tine.kernel("x", nil, { asociative = true })', "unknown option 'asociative'" },
      { "tine.kernel(function(x) return x end, { nmae = 'x' })", "unknown option 'nmae'; did you mean 'name'?" },
      { 'xs:reduce(tine.kernel("x + y"))', "kernel 'x + y' is not associative" },
    },
    example = [[
tine.kernel("mul") --> tine.Kernel mul
tine.kernel("a*x + y", { a = 2 })(3, 4) --> 10
tine.kernel(function(x) return x % 2 == 0, x // 2 end)(7) --> false 3
xs:reduce(tine.kernel("x + y", nil, { associative = true })) --> 6.0]],
  },
  {
    name = "tine.help", args = { "name?: any" }, gives = { "string" },
    text = "What there is to know of a name: a function, method, operator, kernel, element type or class. Without one, "
      .. "a list of all. Prints nothing.",
    more = '"zip" tells of all that have the name, "Pipeline:zip" and "tine.zip" of one.',
    errors = { { 'tine.help("zpi")', "bad argument #1 to 'help' (unknown name 'zpi'; did you mean 'zip'?)" } },
    example = [[(tine.help("Array:len"):gsub("\n.*", "")) --> Array:len() -> integer]],
  },
  {
    name = "k(...)", class = "Kernel", meta = { "__call" }, args = { "...: value" }, gives = { "value..." },
    text = "Applies a kernel to single values, on the calling thread.",
    errors = { { 'tine.kernel("idiv")(1, 0)', "attempt to perform 'n//0'" } },
    example = [[tine.kernel("fma")(2, 3, 4) --> 10]],
  },
  {
    name = "k == l", class = "Kernel", meta = { "__eq" }, gives = { "boolean" },
    text = "Whether two objects stand for the same kernel.",
    example = [[tine.kernel("add") == tine.kernel("add") --> true]],
  },
  {
    name = "print(k)", class = "Kernel", meta = { "__tostring" }, keys = { "tostring(k)" }, gives = { "string" },
    text = "The kernel's name: tostring(k).",
    example = [[tine.kernel("add") --> tine.Kernel add]],
  },
  {
    name = "Kernel:name", gives = { "string" },
    text = "The kernel's name.",
    example = [[tine.kernel("add"):name() --> add]],
  },
  {
    name = "Kernel:mode", gives = { "mode" },
    text = 'How its environment is shared: "fn", "fn_mut" or "fn_once".',
    example = [[tine.kernel("add"):mode() --> fn]],
  },
  {
    name = "Kernel:signature", args = { "...: dtype" }, gives = { "string" },
    text = "The signature that serves these types; without types all, a line each. An expression has one for any types "
      .. "that its kernels have one for; none is listed.",
    errors = { { 'tine.kernel("add"):signature("f64")', "bad argument #1 to 'signature'" } },
    example = [[tine.kernel("add"):signature("f32", "i8") --> f64 f64 -> f64]],
  },
  {
    name = "tine.pool", args = { "options?: options" }, gives = { "Pool" },
    text = "A pool of threads: { threads =, name =, stack_size = }, all optional. Threads count the calling one; 0, "
      .. "the default: as many as there are.",
    errors = {
      { "tine.pool { threds = 2 }", "unknown option 'threds'" },
      { "tine.pool { threads = -1 }", "option 'threads' must be an integer from 0 to" },
    },
    example = [[
local pool <close> = tine.pool { threads = 2 }
pool --> tine.Pool (2 threads)]],
  },
  {
    name = "Pool:threads", gives = { "integer" },
    text = "The number of threads, the calling one included.",
    example = [[tine.pool({ threads = 2 }):threads() --> 2]],
  },
  {
    name = "Pool:install", args = { "fn: function", "...: any" }, gives = { "any..." }, effect = true,
    cats = { "---@generic R", "---@param fn fun(...): R", "---@param ... any", "---@return R ..." },
    text = "Calls fn(...) and returns what it returns. Runs inside use the pool, unless they are bound by 'on'.",
    more = "Nests. fn may not yield out of it.",
    example = [[
local pool <close> = tine.pool { threads = 2 }
pool:install(function(p) return p:sum(), tine.threads() end, xs) --> 6.0 2]],
  },
  {
    name = "Pool:close", effect = true,
    text = "Joins the pool's threads. A pipeline bound to it raises from then on. May be called again, but not inside "
      .. "its own install.",
    errors = {
      { "local p = tine.pool() p:install(p.close, p)", "attempt to close a pool inside its own install" },
      { "local p = tine.pool() p:close() p:threads()", "attempt to use a closed pool" },
    },
    example = [[
local pool = tine.pool { threads = 2 }
pool:close()
pool --> tine.Pool (closed)]],
  },
  {
    name = "local pool <close>", class = "Pool", meta = { "__close" }, effect = true,
    text = "Closes the pool where the scope ends.",
    example = [[
local kept
do
  local pool <close> = tine.pool { threads = 2 }
  kept = pool
end
kept --> tine.Pool (closed)]],
  },
  {
    name = "print(pool)", class = "Pool", meta = { "__tostring" }, keys = { "tostring(pool)" }, gives = { "string" },
    text = "The number of threads as text: tostring(pool).",
    example = [[tine.pool { threads = 3 } --> tine.Pool (3 threads)]],
  },
  {
    name = "tine.threads", gives = { "integer" },
    text = "The threads that a run would use here and now.",
    more = "Without a pool of your own: as affinity and cgroup quota allow, or TINE_NUM_THREADS.",
    example = [[tine.threads() >= 1 --> true]],
  },
  {
    name = "tine.clock", gives = { "number" },
    text = "Monotonic seconds.",
    example = [[
local before = tine.clock()
tine.clock() >= before --> true]],
  },
  {
    name = "tine.info", gives = { "info" },
    text = "A table: version, threads, lua, limits, and math, the library of exp, sin and their like.",
    more = 'math is "sleef 3.5.1 (deterministic, fma)", or "libm": the C library, with bits of its own. limits '
      .. "has what the host allows: bytes (and those used), threads, nil where there is no limit; io, whether files "
      .. "may be used; and share, whether arrays may be shared with other states. warning is a line "
      .. "about a TINE_NUM_THREADS that is no number; else nil.",
    example = [[tine.info().version == tine.version --> true]],
  },
  {
    name = "tine.Array", value = "table",
    text = "The metatable of arrays, for Lanes, which looks for it here; nil in a state with limits.",
    example = [[getmetatable(xs) == tine.Array --> true]],
  },
  {
    name = "tine.version", value = "string",
    text = "The version alone.",
    example = [[tine.version:match("^%d+%.%d+%.%d+$") == tine.version --> true]],
  },
  {
    name = "tine._VERSION", value = "string",
    text = "The module's name and version.",
    example = [[tine._VERSION == "tine " .. tine.version --> true]],
  },
}
