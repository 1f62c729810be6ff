-- print(p) and p:explain() show the plan: its stages, kind, types and length.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("the plan of a pipeline", function()
  it("names sources, stages and kernels, kind, types and length", function()
    local xs, ys = tine.zeros("f32", 1234), tine.zeros("i16", 5000)
    local p = tine.slice(xs):zip(ys):map("mul"):take(99)
    assert.equal("string", type(p:explain()))
    for _, text in ipairs { tostring(p), p:explain() } do
      for _, word in ipairs { "slice", "zip", "map", "mul", "take", "indexed", "f64", "99" } do
        assert.truthy(text:find(word, 1, true), ("'%s' is missing in: %s"):format(word, text))
      end
    end
  end)

  it("is short for a long pipeline", function()
    local p = tine.range(1, 10 ^ 15 // 1 | 0)
    for _ = 1, 50 do p = p:map("add", 1) end
    assert.is_true(#tostring(p) < 10000)
  end)

  it("says what is evaluated in one pass", function()
    local xs = tine.zeros("f64", 1000)
    local plan = ((xs * xs + 1):map("sqrt"):filter("gt", 0) * 2):explain()
    assert.truthy(plan:find "3 map mul [^\n]*in one pass with stage 5\n4 map add [^\n]*in one pass with stage 5\n5")
    assert.falsy(plan:find "map sqrt [^\n]*in one pass")
    assert.falsy(plan:find "\n7 [^\n]*in one pass")
    assert.truthy((xs + 1):explain():find "2 map add [^\n]*its sum and mean in the same pass$")
    assert.truthy((tine.range(1, 300) + 1):explain():find "2 map add [^\n]*its sum in the same pass$")
    assert.falsy((tine.range(1, 200) + 1 + 1):explain():find "pass") -- of so few that is nothing
    assert.truthy((xs + 1):filter("gt", 0):explain():find "3 filter gt [^\n]*its count in the same pass$")
    assert.truthy(xs:filter("gt", 0):explain():find "its sum and mean in the same pass, its count in the same pass$")
    local told = xs:map("sin"):filter("x > 0.25 and x < 0.5"):map("neg"):explain()
    assert.truthy(told:find "3 filter x > [^\n]*, its predicate in one pass\n4")
    assert.falsy(told:find "map [^\n]*pass")
    assert.falsy(tine.range(1, 200):filter("x > 2 and x < 9"):explain():find "one pass")
    local cast = (xs + 1):cast "f32"
    local typed = cast:zip(tine.range(1, 1000)):extend({ 2 }, "mul", 3):select(1, 3):map("x < y"):explain()
    assert.truthy(typed:find "3 cast f32[^\n]*in one pass with stage 7\n")
    assert.truthy(typed:find "5 extend mul [^\n]*in one pass with stage 7\n")
    assert.falsy(typed:find "select [^\n]*pass")
    local looked_up = tine.range(1, 900):map("t[x]", { t = xs }):map("neg"):map("abs"):explain()
    assert.falsy(looked_up:find "2 map [^\n]*pass")
    assert.truthy(looked_up:find "3 map neg [^\n]*in one pass with stage 4\n")
  end)

  it("runs nothing", function()
    local p = tine.range(1, 3):map("idiv", 0)
    assert.equal("string", type(tostring(p)))
    assert.equal("string", type(p:explain()))
  end)

  it("says which class a value is of", function()
    assert.truthy(tostring(tine.range(1, 2)):find("tine.Pipeline", 1, true))
    assert.truthy(tostring(tine.kernel "add"):find("add", 1, true))
    local pool <close> = tine.pool { threads = 2 }
    assert.truthy(tostring(pool):find("tine.Pool", 1, true))
  end)
end)

describe("a pipeline that is taken for a table", function()
  it("has a length where that is known", function()
    assert.equal(5, #tine.range(1, 5):map("neg"))
    assert.equal(10 ^ 15 // 1 | 0, #tine.range(1, 10 ^ 15 // 1 | 0))
    assert.raises("'#' needs an exact pipeline; stage 2 'filter'", function()
      return #tine.range(1, 5):filter("gt", 2)
    end)
    assert.raises("made it bounded; count() runs it, and collect() gives an array", function()
      return #tine.range(1, 5):filter("gt", 2)
    end)
  end)

  it("has no elements, and says what has", function()
    local p = tine.range(1, 5)
    for _, key in ipairs { 1, 0, -1, 1.5, 1e300 } do
      assert.raises("a pipeline has no elements to index; collect() gives an array", function() return p[key] end)
    end
    assert.raises("collect() gives an array", function() for _ in ipairs(p) do error "an item" end end)
    assert.raises("collect() gives an array", function() for _ in pairs(p) do error "an item" end end)
    assert.raises("collect() gives an array", table.unpack, p, 1, 2)
    assert.raises("collect() gives an array", table.concat, p)
    assert.equal(15, p:collect():sum())
  end)
end)
