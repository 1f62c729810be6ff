-- While a job reads an array, nothing writes it; while a job writes it, nothing looks at it. What does either is found
-- in the method tables: a method that is not in a list here is a failure.

local helper = require "spec.lua.helper"
local names = require "spec.lua.names"
local tine = require "tine"

after_each(helper.settle)

local BUSY = "array is in use by a running job"

local n = 4

-- Ways to use an array `a`. Each is called with a fresh array of n f64 that a job uses.
local WRITES = {
  ["a[i] = v"] = function(a) a[1] = 2 end,
  ["table.move"] = function(a) table.move({ 1, 2 }, 1, 2, 1, a) end,
  ["table.sort"] = function(a) table.sort(a) end,
  ["of a view"] = function(a) a:sub(2)[1] = 3 end,
  fill = function(a) a:fill(1) end,
  sort = function(a) a:sort() end,
  reverse = function(a) a:reverse() end,
  collect_into = function(a) tine.range(1, n):collect_into(a) end,
}

local READS = {
  ["a[i]"] = function(a) return a[1] end,
  ["a view"] = function(a) return a:sub(2)[1] end,
  ["ipairs"] = function(a) for _ in ipairs(a) do end end,
  ["pairs"] = function(a) for _ in pairs(a) do end end,
  ["table.concat"] = function(a) return table.concat(a, " ") end,
  ["table.unpack"] = function(a) return table.unpack(a) end,
  ["tine.array"] = function(a) return tine.array("f64", a) end,
  ["tine.slice"] = function(a) return tine.slice(a):sum() end,
  ["a pipeline"] = function(a) return tine.range(1, n):map("mul", 1.0):chain(a:map("sqrt")):sum() end,
  ["a stream"] = function(a) for _ in a:filter("gt", -1):iter() do end end,
  ["an index"] = function(a) return tine.range(1, 2):gather(a):sum() end,
  ["the second of two"] = function(a) return tine.range(1, n):eq(a) end,
  ["the other of two"] = function(a) return tine.zeros("f64", n):equal(a) end,
  get = function(a) return a:get(1) end,
  copy = function(a) return a:copy() end,
  cast = function(a) return a:cast "f32" end,
  totable = function(a) return a:totable() end,
  tobytes = function(a) return a:tobytes() end,
  equal = function(a) return a:equal(tine.zeros("f64", n)) end,
  save = function(a)
    local path <close> = setmetatable({ os.tmpname() }, { __close = function(file) os.remove(file[1]) end })
    return a:save(path[1], { format = "npy" })
  end,
  argsort = function(a) return a:argsort() end,
  start = function(a) return a:start "sum" end,
  each = function(a) return a:each(function() end) end,
  iter = function(a) for _ in a:iter() do end end,
}

-- Terminals, which read; their arguments.
local TERMINALS = {
  sum = {}, product = {}, mean = {}, var = {}, std = {}, min = {}, max = {}, argmin = {}, argmax = {}, minmax = {},
  reduce = { "add" }, count = {}, any = { "gt", 1 }, all = { "gt", 1 }, find_first = { "gt", 1 },
  find_last = { "gt", 1 }, find_any = { "gt", 1 }, position_first = { "gt", 1 }, position_last = { "gt", 1 },
  position_any = { "gt", 1 }, eq = { tine.range(1, n) }, cmp = { tine.range(1, n) }, collect = {},
  partition = { "gt", 1 }, scan = { "add" }, unique = {}, count_by = {}, histogram = { 0, 1, 2 }, sorted = {},
  top = { 1 }, for_each = { "neg" },
}
for name, arguments in pairs(TERMINALS) do
  READS[name] = function(a) return a[name](a, table.unpack(arguments)) end
end

-- Methods that do not look at elements: adaptors, and what is asked of a plan or a handle.
local QUIET = {}
for name in ([[dtype nbytes shape sub len close kind bounds explain take select cast min_len max_len sequential on map
  extend filter filter_map flat_map positions take_while skip_while zip zip_eq chain interleave interleave_shortest
  enumerate rev skip step_by windows fold_chunks gather timeout progress share]]):gmatch "%S+" do
  QUIET[name] = true
