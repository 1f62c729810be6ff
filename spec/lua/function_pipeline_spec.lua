-- Random functions of the language of kernels, mapped over random columns on several numbers of threads, against Lua
-- item by item: the same values to the bit; or the first item at which Lua fails, with its line and its message.
-- TINE_CASES says how many functions.

local draw = require "spec.lua.function_draw"
local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local CASES <const> = math.tointeger(os.getenv "TINE_CASES") or 150

-- What a function is given of a column, by the column's type.
local letters = { f64 = "F", f32 = "F", i64 = "I", u64 = "I", i16 = "I", u8 = "I", bool = "B" }
local dtypes = { "f64", "i64", "f64", "i64", "f32", "u64", "i16", "u8", "bool" }

local function column(rng, dtype, n)
  local wrap = letters[dtype] == "I" and dtype ~= "i64" and "wrap" or nil
  local a = tine.build(letters[dtype] == "F" and "f64" or letters[dtype] == "B" and "bool" or "i64", n, function()
    return draw.value(rng, letters[dtype])
  end)
  return a:cast(dtype, wrap)
end

-- What Lua gives for each item; how many of them, and the failure behind the last. Nil: one takes too long.
local function by_items(f, columns, n)
  local rows = {}
  for i = 1, n do
    local args = {}
    for c = 1, #columns do args[c] = columns[c][i] end
    local got = draw.by_lua(f, args, #columns)
    if got == nil then return nil end
    if not got[1] then return rows, i, got end
    rows[i] = got
  end
  return rows
end

local function piped(columns)
  local p = tine.slice(columns[1])
  for c = 2, #columns do p = p:zip(columns[c]) end
  return p
end

local function compare(p, f, rows, failed, why)
  local got = table.pack(pcall(function() return p:map(f):collect() end))
  if failed then
    assert(not got[1], "Lua fails, and the kernel does not")
    local want = ("failed at item %d (stage"):format(failed)
    assert(got[2]:find(want, 1, true), ("%s is not in %s"):format(want, got[2]))
    local line, message = got[2]:match "%): f:(%d+): (.*)$"
    if why[2] == "" then line = "" end -- Lua has no line where a C function compares
    assert.equal(why[2] .. ": " .. why[3], tostring(line) .. ": " .. draw.plain(tostring(message)))
    return
  end
  assert(got[1], got[2])
  for k = 2, got.n do
    local a = got[k]
    for i = 1, #rows do
      local want = rows[i][k]
      if a:dtype() == "f64" then want = want * 1.0 end -- what is mixed is a float
      assert(helper.same(want, a[i]), ("item %d, result %d: Lua %s, here %s"):format(i, k - 1, helper.show(want),
        helper.show(a[i])))
    end
  end
end

local captured = draw.captured()

local function same_everywhere(tree, types, columns, n, pools)
  local source = draw.text(tree)
  local f = assert(load(source, "=f"))(table.unpack(captured))
  local ok = pcall(function() return piped(columns):map(f) end)
  if not ok then return false end
  local rows, failed, why = by_items(f, columns, n)
  if rows == nil then return false end
  for _, pool in ipairs(pools) do
    local p = piped(columns)
    p = pool and p:on(pool) or p:sequential()
    local well, message = pcall(compare, p, f, rows, failed, why)
    if not well then
      error(("%s\nof %s, %d items, on %s threads: %s"):format(source, table.concat(types, " "), n,
        pool and pool:threads() or "no", type(message) == "table" and message.message or tostring(message)), 0)
    end
  end
  return true, failed
end

describe("a random function over columns", function()
  it("gives what Lua gives item by item, on any threads", helper.seeded(function(rng)
    local pools = { false }
    for k = 1, 3 do pools[k + 1] = tine.pool { threads = k } end
    local ran, failing = 0, 0
    for _ = 1, CASES do
      local types, given, columns = {}, {}, {}
      local n = rng:pick { 1, 2, 17, 64, 300, 1024, 1500 }
      for c = 1, rng:int(1, 3) do
        types[c] = rng:pick(dtypes)
        given[c] = letters[types[c]]
        columns[c] = column(rng, types[c], n)
      end
      local ok, failed = same_everywhere(draw.fn(rng, given), types, columns, n, pools)
      ran = ran + (ok and 1 or 0)
      failing = failing + (failed and 1 or 0)
    end
    for k = 2, #pools do pools[k]:close() end
    assert(ran > CASES / 3 and failing > CASES / 50, ("%d ran, %d of them failed"):format(ran, failing))
  end))
end)
