---@meta tine

-- Annotations for editors, written by `make docs` from lua/api.lua: do not edit. Of the three classes of arrays beside
-- tine.Array there is nothing at run time: they say what reading an element gives.
-- luacheck: ignore

---@alias tine.CastMode
---| "exact"
---| "wrap"
---| "clamp"

---@alias tine.Kind
---| "indexed"
---| "exact"
---| "bounded"
---| "parallel"

---@alias tine.MapMode
---| "r"
---| "rw"
---| "cow"

---@alias tine.Mode
---| "fn"
---| "fn_mut"
---| "fn_once"

---@alias tine.Order
---| "asc"
---| "desc"

---@class tine.FileOptions
---@field format? string

---@class tine.MapOptions
---@field copy? boolean

---@class tine.Promises
---@field associative? boolean
---@field commutative? boolean

---@class tine.KernelOptions
---@field name? string
---@field help? string
---@field associative? boolean
---@field commutative? boolean

---@class tine.PoolOptions
---@field threads? integer
---@field name? string
---@field stack_size? integer

---@class tine.KernelEntry
---@field name string
---@field help string
---@field signatures string[]

---@class tine.Info
---@field version string
---@field threads integer
---@field lua string
---@field math string
---@field limits tine.Limits

---@class tine.Limits
---@field bytes? integer
---@field used? integer
---@field threads? integer
---@field io boolean
---@field share boolean

---@alias tine.IntegerDtype
---| "u8"
---| "byte"
---| "uchar"
---| "ubyte"
---| "uint8"
---| "uint8_t"
---| "i8"
---| "char"
---| "schar"
---| "int8"
---| "int8_t"
---| "u16"
---| "ushort"
---| "uint16"
---| "uint16_t"
---| "i16"
---| "short"
---| "int16"
---| "int16_t"
---| "u32"
---| "uint"
---| "unsigned"
---| "uintc"
---| "uint32"
---| "uint32_t"
---| "i32"
---| "int"
---| "intc"
---| "int32"
---| "int32_t"
---| "u64"
---| "ulong"
---| "ulonglong"
---| "uint64"
---| "uint64_t"
---| "size_t"
---| "i64"
---| "long"
---| "longlong"
---| "int64"
---| "int64_t"
---| "integer"
---| "ptrdiff_t"
---| "lua_Integer"

---@alias tine.FloatDtype
---| "f32"
---| "float"
---| "single"
---| "float32"
---| "f64"
---| "double"
---| "number"
---| "float64"
---| "lua_Number"

---@alias tine.BooleanDtype
---| "bool"
---| "boolean"
---| "bool_"

---@alias tine.Dtype tine.IntegerDtype|tine.FloatDtype|tine.BooleanDtype

---@alias tine.KernelName
---| string
---| "abs"
---| "acos"
---| "add"
---| "and"
---| "asin"
---| "atan"
---| "atan2"
---| "band"
---| "bnot"
---| "bool"
---| "bor"
---| "bxor"
---| "cbrt"
---| "ceil"
---| "clamp"
---| "cos"
---| "cosh"
---| "div"
---| "eq"
---| "exp"
---| "f32"
---| "f64"
---| "floor"
---| "fma"
---| "ge"
---| "gt"
---| "hypot"
---| "i16"
---| "i32"
---| "i64"
---| "i8"
---| "idiv"
---| "isfinite"
---| "isnan"
---| "le"
---| "log"
---| "log10"
---| "log2"
---| "lt"
---| "max"
---| "min"
---| "mod"
---| "mul"
---| "ne"
---| "neg"
---| "not"
---| "or"
---| "pow"
---| "repeat"
---| "round"
---| "shl"
---| "shr"
---| "sign"
---| "sin"
---| "sinh"
---| "span"
---| "sqrt"
---| "sub"
---| "tan"
---| "tanh"
---| "trunc"
---| "u16"
---| "u32"
---| "u64"
---| "u8"
---| "where"
---| "xor"

---A typed array of fixed length, counted from 1. Wherever a pipeline is expected an array will do, and it has all
---methods of pipelines; where it has one of its own (cast len totable), that is used.
---@class tine.Array: tine.Pipeline, tine.Closable
---@operator len: integer
---@field [integer] integer|number|boolean
local Array = {}

