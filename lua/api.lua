-- The Lua API: the one source of lua/reference.md, of lua/library/tine.lua for editors and of the texts of tine.help
-- (lua/help.def), all written by `make docs`. spec/lua/reference_spec.lua compares it with what the module exports and
-- runs its examples. Kernels are told in core/kernel/builtin.def. All of it is plain data.
--
-- A section has a title, a text and entries. An entry has
--   name      "tine.zip", "Pipeline:zip", or an expression for what is written otherwise: "a[i]"
--   text      what it does, a sentence or two; 'more' is for whoever wants to know it exactly
--   args      "name: type"; "name?: type = default" for an optional one; "...: type" for any number. Types are below
--   also      further lists of arguments it takes
--   gives     types of the results; "?" may be nil, "..." any number
--   kind      of adaptors: the kind of pipeline they need -> the kind they give
--   needs     of others: the kind of pipeline they need, if not any
--   effect    true: worth calling without looking at the result
--   errors    pairs of a call and a part of the message it raises
--   example   lines of Lua; "expression --> its values". xs and ys are those of 'prelude'
--   same      true: the result has the element type of the array
--   reads     what elements of the resulting array are always: "Float", "Integer"
--   hosted    true: it takes kernels of a host, so there is no example
--   formulas  true: it takes an expression, and a table of its values, where it takes a kernel and constants
--   cats      what the stub for editors says, where it cannot be told from the rest
--   meta      the metamethods behind an expression, 'class' their owner, 'keys' what else tine.help knows it by
--   since     the first version that has it, where that is not 'since' below

