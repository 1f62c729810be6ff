-- New arrays.
return {
  title = "New arrays",
  {
    name = "tine.array", args = { "dtype: dtype", "src: source" }, gives = { "Array" },
    text = "An array of the elements of a table (#t of them), of an array, or of a pipeline of one column.",
    more = "Values are converted exactly: one that does not fit is an error.",
    errors = {
      { 'tine.array("f65", {})', "bad argument #1 to 'array' (unknown element type 'f65'" },
      { 'tine.array("u8", { 1, 300 })', "bad argument #2 to 'array' (element 2: integer overflow)" },
      { 'tine.array("i32", { 1.5 })', "element 1: number has no integer representation" },
      { 'tine.array("f64", xs:zip(ys))', "one column expected, got 2" },
    },
    example = [[
tine.array("f64", { 1, 2, 3 }) --> tine.Array f64[3] {1.0, 2.0, 3.0}
tine.array("i16", tine.range(1, 4):map("mul", 10)) --> tine.Array i16[4] {10, 20, 30, 40}]],
  },
  {
    name = "tine.zeros", args = { "dtype: dtype", "n: count" }, gives = { "Array" },
    text = "An array of n zeros, or of n times false.",
    errors = { { 'tine.zeros("f64", -1)', "bad argument #2 to 'zeros' (must not be negative)" } },
    example = [[tine.zeros("u8", 4) --> tine.Array u8[4] {0, 0, 0, 0}]],
  },
  {
    name = "tine.full", args = { "dtype: dtype", "n: count", "v: value" }, gives = { "Array" },
    text = "An array of n times v.",
    errors = { { 'tine.full("u8", 2, 256)', "bad argument #3 to 'full' (integer overflow)" } },
    example = [[tine.full("f32", 3, 0.5) --> tine.Array f32[3] {0.5, 0.5, 0.5}]],
  },
  {
    name = "tine.linspace", args = { "first: number", "last: number", "n: count" }, gives = { "Array" },
    reads = "Float",
    text = "An array of n f64 at equal distances, as NumPy has it; both ends are exact.",
    example = [[tine.linspace(0, 1, 5) --> tine.Array f64[5] {0.0, 0.25, 0.5, 0.75, 1.0}]],
  },
  {
    name = "tine.build", args = { "dtype: dtype", "n: count", "fn: function" }, gives = { "Array" },
    text = "An array of fn(1) to fn(n), called in order on the calling thread.",
    errors = { { 'tine.build("u8", 2, function() return "x" end)', "number expected, got string" } },
    example = [[tine.build("i64", 4, function(i) return i * i end) --> tine.Array i64[4] {1, 4, 9, 16}]],
  },
  {
    name = "tine.frombytes", args = { "dtype: dtype", "s: string" }, gives = { "Array" },
    text = "An array of the bytes of a string, copied; they are in the machine's order, as string.pack's are.",
    errors = { { 'tine.frombytes("u16", "abc")', "length 3 is no multiple of 2 bytes, the size of u16" } },
    example = [[tine.frombytes("u8", "tine") --> tine.Array u8[4] {116, 105, 110, 101}]],
  },
  {
    name = "tine.load", args = { "path: string" }, gives = { "Array?", "string?", "integer?" },
    text = "The array in a NumPy .npy file, or nil, message, errno.",
    more = "Versions 1 to 3, both byte orders, all of NumPy's names for a type. Several dimensions load flat, in C "
      .. "order whichever the file has, see a:shape(). float16 becomes f32. An .npz is an archive: unzip it.",
    example = [[
local path = os.tmpname()
xs:save(path, { format = "npy" }) --> true
tine.load(path) --> tine.Array f64[3] {3.0, 1.0, 2.0}
os.remove(path)
tine.load(path) == nil --> true]],
  },
  {
    name = "tine.mmap", args = { "path: string", "dtype?: dtype", 'mode?: mapmode = "r"', "options?: mapoptions" },
    gives = { "Array?", "string?", "integer?" },
    text = "A view of a file, raw or .npy, that copies nothing; or nil, message, errno. Without a dtype a .npy file's "
      .. "own.",
    more = 'Mode "r" is read-only, with "rw" writes go to the file, with "cow" they stay private. Saving over a file '
      .. "that is mapped leaves the mapping with the old one. What cannot be used as it lies - the other byte order, "
      .. "Fortran order, float16 - is for tine.load. But whoever rewrites a mapped file in place, as "
      .. '`io.open(path, "w")` does, and makes it shorter ends every process that reads the array, by SIGBUS: of a '
      .. "file that others may write to take `{ copy = true }`, which reads the elements into memory, raw or .npy.",
    errors = { { 'tine.mmap("x", "f64", "w")', "bad argument #3 to 'mmap' (invalid option 'w')" } },
    example = [[
local path = os.tmpname()
xs:save(path, { format = "npy" }) --> true
tine.mmap(path):sum() --> 6.0
tine.mmap(path, "f64", "r", { copy = true }) --> tine.Array f64[3] {3.0, 1.0, 2.0}
os.remove(path)]],
  },
  {
    name = "tine.receive", args = { "token: string" }, gives = { "Array" },
    text = "The array that a:share() gave the token for, in whichever state of the process.",
    more = "Its bytes stay in the account of the state that made it. What one state writes, no other may touch "
      .. "meanwhile.",
    errors = { { 'tine.receive("me")', "no array is shared under this name, or it was received already" } },
    example = [[tine.receive(xs:share()):sum() --> 6.0]],
  },
  {
    name = "tine.isarray", args = { "v: any" }, gives = { "boolean" },
    text = "Whether v is an array, closed or not.",
    example = [[tine.isarray(xs), tine.isarray({}) --> true false]],
  },
}
