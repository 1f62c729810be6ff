-- Arrays: elements, methods of their own, and what they share with tables.
return {
  title = "Arrays",
  text = "`ipairs`, `table.concat`, `table.unpack`, `table.move` and `table.sort` work, too. "
    .. "Using an array that was closed raises \"attempt to use a closed array\".",
  {
    name = "#a", class = "Array", meta = { "__len" }, keys = { "#" }, gives = { "integer" },
    text = "The number of elements.",
    example = [[#xs --> 3]],
  },
  {
    name = "a[i]", class = "Array", meta = { "__index" }, keys = { "[]" }, gives = { "value?" },
    text = "Element i; nil outside of 1 to #a, and for keys that are no integers. Strings name methods; a name that is "
      .. "none raises.",
    more = "Integers read back as Lua integers, floats as floats.",
    errors = {
      { "xs:sqrt()", "tine.Array has no method 'sqrt'; map(\"sqrt\") applies the kernel of that name" },
      { "xs:fitler('gt', 1)", "tine.Array has no method 'fitler'; did you mean 'filter'?" },
    },
    example = [[xs[1], xs[4], xs[0.5] --> 3.0 nil nil]],
  },
  {
    name = "a[i] = v", class = "Array", meta = { "__newindex" }, keys = { "[]=" }, effect = true,
    text = "Changes element i; raises outside of 1 to #a, or where v does not fit the element type.",
    errors = {
      { "xs[4] = 1", "index 4 out of range [1, 3] in tine.Array" },
      { "xs[1] = true", "number expected, got boolean" },
      { 'xs.x = 1', "index of a tine.Array must be a number, got string" },
    },
    example = [[
xs[2] = 10
xs[2] --> 10.0]],
  },
  {
    name = "pairs(a)", class = "Array", meta = { "__pairs" }, keys = { "pairs" },
    gives = { "function", "Array", "integer" },
    text = "Goes through the indices and elements, in order.",
    example = [[
local t = {}
for i, x in pairs(xs) do t[i] = x end
table.concat(t, " ") --> 3.0 1.0 2.0]],
  },
  {
    name = "print(a)", class = "Array", meta = { "__tostring" }, keys = { "tostring(a)" }, gives = { "string" },
    text = "A short preview: tostring(a).",
    example = [[tine.linspace(1, 1000, 1000) --> tine.Array f64[1000] {1.0, 2.0, 3.0, ..., 1000.0}]],
  },
  {
    name = "Array:len", gives = { "integer" },
    text = "The number of elements, as #a.",
    example = [[xs:len() --> 3]],
  },
  {
    name = "Array:get", args = { "i: integer" }, gives = { "value?" },
    text = "As a[i], but a negative i counts from the end.",
    example = [[xs:get(1), xs:get(-1), xs:get(4) --> 3.0 2.0 nil]],
  },
  {
    name = "Array:dtype", gives = { "dtype" },
    text = "The short name of the element type.",
    example = [[xs:dtype(), tine.zeros("double", 1):dtype() --> f64 f64]],
  },
  {
    name = "Array:nbytes", gives = { "integer" },
    text = "The bytes of all elements.",
    example = [[xs:nbytes() --> 24]],
  },
  {
    name = "Array:shape", gives = { "integer..." },
    text = "The extents, one result a dimension: more than one for arrays that were loaded.",
    example = [[xs:shape() --> 3]],
  },
  {
    name = "Array:sub", args = { "i: integer", "j?: integer = -1" }, gives = { "Array" }, same = true,
    text = "A view of a part, by the rules of string.sub: it shares the elements.",
    example = [[
local tail = xs:sub(-2)
tail[1] = 9
xs --> tine.Array f64[3] {3.0, 9.0, 2.0}]],
  },
  {
    name = "Array:copy", gives = { "Array" }, same = true,
    text = "A new array of the same elements.",
    example = [[xs:copy():fill(0):sum(), xs:sum() --> 0.0 6.0]],
  },
  {
    name = "Array:cast", args = { "dtype: dtype", 'mode?: castmode = "exact"' }, gives = { "Array" },
    text = 'A new array of that type. Mode "exact" raises where a value does not fit, "wrap" and "clamp" make it fit.',
    more = "Conversions are exact to integers, or an error; to floats they round; to bool anything but 0 is true.",
    errors = { { 'tine.full("i64", 1, 300):cast("u8")', "integer overflow" } },
    example = [[
xs:cast("i32") --> tine.Array i32[3] {3, 1, 2}
tine.array("i64", { 300, -1 }):cast("u8", "clamp") --> tine.Array u8[2] {255, 0}]],
  },
  {
    name = "Array:fill", args = { "v: value" }, gives = { "Array" }, same = true, effect = true,
    text = "Every element becomes v. Returns the array.",
    example = [[xs:fill(7) --> tine.Array f64[3] {7.0, 7.0, 7.0}]],
  },
  {
    name = "Array:sort", args = { 'order?: order = "asc"' }, gives = { "Array" }, same = true, effect = true,
    text = "Sorts the array in place, in parallel. Returns it.",
    more = "Stable in both orders; NaN comes last in both; ascending, -0.0 stands before 0.0.",
    errors = { { 'xs:sort("up")', "bad argument #1 to 'sort' (invalid option 'up')" } },
    example = [[xs:sort() --> tine.Array f64[3] {1.0, 2.0, 3.0}]],
  },
  {
    name = "Array:argsort", args = { 'order?: order = "asc"' }, gives = { "Array" }, reads = "Integer",
    text = "The indices of the elements in sorted order, as i64.",
    example = [[
xs:argsort() --> tine.Array i64[3] {2, 3, 1}
xs:argsort():gather(xs):collect() --> tine.Array f64[3] {1.0, 2.0, 3.0}]],
  },
  {
    name = "Array:reverse", gives = { "Array" }, same = true, effect = true,
    text = "Turns the array around in place, in parallel. Returns it.",
    example = [[xs:reverse() --> tine.Array f64[3] {2.0, 1.0, 3.0}]],
  },
  {
    name = "Array:equal", args = { "b: array", "tolerance?: number = 0" }, gives = { "boolean" },
    text = "Whether lengths and elements are equal, across types as Lua's == has it; NaN equals nothing.",
    example = [[
xs:equal(tine.array("u8", { 3, 1, 2 })) --> true
xs:equal(ys), xs:equal(ys, 10) --> false true]],
  },
  {
    name = "Array:totable", args = { "i?: integer = 1", "j?: integer = -1" }, gives = { "table" },
    text = "A table of the elements, or of a part by the rules of string.sub.",
    example = [[table.concat(xs:totable(2), " ") --> 1.0 2.0]],
  },
  {
    name = "Array:tobytes", gives = { "string" },
    text = "The elements as a string, in the machine's byte order.",
    example = [[tine.array("u8", { 104, 105 }):tobytes() --> hi]],
  },
  {
    name = "Array:save", args = { "path: npypath", "options?: fileoptions" },
    gives = { "boolean?", "string?", "integer?" }, effect = true,
    text = "Writes a NumPy .npy file (version 1.0, little-endian): true, or nil, message, errno.",
    more = "The name has to end in .npy, as others expect of such a file, unless the options say so: "
      .. '{format = "npy"}.',
    errors = {
      { 'xs:save("xs.txt")', "'xs.txt' is no name of a .npy file" },
      { 'xs:save("xs", { format = "csv" })', "option 'format' must be" },
    },
    example = [[
local path = os.tmpname()
xs:save(path, { format = "npy" }) --> true
os.remove(path)
xs:save("/no/such/folder/x.npy") == nil --> true]],
  },
  {
    name = "Array:share", args = { "times?: positive = 1" }, gives = { "string" },
    text = "A token for tine.receive in any state of the process: the same elements, nothing is copied.",
    more = "It serves so many times and keeps the memory until then, or until the last state of the process closes.",
    errors = { { "xs:share(0)", "must be positive" } },
    example = [[#tine.receive(xs:share()) --> 3]],
  },
  {
    name = "Array:close", effect = true,
    text = "Gives the memory back now; pipelines and views made from the array go on. May be called again.",
    more = "Not needed: the collector is told of array bytes, so a loop that makes and drops 8 MB arrays stays small.",
    errors = { { "xs:close() xs:len()", "attempt to use a closed array" } },
    example = [[
xs:close()
xs --> tine.Array (closed)]],
  },
  {
    name = "local a <close>", class = "Array", meta = { "__close" }, effect = true,
    text = "Closes the array where the scope ends.",
    example = [[
do local a <close> = xs end
xs --> tine.Array (closed)]],
  },
}
