-- One idea: a pipeline says what is to be done, its terminal does it on every core. Here: the dot product of two files.
--
--   lua5.4 examples/01_dot_product.lua [xs.npy ys.npy]
--   lua5.4 examples/01_dot_product.lua [n]
--
-- Without files it makes its own: two columns of n numbers (10 million unless told otherwise) are saved as temporary
-- .npy files, loaded back, and removed at the end. Beside the pipeline runs the loop that plain Lua would use.

local tine = require "tine"

-- Removed when the script ends, by an error too.
local temporary <close> = setmetatable({}, {
  __close = function(paths)
    for _, path in ipairs(paths) do os.remove(path) end
  end,
})

local function save(array)
  local path = os.tmpname()
  temporary[#temporary + 1] = path
  assert(array:save(path, { format = "npy" }))
  return path
end

-- n steps from 0 to 1, and the height of a quarter circle above each: the mean of their products is close to 1/3.
local function make_files(n)
  local xs <close> = tine.linspace(0, 1, n)
  local ys <close> = (1 - xs * xs):map("sqrt"):collect()
  return save(xs), save(ys)
end

-- The result of fn and its shortest time, in seconds.
local function best_of(runs, fn)
  local least, result = math.huge, nil
  for _ = 1, runs do
    local start = tine.clock()
    result = fn()
    least = math.min(least, tine.clock() - start)
  end
  return result, least
end

local xs_path, ys_path = arg[1], arg[2]
if not ys_path then
  xs_path, ys_path = make_files(math.tointeger(tonumber(arg[1] or 10000000)) or error("n must be an integer", 0))
end
local xs, ys = assert(tine.load(xs_path)), assert(tine.load(ys_path))

local n = math.min(#xs, #ys) -- a zip ends with the shorter one
local xs_table, ys_table = xs:totable(), ys:totable()

local dot, seconds = best_of(30, function()
  return xs:zip(ys):map("mul"):sum()
end)
local plain, plain_seconds = best_of(3, function()
  local sum = 0
  for i = 1, n do sum = sum + xs_table[i] * ys_table[i] end
  return sum
end)

-- The last digits may differ: the loop adds one after the other, tine in a tree, where rounding errors grow less.
print(("items        %d"):format(n))
print(("threads      %d"):format(tine.threads()))
print(("dot product  %.15g  in %8.3f ms"):format(dot, seconds * 1e3))
print(("plain Lua    %.15g  in %8.3f ms"):format(plain, plain_seconds * 1e3))
print(("ratio        %.1f"):format(plain_seconds / seconds))
