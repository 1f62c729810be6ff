-- totable, each and iter of what is not indexed: the items in order, in bounded memory; break frees at once.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local HUGE = 10 ^ 15 // 1 | 0

describe("streaming a filtered pipeline", function()
  it("begins at once and goes on", function()
    local p, expected = tine.range(1, HUGE):extend("mod", 3):filter({ 2 }, "eq", 0):select(1), 0
    for x in p:iter() do
      expected = expected + 3
      assert.equal(expected, x)
      if expected == 300000 then break end
    end
    assert.equal(300000, expected)
  end)

  it("finds the rare item", function()
    local seen = {}
    tine.range(1, 3000000):filter("ge", 2999999):each(function(x) seen[#seen + 1] = x end)
    assert.same({ 2999999, 3000000 }, seen)
  end)

  it("hands out the items before one that fails", function() -- semantics 8
    for _, place in ipairs { 1, 2, 1024, 1025, 2500 } do
      local xs = tine.full("i64", 3000, 1)
      xs[place] = 0
      local p = tine.range(1, 3000):zip(tine.rep(7, 3000), xs):extend({ 2, 3 }, "idiv"):filter({ 1 }, "ne", 5)
      local seen = {}
      assert.raises(("failed at item %d "):format(place), function()
        for i in p:iter() do seen[#seen + 1] = i end
      end)
      local wanted = place - 1 - (place > 5 and 1 or 0)
      assert.equal(wanted, #seen)
      assert.raises(("failed at item %d "):format(place), function() p:totable() end)
      assert.raises(("failed at item %d "):format(place), function() p:each(function() end) end)
    end
  end)

  it("may be nested, left, abandoned and repeated", function()
    local p = tine.range(1, 100000):filter("gt", 10)
    for _ = 1, 20 do
      local f, s, v = p:iter()
      assert.equal(11, f(s, v))
      pcall(function()
        p:each(function(x)
          if x == 500 then error "out" end
        end)
      end)
      local inner = 0
      for x in p:iter() do
        for y in tine.range(1, 5):filter("gt", 3):iter() do inner = inner + y end
        if x == 20 then break end
      end
      assert.equal(90, inner)
      assert.equal(12, f(s, v))
    end
  end)

  it("runs on the pool it is bound to, or that is installed", function()
    local pool = tine.pool { threads = 3 }
    local p = tine.range(1, 5000):filter("gt", 10)
    assert.equal(4990, #p:on(pool):totable())
    pool:install(function() assert.equal(4990, #p:totable()) end)
    local f, s, v = p:on(pool):iter()
    local g, t, w = pool:install(function() return p:iter() end)
    assert.equal(11, f(s, v))
    assert.equal(11, g(t, w))
    pool:close()
    assert.raises("attempt to use a closed pool", function()
      for _ = 1, 6000 do f(s, v) end
    end)
    pcall(function() -- where it was made, or the default pool: either is fine, and nothing dangles
      for _ = 1, 6000 do g(t, w) end
    end)
  end)

  it("may be closed by hand", function()
    local f, s, v, closing = tine.range(1, 5000):filter("gt", 10):iter()
    assert.equal(11, f(s, v))
    debug.getmetatable(closing).__close(closing)
    assert.is_nil(f(s, v))
  end)

  it("costs bounded memory", function()
    local sum = 0
    tine.rep(1, 3):zip(tine.rep(1000000, 3)):flat_map("span"):each(function(x) sum = sum + x end)
    assert.equal(3 * 500000500000, sum)
  end)
end)