return {
  since = "0.1.0",

  prelude = [[
local tine = require "tine"
local xs, ys = tine.array("f64", { 3, 1, 2 }), tine.array("f64", { 4, 5, 6 })]],

  -- Types of arguments and results. 'cats' is what editors are told; 'text' what people are.
  types = {
    any = { cats = "any", text = "any value" },
    Array = { cats = "tine.Array", text = "a tine.Array" },
    Pipeline = { cats = "tine.Pipeline", text = "a tine.Pipeline" },
    Kernel = { cats = "tine.Kernel", text = "a tine.Kernel" },
    Pool = { cats = "tine.Pool", text = "a tine.Pool" },
    array = { cats = "tine.Array", text = "a tine.Array" },
    boolean = { cats = "boolean", text = "a boolean" },
    catalogue = { cats = "tine.KernelEntry[]", text = "a list of tables" },
    castmode = { cats = "tine.CastMode", text = '"exact", "wrap" or "clamp"' },
    columns = { cats = "integer[]", text = "a list of columns, counted from 1" },
    count = { cats = "integer", text = "an integer, not negative" },
    dtype = { cats = "tine.Dtype", text = "the name of an element type" },
    ["function"] = { cats = "fun(...: any): ...", text = "a Lua function" },
    info = { cats = "tine.Info", text = "a table" },
    integer = { cats = "integer", text = "an integer" },
    Job = { cats = "tine.Job", text = "a tine.Job" },
    kernel = {
      cats = "tine.KernelName|tine.Kernel|function",
      text = "a name, tine.Kernel or Lua function",
    },
    expression = { cats = "string", text = 'an expression, such as "2*x + 1"' },
    values = { cats = "table", text = "a table of the values that it names" },
    promises = { cats = "tine.Promises", text = "a table, {associative = true, commutative = true}" },
    kernelfunction = { cats = "function", text = "a Lua function that is to be a kernel" },
    kerneloptions = { cats = "tine.KernelOptions", text = "a table of options" },
    kind = { cats = "tine.Kind", text = 'the name of a kind, such as "indexed"' },
    mapoptions = { cats = "tine.MapOptions", text = "a table, {copy = true}" },
    mapmode = { cats = "tine.MapMode", text = '"r", "rw" or "cow"' },
    mode = { cats = "tine.Mode", text = '"fn", "fn_mut" or "fn_once"' },
    number = { cats = "number", text = "a number" },
    fileoptions = { cats = "tine.FileOptions", text = 'a table, {format = "npy"}' },
    npypath = { cats = "string", text = "a string" },
    options = { cats = "tine.PoolOptions", text = "a table of options" },
    order = { cats = "tine.Order", text = '"asc" or "desc"' },
    pipeline = { cats = "tine.Pipeline", text = "a tine.Pipeline or tine.Array" },
    mask = { cats = "tine.Pipeline", text = "a tine.Pipeline or tine.Array of bool" },
    pool = { cats = "tine.Pool", text = "a tine.Pool" },
    positive = { cats = "integer", text = "an integer from 1 up" },
    seconds = { cats = "number", text = "a number of seconds, not negative" },
    source = { cats = "tine.Pipeline|(integer|number|boolean)[]", text = "a table, tine.Array or tine.Pipeline" },
    string = { cats = "string", text = "a string" },
    terminal = { cats = "string", text = "the name of a terminal" },
    ["table"] = { cats = "(integer|number|boolean)[]", text = "a table" },
    value = { cats = "integer|number|boolean", text = "a number or boolean" },
  },

  -- What the stub for editors defines besides classes. Words are the values of an alias; fields those of a table.
  aliases = {
    { name = "CastMode", words = { "exact", "wrap", "clamp" } },
    { name = "Kind", words = { "indexed", "exact", "bounded", "parallel" } },
    { name = "MapMode", words = { "r", "rw", "cow" } },
    { name = "Mode", words = { "fn", "fn_mut", "fn_once" } },
    { name = "Order", words = { "asc", "desc" } },
    { name = "FileOptions", fields = { "format?: string" } },
    { name = "MapOptions", fields = { "copy?: boolean" } },
    { name = "Promises", fields = { "associative?: boolean", "commutative?: boolean" } },
    { name = "KernelOptions",
      fields = { "name?: string", "help?: string", "associative?: boolean", "commutative?: boolean" } },
    { name = "PoolOptions", fields = { "threads?: integer", "name?: string", "stack_size?: integer" } },
    { name = "KernelEntry", fields = { "name: string", "help: string", "signatures: string[]" } },
    { name = "Info",
      fields = { "version: string", "threads: integer", "lua: string", "math: string", "limits: tine.Limits" } },
    { name = "Limits",
      fields = { "bytes?: integer", "used?: integer", "threads?: integer", "io: boolean", "share: boolean" } },
  },

  -- Element types, with the long names that are accepted.
  dtypes = {
    { name = "bool", text = "false or true, a byte", long = "boolean bool_" },
    { name = "u8", text = "integers from 0 to 255", long = "byte uchar ubyte uint8 uint8_t" },
    { name = "i8", text = "integers from -128 to 127", long = "char schar int8 int8_t" },
    { name = "u16", text = "integers from 0 to 65535", long = "ushort uint16 uint16_t" },
    { name = "i16", text = "integers from -32768 to 32767", long = "short int16 int16_t" },
    { name = "u32", text = "integers from 0 to 2^32-1", long = "uint unsigned uintc uint32 uint32_t" },
    { name = "i32", text = "integers from -2^31 to 2^31-1", long = "int intc int32 int32_t" },
    {
      name = "u64", text = "integers from 0 to 2^64-1; in Lua those above 2^63-1 are negative",
      long = "ulong ulonglong uint64 uint64_t size_t",
    },
    {
      name = "i64", text = "integers from -2^63 to 2^63-1, Lua's own",
      long = "long longlong int64 int64_t integer ptrdiff_t lua_Integer",
    },
    { name = "f32", text = "floats of 32 bits", long = "float single float32" },
    { name = "f64", text = "floats of 64 bits, Lua's own", long = "double number float64 lua_Number" },
  },

  -- What the rules of core/kernel/builtin.def mean to whoever calls a kernel: its inputs, and the types.
  rules = {
    ARITH1 = { "a", "integers give i64, floats stay" },
    ARITH2 = { "a, b", "integers give i64, floats stay" },
    ARITH3 = { "a, b, c", "integers give i64, floats stay" },
    DIVISION = { "a, b", "integers give i64, floats stay" },
    REMAINDER = { "a, b", "integers give i64, floats stay" },
    FLOAT1 = { "a", "gives a float" },
    FLOAT2 = { "a, b", "gives a float" },
    LIBM1 = { "a", "gives a float" },
    LIBM2 = { "a, b", "gives a float" },
    KEEP2 = { "a, b", "keeps a type that all share" },
    KEEP3 = { "a, b, c", "keeps a type that all share" },
    CHOICE = { "cond, a, b", "keeps a type that a and b share" },
    ORDER = { "a, b", "numbers, exactly; gives bool" },
    EQUAL = { "a, b", "numbers, exactly, or bools; gives bool" },
    TEST = { "a", "gives bool" },
    LOGIC1 = { "a", "bools" },
    LOGIC2 = { "a, b", "bools" },
    BITS1 = { "a", "integers; gives i64" },
    BITS2 = { "a, b", "integers; gives i64" },
    EACH_TYPE_REPEAT = { "a, b", "keeps the type of a; b is an integer" },
    INTEGERS_SPAN = { "a, b", "integers; gives i64" },
  },

  -- The classes; a virtual one is for editors alone.
  classes = {
    {
      name = "Array", is = { "Pipeline", "Closable" },
      text = "A typed array of fixed length, counted from 1. Wherever a pipeline is expected an array will do, and it "
        .. "has all methods of pipelines; where it has one of its own (cast len totable), that is used.",
    },
    {
      name = "Pipeline",
      text = "Says where items come from and what happens to each. It is lazy, never changed, and may be run again.",
    },
    { name = "Kernel", text = "A compiled function, for workers: built in, of the host, or told by an expression." },
    {
      name = "Closable", virtual = true,
      text = "What may be declared with <close>: `local a <close> = ...` gives it back where the scope ends.",
    },
    { name = "Job", is = { "Closable" }, text = "A run that was started and not waited for." },
    { name = "Pool", is = { "Closable" }, text = "Threads that runs use: the default ones, or your own." },
  },

  sections = {
    require "api.make", require "api.array", require "api.source", require "api.adaptor", require "api.indexed",
    require "api.ask", require "api.fold", require "api.search", require "api.collect", require "api.job",
    require "api.expression", require "api.lua_function", (require "api.module"),
  },
}