end

-- A job that goes on until it is closed and reads `a`.
local function reader(a)
  return tine.range(1, 1 << 50):map("sqrt"):chain(a):start "sum"
end

-- Calls fn with an array that a job writes, or reads and writes, until fn is done.
local function with_writer(fn)
  local size = 30000000
  local big = tine.zeros("f64", size)
  local job <close> = tine.range(1, size):map("sqrt"):map("sin"):map("cos"):map("sin"):start("collect_into", big)
  fn(big:sub(1, n), big)
  assert.is_false(job:done(), "the job was too short")
end

describe("borrowing", function()
  it("knows every method", function()
    for _, class in ipairs { "tine.Array", "tine.Pipeline" } do
      for name in pairs(names.methods_of(debug.getregistry()[class])) do
        assert.is_true(QUIET[name] or READS[name] ~= nil or WRITES[name] ~= nil, name)
      end
    end
  end)

  it("lets nobody write what a job reads, and anybody read it", function()
    local a = tine.array("f64", { 3, 1, 2, 5 })
    local job = reader(a)
    for name, write in pairs(WRITES) do assert.raises(BUSY, write, a, name) end
    for name, read in pairs(READS) do
      local ok, message = pcall(read, a)
      assert(ok, ("%s: %s"):format(name, tostring(message)))
    end
    job:cancel()
    job:wait()
    collectgarbage()
    assert.holds("f64", { 3.0, 1.0, 2.0, 5.0 }, a)
    -- (what READS started and dropped may still be at it for a moment)
    assert.is_true(helper.eventually(function() return pcall(a.fill, a, 0) end))
    for _, write in pairs(WRITES) do write(a) end
  end)

  it("lets nobody look at what a job writes", function()
    with_writer(function(a, big)
      for name, read in pairs(READS) do assert.raises(BUSY, read, a, name) end
      for name, write in pairs(WRITES) do assert.raises(BUSY, write, a, name) end
      assert.raises(BUSY, big.start, big, "sum")
      assert.raises(BUSY, tine.range(1, #big).start, tine.range(1, #big), "collect_into", big)
      assert.matches("a running job writes it", tostring(a), 1, true)
      assert.equal(n, #a)
      assert.equal("indexed", a:map("sqrt"):kind())
    end)
  end)

  it("ends with the job, waited for or not", function()
    local a, b = tine.array("f64", { 1, 2 }), tine.zeros("f64", 2)
    local job = (a * 2):start("collect_into", b)
    while not job:done() do end
    a[1] = 7
    assert.same({ 2.0, 4.0 }, b:totable())
    job = tine.range(1, 9):map("idiv", 0):chain(a:cast "i64"):start "sum"
    while not job:done() do end
    b:fill(1)
    a:fill(1)
    assert.raises("idiv", job.wait, job)
  end)

  it("allows a job to write in place, and views that do not meet", function()
    local a = tine.linspace(1, 6, 6)
    assert.is_true(rawequal(a, (a:map("mul", 2):start("collect_into", a):wait())))
    assert.holds("f64", { 2.0, 4.0, 6.0, 8.0, 10.0, 12.0 }, a)
    a:sub(1, 3):start("collect_into", a:sub(4, 6)):wait()
    assert.holds("f64", { 2.0, 4.0, 6.0, 2.0, 4.0, 6.0 }, a)
    tine.range(1, 2):zip(tine.range(3, 4)):start("collect_into", a:sub(1, 2), a:sub(3, 4)):wait()
    assert.holds("f64", { 1.0, 2.0, 3.0, 4.0, 4.0, 6.0 }, a)
    a[1] = 9
  end)

  it("is shared by readers", function()
    local a = tine.linspace(0, 1, 1000)
    local jobs = {}
    for i = 1, 20 do jobs[i] = a:map("mul", i):start "sum" end
    for i = 1, 20 do assert.equal(a:map("mul", i):sum(), (jobs[i]:wait())) end
    a:fill(0)
  end)
end)