---Says where items come from and what happens to each. It is lazy, never changed, and may be run again.
---@class tine.Pipeline
---@operator add(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator sub(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator mul(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator div(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator idiv(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator mod(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator pow(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator unm: tine.Pipeline
---@operator band(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator bor(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator bxor(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator shl(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator shr(tine.Pipeline|integer|number|boolean): tine.Pipeline
---@operator bnot: tine.Pipeline
---@operator len: integer
local Pipeline = {}

---A compiled function, for workers: built in, of the host, or told by an expression.
---@class tine.Kernel
---@overload fun(...: integer|number|boolean): ...: integer|number|boolean
local Kernel = {}

---What may be declared with <close>: `local a <close> = ...` gives it back where the scope ends.
---@class tine.Closable
local Closable = {}

---A run that was started and not waited for.
---@class tine.Job: tine.Closable
local Job = {}

---Threads that runs use: the default ones, or your own.
---@class tine.Pool: tine.Closable
local Pool = {}

---@class tine.IntegerArray: tine.Array
---@field [integer] integer

---@class tine.FloatArray: tine.Array
---@field [integer] number

---@class tine.BooleanArray: tine.Array
---@field [integer] boolean

---@class tine
---@field Array (integer|number|boolean)[] The metatable of arrays, for Lanes, which looks for it here; nil in a state with limits.
---@field version string The version alone.
---@field _VERSION string The module's name and version.
local tine = {}

---An array of the elements of a table (#t of them), of an array, or of a pipeline of one column.
---
---```lua
---tine.array("f64", { 1, 2, 3 }) --> tine.Array f64[3] {1.0, 2.0, 3.0}
---tine.array("i16", tine.range(1, 4):map("mul", 10)) --> tine.Array i16[4] {10, 20, 30, 40}
---```
---@param dtype tine.IntegerDtype
---@param src tine.Pipeline|(integer|number|boolean)[]
---@return tine.IntegerArray
---@overload fun(dtype: tine.FloatDtype, src: tine.Pipeline|(integer|number|boolean)[]): tine.FloatArray
---@overload fun(dtype: tine.BooleanDtype, src: tine.Pipeline|(integer|number|boolean)[]): tine.BooleanArray
---@overload fun(dtype: string, src: tine.Pipeline|(integer|number|boolean)[]): tine.Array
---@nodiscard
function tine.array(dtype, src) end

---An array of n zeros, or of n times false.
---
---```lua
---tine.zeros("u8", 4) --> tine.Array u8[4] {0, 0, 0, 0}
---```
---@param dtype tine.IntegerDtype
---@param n integer
---@return tine.IntegerArray
---@overload fun(dtype: tine.FloatDtype, n: integer): tine.FloatArray
---@overload fun(dtype: tine.BooleanDtype, n: integer): tine.BooleanArray
---@overload fun(dtype: string, n: integer): tine.Array
---@nodiscard
function tine.zeros(dtype, n) end

---An array of n times v.
---
---```lua
---tine.full("f32", 3, 0.5) --> tine.Array f32[3] {0.5, 0.5, 0.5}
---```
---@param dtype tine.IntegerDtype
---@param n integer
---@param v integer|number|boolean
---@return tine.IntegerArray
---@overload fun(dtype: tine.FloatDtype, n: integer, v: integer|number|boolean): tine.FloatArray
---@overload fun(dtype: tine.BooleanDtype, n: integer, v: integer|number|boolean): tine.BooleanArray
---@overload fun(dtype: string, n: integer, v: integer|number|boolean): tine.Array
---@nodiscard
function tine.full(dtype, n, v) end

---An array of n f64 at equal distances, as NumPy has it; both ends are exact.
---
---```lua
---tine.linspace(0, 1, 5) --> tine.Array f64[5] {0.0, 0.25, 0.5, 0.75, 1.0}
---```
---@param first number
---@param last number
---@param n integer
---@return tine.FloatArray
---@nodiscard
function tine.linspace(first, last, n) end

---An array of fn(1) to fn(n), called in order on the calling thread.
---
---```lua
---tine.build("i64", 4, function(i) return i * i end) --> tine.Array i64[4] {1, 4, 9, 16}
---```
---@param dtype tine.IntegerDtype
---@param n integer
---@param fn fun(...: any): ...
---@return tine.IntegerArray
---@overload fun(dtype: tine.FloatDtype, n: integer, fn: fun(...: any): ...): tine.FloatArray
---@overload fun(dtype: tine.BooleanDtype, n: integer, fn: fun(...: any): ...): tine.BooleanArray
---@overload fun(dtype: string, n: integer, fn: fun(...: any): ...): tine.Array
---@nodiscard
function tine.build(dtype, n, fn) end

---An array of the bytes of a string, copied; they are in the machine's order, as string.pack's are.
---
---```lua
---tine.frombytes("u8", "tine") --> tine.Array u8[4] {116, 105, 110, 101}
---```
---@param dtype tine.IntegerDtype
---@param s string
---@return tine.IntegerArray
---@overload fun(dtype: tine.FloatDtype, s: string): tine.FloatArray
---@overload fun(dtype: tine.BooleanDtype, s: string): tine.BooleanArray
---@overload fun(dtype: string, s: string): tine.Array
---@nodiscard
function tine.frombytes(dtype, s) end

---The array in a NumPy .npy file, or nil, message, errno.
---
---```lua
---local path = os.tmpname()
---xs:save(path, { format = "npy" }) --> true
---tine.load(path) --> tine.Array f64[3] {3.0, 1.0, 2.0}
---os.remove(path)
---tine.load(path) == nil --> true
---```
---@param path string
---@return tine.Array?
---@return string?
---@return integer?
---@nodiscard
function tine.load(path) end

---A view of a file, raw or .npy, that copies nothing; or nil, message, errno. Without a dtype a .npy file's own.
---
---```lua
---local path = os.tmpname()
---xs:save(path, { format = "npy" }) --> true
---tine.mmap(path):sum() --> 6.0
---tine.mmap(path, "f64", "r", { copy = true }) --> tine.Array f64[3] {3.0, 1.0, 2.0}
---os.remove(path)
---```
---@param path string
---@param dtype? tine.Dtype
---@param mode? tine.MapMode
---@param options? tine.MapOptions
---@return tine.Array?
---@return string?
---@return integer?
---@nodiscard
function tine.mmap(path, dtype, mode, options) end

---The array that a:share() gave the token for, in whichever state of the process.
---
---```lua
---tine.receive(xs:share()):sum() --> 6.0
---```
---@param token string
---@return tine.Array
---@nodiscard
function tine.receive(token) end

---Whether v is an array, closed or not.
---
---```lua
---tine.isarray(xs), tine.isarray({}) --> true false
---```
---@param v any
---@return boolean
---@nodiscard
function tine.isarray(v) end

---The number of elements, as #a.
---
---```lua
---xs:len() --> 3
---```
---@return integer
---@nodiscard
function Array:len() end

---As a[i], but a negative i counts from the end.
---
---```lua
---xs:get(1), xs:get(-1), xs:get(4) --> 3.0 2.0 nil
---```
---@param i integer
---@return (integer|number|boolean)?
---@nodiscard
function Array:get(i) end

---The short name of the element type.
---
---```lua
---xs:dtype(), tine.zeros("double", 1):dtype() --> f64 f64
---```
---@return tine.Dtype
---@nodiscard
function Array:dtype() end

---The bytes of all elements.
---
---```lua
---xs:nbytes() --> 24
---```
---@return integer
---@nodiscard
function Array:nbytes() end

---The extents, one result a dimension: more than one for arrays that were loaded.
---
---```lua
---xs:shape() --> 3
---```
---@return integer ...
---@nodiscard
function Array:shape() end

---A view of a part, by the rules of string.sub: it shares the elements.
---
---```lua
---local tail = xs:sub(-2)
---tail[1] = 9
---xs --> tine.Array f64[3] {3.0, 9.0, 2.0}
---```
---@generic T: tine.Array
---@param self T
---@param i integer
---@param j? integer
---@return T
---@nodiscard
function Array.sub(self, i, j) end

---A new array of the same elements.
---
---```lua
---xs:copy():fill(0):sum(), xs:sum() --> 0.0 6.0
---```
---@generic T: tine.Array
---@param self T
---@return T
---@nodiscard
function Array.copy(self) end

---A new array of that type. Mode "exact" raises where a value does not fit, "wrap" and "clamp" make it fit.
---
---```lua
---xs:cast("i32") --> tine.Array i32[3] {3, 1, 2}
---tine.array("i64", { 300, -1 }):cast("u8", "clamp") --> tine.Array u8[2] {255, 0}
---```
---@param dtype tine.IntegerDtype
---@param mode? tine.CastMode
---@return tine.IntegerArray
---@overload fun(self: tine.Array, dtype: tine.FloatDtype, mode?: tine.CastMode): tine.FloatArray
---@overload fun(self: tine.Array, dtype: tine.BooleanDtype, mode?: tine.CastMode): tine.BooleanArray
---@overload fun(self: tine.Array, dtype: string, mode?: tine.CastMode): tine.Array
---@nodiscard
function Array:cast(dtype, mode) end

---Every element becomes v. Returns the array.
---
---```lua
---xs:fill(7) --> tine.Array f64[3] {7.0, 7.0, 7.0}
---```
---@generic T: tine.Array
---@param self T
---@param v integer|number|boolean
---@return T
function Array.fill(self, v) end

---Sorts the array in place, in parallel. Returns it.
---
---```lua
---xs:sort() --> tine.Array f64[3] {1.0, 2.0, 3.0}
---```
---@generic T: tine.Array
---@param self T
---@param order? tine.Order
---@return T
function Array.sort(self, order) end

---The indices of the elements in sorted order, as i64.
---
---```lua
---xs:argsort() --> tine.Array i64[3] {2, 3, 1}
---xs:argsort():gather(xs):collect() --> tine.Array f64[3] {1.0, 2.0, 3.0}
---```
---@param order? tine.Order
---@return tine.IntegerArray
---@nodiscard
function Array:argsort(order) end

---Turns the array around in place, in parallel. Returns it.
---
---```lua
---xs:reverse() --> tine.Array f64[3] {2.0, 1.0, 3.0}
---```
---@generic T: tine.Array
---@param self T
---@return T
function Array.reverse(self) end

---Whether lengths and elements are equal, across types as Lua's == has it; NaN equals nothing.
---
---```lua
---xs:equal(tine.array("u8", { 3, 1, 2 })) --> true
---xs:equal(ys), xs:equal(ys, 10) --> false true
---```
---@param b tine.Array
---@param tolerance? number
---@return boolean
---@nodiscard
function Array:equal(b, tolerance) end

---A table of the elements, or of a part by the rules of string.sub.
---
---```lua
---table.concat(xs:totable(2), " ") --> 1.0 2.0
---```
---@param i? integer
---@param j? integer
---@return (integer|number|boolean)[]
---@nodiscard
function Array:totable(i, j) end

---The elements as a string, in the machine's byte order.
---
---```lua
---tine.array("u8", { 104, 105 }):tobytes() --> hi
---```
---@return string
---@nodiscard
function Array:tobytes() end

---Writes a NumPy .npy file (version 1.0, little-endian): true, or nil, message, errno.
---
---```lua
---local path = os.tmpname()
---xs:save(path, { format = "npy" }) --> true
---os.remove(path)
---xs:save("/no/such/folder/x.npy") == nil --> true
---```
---@param path string
---@param options? tine.FileOptions
---@return boolean?
---@return string?
---@return integer?
function Array:save(path, options) end

---A token for tine.receive in any state of the process: the same elements, nothing is copied.
---
---```lua
---#tine.receive(xs:share()) --> 3
---```
---@param times? integer
---@return string
---@nodiscard
function Array:share(times) end

---Gives the memory back now; pipelines and views made from the array go on. May be called again.
---
---```lua
---xs:close()
---xs --> tine.Array (closed)
---```
function Array:close() end

---The elements of an array, or of a part of it by the rules of string.sub.
---
---```lua
---tine.slice(xs, 2):sum() --> 3.0
---```
---@param a tine.Array
---@param i? integer
---@param j? integer
---@return tine.Pipeline
---@nodiscard
function tine.slice(a, i, j) end

---As a numeric for, the last included: i64 if first and step are integers, else f64.
---
---```lua
---tine.range(1, 100):sum() --> 5050
---tine.range(10, 1, -4):collect() --> tine.Array i64[3] {10, 6, 2}
---```
---@param first number
---@param last number
---@param step? number
---@return tine.Pipeline
---@nodiscard
function tine.range(first, last, step) end

---n times the value v.
---
---```lua
---tine.rep(2.5, 4):sum() --> 10.0
---```
---@param v integer|number|boolean
---@param n integer
---@return tine.Pipeline
---@nodiscard
function tine.rep(v, n) end

---No items, of that type.
---
---```lua
---tine.empty("f64"):sum() --> 0.0
---```
---@param dtype tine.Dtype
---@return tine.Pipeline
---@nodiscard
function tine.empty(dtype) end

---n uniform f64 in [0, 1). Item i depends on the seed and on i alone.
---
---```lua
---local r = tine.random(1000, 42)
---r:eq(r:collect()), r:max() < 1 --> true true
---```
---@param n integer
---@param seed integer
---@return tine.Pipeline
---@nodiscard
function tine.random(n, seed) end

---The columns of all side by side, as long as the shortest.
---
---Needs a pipeline that is indexed.
---
---```lua
---tine.zip(xs, ys):map("mul"):sum() --> 29.0
---```
---@param p tine.Pipeline
---@param ... tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function tine.zip(p, ...) end

---The items of one after the other; the columns have equal types.
---
---```lua
---tine.chain(xs, ys):count() --> 6
---```
---@param p tine.Pipeline
---@param ... tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function tine.chain(p, ...) end

---The kernel's results replace the columns. Its inputs are all columns, then the constants.
---
---Kind: any -> same.
---
---```lua
---xs:map("mul", 10):collect() --> tine.Array f64[3] {30.0, 10.0, 20.0}
---xs:zip(ys):map("fma", 1.0):sum() --> 32.0
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, expression: string, values?: table): tine.Pipeline
---@nodiscard
function Pipeline:map(kernel, ...) end

---The kernel's results as further columns.
---
---Kind: any -> same.
---
---```lua
---xs:extend("mul", 2):map("add"):collect() --> tine.Array f64[3] {9.0, 3.0, 6.0}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], kernel: tine.KernelName|tine.Kernel|function, ...: integer|number|boolean): tine.Pipeline
---@overload fun(self: tine.Pipeline, expression: string, values?: table): tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], expression: string, values?: table): tine.Pipeline
---@nodiscard
function Pipeline:extend(kernel, ...) end

---The items for which the predicate, a kernel whose result is a bool, holds; or for which a mask does, one column of
---bool of the same length. Without either: those whose last column, a bool, is true; without that column.
---
---Kind: any -> bounded at most.
---
---```lua
---xs:filter("gt", 1):collect() --> tine.Array f64[2] {3.0, 2.0}
---xs:zip(ys):filter({ 1 }, "gt", 2):collect() --> tine.Array f64[1] {3.0} tine.Array f64[1] {4.0}
---xs:filter(ys:map("gt", 4)):collect() --> tine.Array f64[2] {1.0, 2.0}
---xs:extend("lt", 3):filter():sum() --> 3.0
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], kernel: tine.KernelName|tine.Kernel|function, ...: integer|number|boolean): tine.Pipeline
---@overload fun(self: tine.Pipeline, mask: tine.Pipeline): tine.Pipeline
---@overload fun(self: tine.Pipeline): tine.Pipeline
---@overload fun(self: tine.Pipeline, expression: string, values?: table): tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], expression: string, values?: table): tine.Pipeline
---@nodiscard
function Pipeline:filter(kernel, ...) end

---As map, with a kernel whose last result, a bool, tells whether there is one.
---
---Kind: any -> bounded at most.
---
---```lua
---xs:filter_map(function(x) return 10 * x, x > 1 end):collect() --> tine.Array f64[2] {30.0, 20.0}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@nodiscard
function Pipeline:filter_map(kernel, ...) end

---All that a kernel which expands gives for each item: repeat(x, n), span(first, last), or a host's.
---
---Kind: any -> parallel.
---
---```lua
---tine.range(1, 3):flat_map("repeat", 2):collect() --> tine.Array i64[6] {1, 1, 2, 2, 3, 3}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@nodiscard
function Pipeline:flat_map(kernel, ...) end

---The first n items.
---
---Kind: indexed -> indexed, else -> bounded.
---
---```lua
---xs:take(2):collect() --> tine.Array f64[2] {3.0, 1.0}
---tine.range(1, 10^15):filter("gt", 5):take(2):collect() --> tine.Array i64[2] {6, 7}
---```
---@param n integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:take(n) end

---The items before the first for which the predicate does not hold.
---
---Kind: any -> bounded at most.
---
---```lua
---xs:take_while("gt", 1):collect() --> tine.Array f64[1] {3.0}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], kernel: tine.KernelName|tine.Kernel|function, ...: integer|number|boolean): tine.Pipeline
---@overload fun(self: tine.Pipeline, expression: string, values?: table): tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], expression: string, values?: table): tine.Pipeline
---@nodiscard
function Pipeline:take_while(kernel, ...) end

---The first item for which the predicate does not hold, and those behind it.
---
---Kind: any -> bounded at most.
---
---```lua
---xs:skip_while("gt", 1):collect() --> tine.Array f64[2] {1.0, 2.0}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], kernel: tine.KernelName|tine.Kernel|function, ...: integer|number|boolean): tine.Pipeline
---@overload fun(self: tine.Pipeline, expression: string, values?: table): tine.Pipeline
---@overload fun(self: tine.Pipeline, columns: integer[], expression: string, values?: table): tine.Pipeline
---@nodiscard
function Pipeline:skip_while(kernel, ...) end

---The items of one after the other.
---
---Kind: any -> the lowest of all.
---
---```lua
---tine.range(1, 3):chain(tine.range(8, 9)):collect() --> tine.Array i64[5] {1, 2, 3, 8, 9}
---```
---@param q tine.Pipeline
---@param ... tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function Pipeline:chain(q, ...) end

---Columns picked, reordered or repeated.
---
---Kind: any -> same.
---
---```lua
---xs:select(1, 1):map("mul"):sum() --> 14.0
---xs:zip(ys):select(2):sum() --> 15.0
---```
---@param c integer
---@param ... integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:select(c, ...) end

---Every column converted; modes as for Array:cast.
---
---Kind: any -> same.
---
---```lua
---tine.range(254, 257):cast("u8", "wrap"):collect() --> tine.Array u8[4] {254, 255, 0, 1}
---```
---@param dtype tine.Dtype
---@param mode? tine.CastMode
---@return tine.Pipeline
---@nodiscard
function Pipeline:cast(dtype, mode) end

---Pieces of work are not cut below n items. It never changes a result.
---
---Kind: any -> same.
---
---```lua
---xs:min_len(1000):sum() --> 6.0
---```
---@param n integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:min_len(n) end

---Pieces of work above n items are always cut, and kernels get no more of them at a time. It never changes a result;
---min_len goes first.
---
---Kind: any -> same.
---
---```lua
---xs:max_len(1):sum() --> 6.0
---```
---@param n integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:max_len(n) end

---Runs on the calling thread alone. It never changes a result.
---
---Kind: any -> same.
---
---```lua
---xs:sequential():sum() --> 6.0
---```
---@return tine.Pipeline
---@nodiscard
function Pipeline:sequential() end

---Runs on that pool; the last 'on' wins. It never changes a result.
---
---Kind: any -> same.
---
---```lua
---local pool <close> = tine.pool { threads = 2 }
---xs:on(pool):sum() --> 6.0
---```
---@param pool tine.Pool
---@return tine.Pipeline
---@nodiscard
function Pipeline:on(pool) end

---The columns of all side by side, as long as the shortest.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:zip(ys):map("mul"):sum() --> 29.0
---```
---@param q tine.Pipeline
---@param ... tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function Pipeline:zip(q, ...) end

---As zip, but unequal lengths raise.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:zip_eq(ys):map("max"):sum() --> 15.0
---```
---@param q tine.Pipeline
---@param ... tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function Pipeline:zip_eq(q, ...) end

---The index, from 1, as an i64 column in front.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:enumerate():map("mul"):collect() --> tine.Array f64[3] {3.0, 2.0, 6.0}
---```
---@return tine.Pipeline
---@nodiscard
function Pipeline:enumerate() end

---From the last item to the first.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:rev():collect() --> tine.Array f64[3] {2.0, 1.0, 3.0}
---```
---@return tine.Pipeline
---@nodiscard
function Pipeline:rev() end

---Without the first n items, which are never evaluated.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:skip(1):collect() --> tine.Array f64[2] {1.0, 2.0}
---```
---@param n integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:skip(n) end

---The first item and each k-th after it; the others are never evaluated.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:step_by(2):collect() --> tine.Array f64[2] {3.0, 2.0}
---```
---@param k integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:step_by(k) end

---Alternately an item of each, then what is left of the longer. Types as in chain.
---
---Kind: indexed -> indexed.
---
---```lua
---tine.range(1, 4):interleave(tine.range(7, 8)):collect() --> tine.Array i64[6] {1, 7, 2, 8, 3, 4}
---```
---@param q tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function Pipeline:interleave(q) end

---Alternately an item of each, until one has no more. Types as in chain.
---
---Kind: indexed -> indexed.
---
---```lua
---tine.range(1, 4):interleave_shortest(tine.rep(7, 2)):collect() --> tine.Array i64[5] {1, 7, 2, 7, 3}
---```
---@param q tine.Pipeline
---@return tine.Pipeline
---@nodiscard
function Pipeline:interleave_shortest(q) end

---k neighbouring items side by side as columns, 32 at most; none if there are fewer than k, whatever k is.
---
---Kind: indexed -> indexed.
---
---```lua
---xs:windows(2):map("max"):collect() --> tine.Array f64[2] {3.0, 2.0}
---xs:windows(1000):count() --> 0
---```
---@param k integer
---@return tine.Pipeline
---@nodiscard
function Pipeline:windows(k) end

---Each n items folded to one as by reduce, the last may be fewer. init begins each.
---
---Kind: indexed -> indexed.
---
---```lua
---tine.range(1, 5):fold_chunks(2, "add"):collect() --> tine.Array i64[3] {3, 7, 5}
---```
---@param n integer
---@param op tine.KernelName|tine.Kernel|function
---@param init? integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, n: integer, expression: string, values?: table, init?: integer|number|boolean): tine.Pipeline
---@nodiscard
function Pipeline:fold_chunks(n, op, init) end

---Items are indices into the array a; one out of range is an error that names the item.
---
---Kind: indexed -> indexed.
---
---```lua
---tine.array("i64", { 3, 3, 1 }):gather(xs):collect() --> tine.Array f64[3] {2.0, 2.0, 3.0}
---```
---@param a tine.Array
---@return tine.Pipeline
---@nodiscard
function Pipeline:gather(a) end

---The indices, from 1, of the items for which the predicate holds.
---
---Kind: indexed -> bounded.
---
---```lua
---xs:positions("gt", 1):collect() --> tine.Array i64[2] {1, 3}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Pipeline
---@overload fun(self: tine.Pipeline, expression: string, values?: table): tine.Pipeline
---@nodiscard
function Pipeline:positions(kernel, ...) end

---What is known in advance of the items: "indexed" "exact" "bounded" or "parallel".
---
---```lua
---xs:kind(), xs:filter("gt", 1):kind() --> indexed bounded
---```
---@return tine.Kind
---@nodiscard
function Pipeline:kind() end

---The number of items.
---
---Needs a pipeline that is exact.
---
---```lua
---xs:chain(ys):len() --> 6
---```
---@return integer
---@nodiscard
function Pipeline:len() end

---At least and at most how many items there are; the second is nil where nothing is known.
---
---```lua
---xs:filter("gt", 1):bounds() --> 0 3
---```
---@return integer
---@return integer?
---@nodiscard
function Pipeline:bounds() end

---The plan as text, a line a stage: kind, types, length, and the line of the script that built it.
---
---```lua
---(xs:map("neg"):explain():gsub("\n.*", "")) --> indexed f64[3] 
---```
---@return string
---@nodiscard
function Pipeline:explain() end

---The sum: i64 of integers and bools, which wraps as Lua's does, or f64. 0 for no items.
---
---```lua
---xs:sum(), tine.range(1, 10):sum() --> 6.0 55
---xs:filter("x > 1"):sum(), xs:map("where(x > 1, x, -0.0)"):sum() --> 5.0 5.0
---```
---@return number ...
---@nodiscard
function Pipeline:sum() end

---The product: i64, or f64. 1 for no items.
---
---```lua
---xs:product() --> 6.0
---```
---@return number ...
---@nodiscard
function Pipeline:product() end

---The mean, a float; nil for no items.
---
---```lua
---xs:mean() --> 2.0
---```
---@return number? ...
---@nodiscard
function Pipeline:mean() end

---The variance, a float: squared distances from the mean, divided by the number of items less ddof. So 0 is for a
---population, 1 for a sample of one. nil for ddof items or fewer.
---
---```lua
---tine.range(1, 5):var(), tine.range(1, 5):var(1) --> 2.0 2.5
---```
---@param ddof? integer
---@return number? ...
---@nodiscard
function Pipeline:var(ddof) end

---The standard deviation, a float: the root of var(ddof).
---
---```lua
---tine.array("f64", { 1, 3 }):std(), xs:std(1) --> 1.0 1.0
---```
---@param ddof? integer
---@return number? ...
---@nodiscard
function Pipeline:std(ddof) end

---The smallest value; nil for no items. Where it is: argmin.
---
---```lua
---xs:min() --> 1.0
---math.min(xs:min(), ys:min()), xs:zip(ys):min() --> 1.0 1.0 4.0
---```
---@return (integer|number|boolean)? ...
---@nodiscard
function Pipeline:min() end

---The largest value; nil for no items. Where it is: argmax.
---
---```lua
---xs:max() --> 3.0
---(xs / xs:max()):sum() --> 2.0
---```
---@return (integer|number|boolean)? ...
---@nodiscard
function Pipeline:max() end

---Smallest and largest value, in one run; with several columns those of the first, of the second, and so on.
---
---```lua
---xs:minmax() --> 1.0 3.0
---```
---@return (integer|number|boolean)?
---@return (integer|number|boolean)?
---@return any ...
---@nodiscard
function Pipeline:minmax() end

---The index of the first smallest item.
---
---Needs a pipeline that is indexed.
---
---```lua
---xs:argmin() --> 2
---```
---@return integer? ...
---@nodiscard
function Pipeline:argmin() end

---The index of the first largest item.
---
---Needs a pipeline that is indexed.
---
---```lua
---xs:argmax() --> 1
---```
---@return integer? ...
---@nodiscard
function Pipeline:argmax() end

---A fold with an associative kernel. The identity is combined once, in front; without one, nil for no items.
---
---```lua
---xs:reduce("max"), xs:reduce("mul", 10) --> 3.0 60.0
---```
---@param op tine.KernelName|tine.Kernel|function
---@param identity? integer|number|boolean
---@return (integer|number|boolean)? ...
---@overload fun(self: tine.Pipeline, expression: string, values?: table, identity?: integer|number|boolean): ...: (integer|number|boolean)?
---@nodiscard
function Pipeline:reduce(op, identity) end

---The number of items; with a predicate, of those for which it holds, as filter(...):count().
---
---```lua
---xs:count(), xs:count("gt", 1), xs:zip(ys):count({ 2 }, "gt", 5) --> 3 2 1
---```
---@return integer
---@overload fun(self: tine.Pipeline, kernel: tine.KernelName|tine.Kernel|function, ...: integer|number|boolean): integer
---@overload fun(self: tine.Pipeline, columns: integer[], kernel: tine.KernelName|tine.Kernel|function, ...: integer|number|boolean): integer
---@overload fun(self: tine.Pipeline, expression: string, values?: table): integer
---@overload fun(self: tine.Pipeline, columns: integer[], expression: string, values?: table): integer
---@nodiscard
function Pipeline:count() end

---Runs a kernel for its effects: one that a host registered.
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@overload fun(self: tine.Pipeline, expression: string, values?: table)
function Pipeline:for_each(kernel, ...) end

---Whether the predicate holds for an item; false for no items.
---
---```lua
---xs:any("gt", 2) --> true
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return boolean
---@overload fun(self: tine.Pipeline, expression: string, values?: table): boolean
---@nodiscard
function Pipeline:any(kernel, ...) end

---Whether the predicate holds for all items; true for no items.
---
---```lua
---xs:all("gt", 2) --> false
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return boolean
---@overload fun(self: tine.Pipeline, expression: string, values?: table): boolean
---@nodiscard
function Pipeline:all(kernel, ...) end

---The first item for which the predicate holds, one value per column; or nil.
---
---```lua
---xs:find_first("lt", 3) --> 1.0
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return (integer|number|boolean)? ...
---@overload fun(self: tine.Pipeline, expression: string, values?: table): ...: (integer|number|boolean)?
---@nodiscard
function Pipeline:find_first(kernel, ...) end

---The last item for which the predicate holds, one value per column; or nil.
---
---```lua
---xs:find_last("lt", 3) --> 2.0
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return (integer|number|boolean)? ...
---@overload fun(self: tine.Pipeline, expression: string, values?: table): ...: (integer|number|boolean)?
---@nodiscard
function Pipeline:find_last(kernel, ...) end

---An item for which the predicate holds, whichever is found; or nil.
---
---```lua
---xs:find_any("gt", 2) --> 3.0
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return (integer|number|boolean)? ...
---@overload fun(self: tine.Pipeline, expression: string, values?: table): ...: (integer|number|boolean)?
---@nodiscard
function Pipeline:find_any(kernel, ...) end

---The index of the first item for which the predicate holds; or nil.
---
---Needs a pipeline that is indexed.
---
---```lua
---xs:position_first("lt", 3) --> 2
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return integer?
---@overload fun(self: tine.Pipeline, expression: string, values?: table): integer?
---@nodiscard
function Pipeline:position_first(kernel, ...) end

---The index of the last item for which the predicate holds; or nil.
---
---Needs a pipeline that is indexed.
---
---```lua
---xs:position_last("lt", 3) --> 3
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return integer?
---@overload fun(self: tine.Pipeline, expression: string, values?: table): integer?
---@nodiscard
function Pipeline:position_last(kernel, ...) end

---The index of an item for which the predicate holds, whichever is found; or nil.
---
---Needs a pipeline that is indexed.
---
---```lua
---xs:position_any("gt", 2) --> 1
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return integer?
---@overload fun(self: tine.Pipeline, expression: string, values?: table): integer?
---@nodiscard
function Pipeline:position_any(kernel, ...) end

---Whether lengths and items are equal, as by == (across types; NaN equals nothing).
---
---```lua
---xs:eq(tine.array("u8", { 3, 1, 2 })) --> true
---```
---@param q tine.Pipeline
---@return boolean
---@nodiscard
function Pipeline:eq(q) end

----1, 0 or 1 by the first items that differ, else by length; nil if a NaN is there.
---
---```lua
---xs:cmp(ys), ys:cmp(xs), xs:cmp(xs) --> -1 1 0
---```
---@param q tine.Pipeline
---@return integer?
---@nodiscard
function Pipeline:cmp(q) end

---The items, converted exactly if a type is given.
---
---```lua
---xs:map("mul", 2):collect("i32") --> tine.Array i32[3] {6, 2, 4}
---```
---@param dtype? tine.Dtype
---@return tine.Array ...
---@nodiscard
function Pipeline:collect(dtype) end

---Writes the items into arrays, one for each column, and returns these.
---
---Needs a pipeline that is exact.
---
---```lua
---xs:map("neg"):collect_into(ys) --> tine.Array f64[3] {-3.0, -1.0, -2.0}
---ys[1] --> -3.0
---```
---@param a tine.Array
---@param ... tine.Array
---@return tine.Array ...
function Pipeline:collect_into(a, ...) end

---The items for which the predicate holds; then, as further arrays, the others.
---
---```lua
---xs:partition("gt", 1) --> tine.Array f64[2] {3.0, 2.0} tine.Array f64[1] {1.0}
---```
---@param kernel tine.KernelName|tine.Kernel|function
---@param ... integer|number|boolean
---@return tine.Array ...
---@overload fun(self: tine.Pipeline, expression: string, values?: table): ...: tine.Array
---@nodiscard
function Pipeline:partition(kernel, ...) end

---Each item folded with all before it, by an associative kernel.
---
---```lua
---xs:scan("add") --> tine.Array f64[3] {3.0, 4.0, 6.0}
---```
---@param op tine.KernelName|tine.Kernel|function
---@param init? integer|number|boolean
---@return tine.Array ...
---@overload fun(self: tine.Pipeline, expression: string, values?: table, init?: integer|number|boolean): ...: tine.Array
---@nodiscard
function Pipeline:scan(op, init) end

---The items sorted by their columns from the first to the last, as Array:sort does.
---
---```lua
---xs:sorted("desc") --> tine.Array f64[3] {3.0, 2.0, 1.0}
---```
---@param order? tine.Order
---@return tine.Array ...
---@nodiscard
function Pipeline:sorted(order) end

---The first k of sorted("desc"), in memory for k.
---
---```lua
---xs:top(2) --> tine.Array f64[2] {3.0, 2.0}
---```
---@param k integer
---@return tine.Array ...
---@nodiscard
function Pipeline:top(k) end

---The different items, by first occurrence; NaNs are one value, and -0.0 is 0.0.
---
---```lua
---tine.array("u8", { 2, 1, 2 }):unique() --> tine.Array u8[2] {2, 1}
---```
---@return tine.Array ...
---@nodiscard
function Pipeline:unique() end

---The different items, as unique, and an i64 array of how often each occurs.
---
---```lua
---tine.array("u8", { 2, 1, 2 }):count_by() --> tine.Array u8[2] {2, 1} tine.Array i64[2] {2, 1}
---```
---@return tine.Array ...
---@nodiscard
function Pipeline:count_by() end

---How many values lie in each of the bins, as i64: half-open, the last one closed. Others, and NaN, are not counted.
---
---```lua
---xs:histogram(0, 4, 2) --> tine.Array i64[2] {1, 2}
---```
---@param lo number
---@param hi number
---@param bins integer
---@return tine.Array ...
---@nodiscard
function Pipeline:histogram(lo, hi, bins) end

---A table of the items, one a column.
---
---```lua
---table.concat(xs:map("neg"):totable(), " ") --> -3.0 -1.0 -2.0
---```
---@return (integer|number|boolean)[] ...
---@nodiscard
function Pipeline:totable() end

---Calls fn(x, y, ...) for each item, in order, on the calling thread.
---
---```lua
---local sum = 0
---xs:each(function(x) sum = sum + x end)
---sum --> 6.0
---```
---@param fn fun(...: any): ...
function Pipeline:each(fn) end

---For a generic for: the items in order, in bounded memory; break frees it at once.
---
---```lua
---local t = {}
---for x, y in xs:zip(ys):iter() do t[#t + 1] = x + y end
---table.concat(t, " ") --> 7.0 6.0 8.0
---```
---@return fun(...: any): ...
---@return any
---@return any
---@return any
---@nodiscard
function Pipeline:iter() end

---Starts that terminal with these arguments: `p:start("reduce", "add")`. All but `each` and `iter`, which run Lua.
---Wrong arguments raise at once.
---
---```lua
---xs:start("sum"):wait() --> 6.0
---```
---@param terminal string
---@param ... any
---@return tine.Job
---@nodiscard
function Pipeline:start(terminal, ...) end

---A terminal that is not over after so many seconds gives nil, "timeout" and a code. Of several the least counts.
---
---Kind: any -> same.
---
---```lua
---xs:timeout(60):sum() --> 6.0
---tine.range(1, 1 << 50):map("sqrt"):timeout(0.01):sum() --> nil timeout 13
---```
---@param seconds number
---@return tine.Pipeline
---@nodiscard
function Pipeline:timeout(seconds) end

---Terminals, and waits for their jobs, call fn(done, total) every so many seconds, on the calling thread. Without fn
---they draw a bar on stderr, if that is a terminal.
---
---Kind: any -> same.
---
---```lua
---xs:progress(function(done, total) print(done, total) end):sum() --> 6.0
---```
---@param fn? fun(...: any): ...
---@param every? number
---@return tine.Pipeline
---@nodiscard
function Pipeline:progress(fn, every) end

---What the terminal gives, each time it is asked; nil and "timeout" if the job is not done in so many seconds. After
---cancel nil, "cancelled" and a code.
---
---```lua
---xs:start("min"):wait() --> 1.0
---local long <close> = tine.range(1, 1 << 50):map("sqrt"):start "sum"
---long:wait(0.01) --> nil timeout
---```
---@param seconds? number
---@return any ...
function Job:wait(seconds) end

---For coroutines: calls wait(job) until the job is done, then returns as Job:wait does. Without a function yields the
---job each time; where nothing can be yielded, waits.
---
---```lua
---xs:start("sum"):await(function(job) job:wait(0.001) end) --> 6.0
---```
---@param wait? fun(...: any): ...
---@return any ...
function Job:await(wait) end

---Whether it is over, however it ended.
---
---```lua
---local job = xs:start "sum"
---job:wait()
---job:done() --> true
---```
---@return boolean
---@nodiscard
function Job:done() end

---Ends it at the next block, one that has not begun at once, and returns. One that is done is left as it is.
---
---```lua
---local job = tine.range(1, 1 << 50):map("sqrt"):start "sum"
---job:cancel()
---job:wait() --> nil cancelled 12
---```
function Job:cancel() end

---Items done, and of how many; the second is nil where that is not known, as before it begins.
---
---```lua
---select("#", xs:start("sum"):progress()) --> 2
---```
---@return integer
---@return integer?
---@nodiscard
function Job:progress() end

---A descriptor that is readable once the job is done: for select, poll and event loops.
---
---```lua
---xs:start("sum"):getfd() >= 0 --> true
---```
---@return integer
---@nodiscard
function Job:getfd() end

---Job:done, by the name that luasocket's select asks for, beside getfd.
---
---```lua
---local job = xs:start "sum"
---job:wait()
---job:dirty() --> true
---```
---@return boolean
---@nodiscard
function Job:dirty() end

---Job:getfd, by the name that cqueues asks for, beside events and timeout.
---
---```lua
---xs:start("sum"):pollfd() >= 0 --> true
---```
---@return integer
---@nodiscard
function Job:pollfd() end

---"r": what cqueues is to poll for.
---
---```lua
---xs:start("sum"):events() --> r
---```
---@return string
---@nodiscard
function Job:events() end

---nil: cqueues polls as long as it takes.
---
---```lua
---xs:start("sum"):timeout() --> nil
---```
---@return any
---@nodiscard
function Job:timeout() end

---The catalogue: a list of { name =, help =, signatures = { ... } }, sorted by name; prints as text.
---
---```lua
---tine.kernels()[1] --> abs: absolute value
---```
---@return tine.KernelEntry[]
---@nodiscard
function tine.kernels() end

---A kernel as an object. Wherever a name is accepted, this is too.
---
---```lua
---tine.kernel("mul") --> tine.Kernel mul
---tine.kernel("a*x + y", { a = 2 })(3, 4) --> 10
---tine.kernel(function(x) return x % 2 == 0, x // 2 end)(7) --> false 3
---xs:reduce(tine.kernel("x + y", nil, { associative = true })) --> 6.0
---```
---@param name tine.KernelName|tine.Kernel|function
---@return tine.Kernel
---@overload fun(expression: string, values?: table, promises?: tine.Promises): tine.Kernel
---@overload fun(fn: function, options?: tine.KernelOptions): tine.Kernel
---@nodiscard
function tine.kernel(name) end

---What there is to know of a name: a function, method, operator, kernel, element type or class. Without one, a list
---of all. Prints nothing.
---
---```lua
---(tine.help("Array:len"):gsub("\n.*", "")) --> Array:len() -> integer
---```
---@param name? any
---@return string
---@nodiscard
function tine.help(name) end

---The kernel's name.
---
---```lua
---tine.kernel("add"):name() --> add
---```
---@return string
---@nodiscard
function Kernel:name() end

---How its environment is shared: "fn", "fn_mut" or "fn_once".
---
---```lua
---tine.kernel("add"):mode() --> fn
---```
---@return tine.Mode
---@nodiscard
function Kernel:mode() end

---The signature that serves these types; without types all, a line each. An expression has one for any types that its
---kernels have one for; none is listed.
---
---```lua
---tine.kernel("add"):signature("f32", "i8") --> f64 f64 -> f64
---```
---@param ... tine.Dtype
---@return string
---@nodiscard
function Kernel:signature(...) end

---A pool of threads: { threads =, name =, stack_size = }, all optional. Threads count the calling one; 0, the
---default: as many as there are.
---
---```lua
---local pool <close> = tine.pool { threads = 2 }
---pool --> tine.Pool (2 threads)
---```
---@param options? tine.PoolOptions
---@return tine.Pool
---@nodiscard
function tine.pool(options) end

---The number of threads, the calling one included.
---
---```lua
---tine.pool({ threads = 2 }):threads() --> 2
---```
---@return integer
---@nodiscard
function Pool:threads() end

---Calls fn(...) and returns what it returns. Runs inside use the pool, unless they are bound by 'on'.
---
---```lua
---local pool <close> = tine.pool { threads = 2 }
---pool:install(function(p) return p:sum(), tine.threads() end, xs) --> 6.0 2
---```
---@generic R
---@param fn fun(...): R
---@param ... any
---@return R ...
function Pool:install(fn, ...) end

---Joins the pool's threads. A pipeline bound to it raises from then on. May be called again, but not inside its own
---install.
---
---```lua
---local pool = tine.pool { threads = 2 }
---pool:close()
---pool --> tine.Pool (closed)
---```
function Pool:close() end

---The threads that a run would use here and now.
---
---```lua
---tine.threads() >= 1 --> true
---```
---@return integer
---@nodiscard
function tine.threads() end

---Monotonic seconds.
---
---```lua
---local before = tine.clock()
---tine.clock() >= before --> true
---```
---@return number
---@nodiscard
function tine.clock() end

---A table: version, threads, lua, limits, and math, the library of exp, sin and their like.
---
---```lua
---tine.info().version == tine.version --> true
---```
---@return tine.Info
---@nodiscard
function tine.info() end

return tine
