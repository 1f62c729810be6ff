-- While a script is called inside of its own terminals, the run has its arrays as a job has: what is read may be read,
-- what is written is the run's, and closing handles takes nothing away. What is the same memory is lent as one.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local BUSY = "array is in use by a running job"
local n <const> = 1 << 16

-- Runs `terminal` over a long pipeline that reads `a`, calling fn as its progress; how often that was.
local function told(a, fn, terminal, ...)
  local calls = 0
  local p = tine.slice(a)
  for _ = 1, 8 do p = p:chain(p) end
  p = p:map("sqrt"):map("exp"):progress(function()
    calls = calls + 1
    fn()
  end, 0.001)
  p[terminal or "sum"](p, ...)
  return calls
end

local function busy(fn, ...)
  local ok, message = pcall(fn, ...)
  assert.is_false(ok)
  assert.matches(BUSY, message, 1, true)
end

describe("while a script is told the progress", function()
  it("the run's arrays are not written", function()
    local a = tine.full("f64", n, 1.0)
    local calls = told(a, function()
      busy(function() a[1] = 2 end)
      busy(a.fill, a, 2)
      busy(function() a:sub(2, 3)[1] = 2 end)
      assert.equal(1, a[1])
    end)
    assert.is_true(calls > 0)
    a[1] = 2 -- and are free again
    assert.equal(2, a[1])
  end)

  it("what it writes is its own", function()
    local a, b = tine.full("f64", n, 1.0), tine.zeros("f64", n << 8)
    local calls = told(a, function()
      busy(function() return b[1] end)
      busy(function() b[1] = 2 end)
    end, "collect_into", b)
    assert.is_true(calls > 0)
    assert.equal(b[1], b[#b])
  end)

  it("its arrays may be closed", function()
    local a, b = tine.full("f64", n, 1.0), tine.zeros("f64", n << 8)
    local view = b:sub(1, 2)
    local calls = told(a, function()
      a:close()
      b:close()
      collectgarbage()
    end, "collect_into", b)
    assert.is_true(calls > 0)
    assert.equal(math.exp(1), view[2])
  end)

  it("indices of a gather stay what they were looked at as", function()
    local xs, index = tine.full("f64", 1024, 1.0), tine.full("i64", 1024, 1)
    local p = tine.slice(index)
    for _ = 1, 13 do p = p:chain(p) end
    local g = p:gather(xs):progress(function()
      busy(function() index[500] = 100000000 end)
      busy(function() xs[1] = 0 end)
    end, 0.001)
    assert.equal(1024.0 * 2 ^ 13, g:sum())
  end)

  it("an error in it gives the arrays back", function()
    local a = tine.full("f64", n, 1.0)
    assert.is_false(pcall(told, a, function() error "enough" end))
    a[1] = 3
  end)
end)

describe("iterators", function()
  for _, kind in ipairs { "indexed", "without index" } do
    local function over(a) return kind == "indexed" and tine.slice(a) or a:filter("gt", 0) end

    it("have their arrays until they end, " .. kind, function()
      local a, seen = tine.full("f64", 3000, 1.0), 0
      for x in over(a):iter() do
        seen = seen + x
        if seen % 1000 == 0 then busy(function() a[1] = 2 end) end
      end
      a[1] = 2
      over(a):each(function() busy(function() a[1] = 3 end) end)
      a[1] = 3
      assert.equal(3000, seen)
    end)

    it("give them back when a loop breaks, or fails, " .. kind, function()
      local a = tine.full("f64", 3000, 1.0)
      for _ in over(a):iter() do break end -- luacheck: ignore
      a[1] = 2
      pcall(function() for _ in over(a):iter() do error "enough" end end)
      a[1] = 3
      pcall(over(a).each, over(a), function() error "enough" end)
      a[1] = 4
      over(a):totable()
      a[1] = 5
    end)

    it("give them back when they are collected, " .. kind, function()
      local a = tine.full("f64", 3000, 1.0)
      do
        local next, state = over(a):iter()
        assert.equal(1, next(state))
        busy(function() a[1] = 2 end)
      end
      collectgarbage()
      a[1] = 2
    end)
  end
end)

describe("a file mapped twice is one memory", function()
  local path, w, r
  before_each(function()
    path = os.tmpname()
    tine.range(1, n):collect("f64"):save(path, { format = "npy" })
    w, r = assert(tine.mmap(path, nil, "rw")), assert(tine.mmap(path))
  end)
  after_each(function()
    w, r = w:close(), r:close()
    os.remove(path)
  end)

  it("which is not turned over in place", function()
    assert.has_error(function() r:rev():collect_into(w) end, "a destination overlaps a source, and not item by item")
    assert.equal(1, w[1])
    r:map("mul", 2.0):collect_into(w)
    assert.same({ 2, 2.0 * n }, { r[1], r[n] })
  end)

  it("which jobs borrow, and so do progress functions", function()
    local p = tine.slice(r)
    for _ = 1, 8 do p = p:chain(p) end
    local job = p:map("sqrt"):start "sum"
    if not job:done() then busy(w.fill, w, 0) end
    job:wait()
    assert.is_true(told(r, function() busy(w.fill, w, 0) end) > 0)
    w:fill(0)
    assert.equal(0, r[n])
  end)
end)

describe("pools that are closed", function()
  it("are not looked at where another 'on' came later", function()
    for _, gate in ipairs {
      function(p) return p:take(100) end,
      function(p) return p:skip_while("lt", 50) end,
      function(p) return p:take(100):chain(p:skip_while("lt", 50)) end,
      function(p) return p:flat_map("repeat", 2):take(50) end,
    } do
      local A, B = tine.pool { threads = 2 }, tine.pool { threads = 2 }
      local p = gate(tine.range(1, 100000):filter("gt", 5):on(A)):on(B)
      local want = gate(tine.range(1, 100000):filter("gt", 5)):sum()
      A:close()
      assert.equal(want, p:sum())
      for _ in p:iter() do break end -- luacheck: ignore
      B:close()
      assert.has_error(function() p:sum() end, "attempt to use a closed pool")
      assert.has_error(function() p:totable() end, "attempt to use a closed pool")
      assert.has_error(function() p:start "sum" end, "attempt to use a closed pool")
    end
  end)

  it("are refused on either side of a comparison, and wait for its jobs", function()
    local A = tine.pool { threads = 2 }
    local p = tine.range(1, 1 << 22):map("sqrt"):map("exp")
    for _, name in ipairs { "eq", "cmp" } do
      local job = p:filter("gt", 0):start(name, p:filter("gt", 0):on(A))
      local want = name == "eq" and true or 0
      if name == "cmp" then A:close() end -- not before the job is done
      assert.equal(want, job:wait())
    end
    assert.has_error(function() p:eq(p:on(A)) end, "attempt to use a closed pool")
    assert.has_error(function() p:on(A):eq(p) end, "attempt to use a closed pool")
  end)
end)
