-- The oracle of differential_spec.lua against what a reader of the contract works out by hand.

local casts = require "spec.lua.oracle.casts"
local ends = require "spec.lua.oracle.searches"
local grid = require "spec.lua.oracle.grid"
local items = require "spec.lua.oracle.items"
local order = require "spec.lua.oracle.order"
local plan = require "spec.lua.oracle.plan"
local stages = require "spec.lua.oracle.unindexed"

require "spec.lua.helper"

local function column(dtype, values) return plan.model(plan.array(dtype, values)) end
local function numbers(n) return plan.model(plan.node("range", nil, 1, n)) end

-- The items of a model, each as "position: values".
local function listed(m)
  local list = {}
  for i, item in ipairs(m.items) do
    list[i] = item.at .. ":" .. (item.fail and "fails" or table.concat(item, ","))
  end
  return table.concat(list, " ")
end

local function fault(fn, ...)
  local ok, raised = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(items.is_fault(raised))
  return raised
end

-- Shows the order of combinations: strings for values.
local shown = grid.reducer(function(a, b) return "(" .. a .. b .. ")" end)

local function letters(n, first)
  local list = {}
  for i = 1, n do list[i] = string.char((first or 97) + (i - 1) % 26) end
  return list
end

local function counting(n)
  local list = {}
  for i = 1, n do list[i] = i - 1 end
  return list
end

describe("the oracle's grid", function()
  it("combines neighbours, then those", function()
    assert.equal("(((ab)(cd))e)", grid.sequence(letters(5), shown))
    assert.equal("(((ab)(cd))((ef)g))", grid.sequence(letters(7), shown))
    assert.is_nil(grid.sequence({}, shown))
  end)

  it("adds item 32 to lane 0 first", function()
    local expected = grid.sequence({ "(aG)", table.unpack(letters(31, 98)) }, shown)
    local values = letters(31, 98)
    table.insert(values, 1, "a")
    values[33] = "G"
    assert.equal(expected, grid.sequence(values, shown))
  end)

  it("leaves out cells without items, whatever their place", function()
    local cells = grid.cells(5000)
    assert.equal("((ab)c)", grid.fold(cells, { 0, 1023, 1024 }, letters(3), shown))
    assert.equal("(a(bc))", grid.fold(cells, { 0, 2048, 3072 }, letters(3), shown))
    assert.equal("((ab)c)", grid.fold(cells, { 0, 3072, 4096 }, letters(3), shown))
    assert.equal("a", grid.fold(cells, { 4999 }, letters(1), shown))
  end)

  it("folds what one item gives for itself", function()
    local leaves = grid.expanded(grid.cells(8))
    assert.equal("(((ab)c)d)", grid.fold(leaves, { 1, 1, 1, 2 }, letters(4), shown))
    assert.equal("((ab)(cd))", grid.fold(leaves, { 2, 2, 3, 3 }, letters(4), shown))
    assert.equal("(a(bc))", grid.fold(leaves, { 1, 2, 3 }, letters(3), shown))
  end)

  it("joins the cells of a chain, but nothing else", function()
    local cells, leaves = grid.cells(3), grid.expanded(grid.cells(3))
    assert.equal("((ab)(cd))", grid.fold(grid.chained(cells, cells), { 0, 2, 3, 4 }, letters(4), shown))
    assert.equal("(a((bc)d))", grid.fold(grid.chained(cells, leaves), { 2, 3, 4, 5 }, letters(4), shown))
    assert.equal("(ab)", grid.fold(grid.chained(leaves, cells), { 4, 5 }, letters(2), shown))
    assert.equal("((ab)c)", grid.fold(grid.chained(grid.ranks(2), cells), { 0, 1, 3 }, letters(3), shown))
  end)

  it("scans in runs of 32 within cells", function()
    local values = letters(33)
    local out = grid.scan(values, shown.combine)
    assert.equal("a", out[1])
    assert.equal("((ab)c)", out[3])
    assert.equal("(" .. out[32] .. values[33] .. ")", out[33])
    assert.equal("(!(ab))", grid.scan(values, shown.combine, "!")[2])
    assert.same(counting(5000), grid.scan(counting(5000), math.max))
  end)

  it("sums by places, whatever is missing", function()
    local letter = { combine = shown.combine, cell = function(of, at) return grid.lanes(of, shown.combine, at) end }
    assert.equal("(a(bc))", grid.fold(grid.cells(64), { 0, 2, 3 }, letters(3), letter))
    assert.equal("((ac)b)", grid.fold(grid.cells(64), { 0, 5, 32 }, letters(3), letter))
  end)

  it("sums to the mean and the squared distances", function()
    local acc = grid.fold(grid.cells(4000), counting(4000), counting(4000), grid.moments)
    assert.bits(1999.5, acc.mean)
    assert.near((4000.0 ^ 2 - 1) / 12, acc.m2 / 4000, 1e-6)
  end)
end)

describe("the oracle's adaptors", function()
  local fails = stages.map(column("i64", { 1, 0, 2 }), "idiv", 0)
  local sour = stages.map(stages.zip(column("i64", { 6, 6, 6 }), column("i64", { 1, 0, 2 })), "idiv")

  it("keep failing items where they are", function()
    assert.equal("0:fails 1:fails 2:fails", listed(fails))
    assert.equal("0:6 1:fails 2:3", listed(sour))
    assert.equal("0:3 1:fails 2:6", listed(stages.rev(sour)))
    assert.equal("0:fails 1:3", listed(stages.skip(sour, 1)))
    assert.equal("0:6 1:3", listed(stages.step_by(sour, 2)))
    assert.equal("0:fails 1:fails", listed(stages.windows(sour, 2)))
    assert.equal("0:fails 1:3", listed(stages.fold_chunks(sour, 2, "add")))
    assert.equal("1:fails 2:3", listed(stages.filter(sour, "lt", 5)))
    assert.equal("0:6 1:fails", listed(stages.take_while(sour, "gt", 1)))
    assert.equal("0:6 0:6 1:fails 2:3 2:3", listed(stages.flat_map(sour, "repeat", 2)))
  end)

  it("count positions in the indexed base", function()
    local odd = stages.filter(numbers(7), "eq", 3)
    assert.equal("2:3", listed(odd))
    assert.equal("2:3", listed(stages.positions(column("i64", { 5, 5, 6 }), "gt", 5)))
    assert.equal("2:3 7:1 8:2", listed(stages.chain(odd, numbers(2))))
    assert.equal("0:3", listed(stages.take(odd, 4)))
    assert.equal("0:3 1:4", listed(stages.skip_while(numbers(4), "lt", 3)))
    assert.equal("0:4", listed(stages.skip_while(stages.filter(numbers(4), "gt", 1), "lt", 4)))
  end)

  it("know their kinds", function()
    local bounded = stages.filter(numbers(7), "gt", 3)
    local parallel = stages.flat_map(numbers(7), "repeat", 2)
    assert.equal("bounded", bounded.kind)
    assert.equal("parallel", parallel.kind)
    assert.equal("parallel", stages.filter(parallel, "gt", 1).kind)
    assert.equal("bounded", stages.take(parallel, 3).kind)
    assert.equal("parallel", stages.chain(bounded, parallel).kind)
    assert.is_true(fault(stages.zip, bounded, numbers(7)).refused)
    assert.is_true(fault(stages.rev, parallel).refused)
    assert.is_true(fault(ends.argmin, bounded).refused)
  end)

  it("interleave, window and fold", function()
    local a, b = numbers(4), stages.map(numbers(2), "mul", 10)
    assert.equal("0:1 1:10 2:2 3:20 4:3 5:4", listed(stages.interleave(a, b)))
    assert.equal("0:1 1:10 2:2 3:20 4:3", listed(stages.interleave_shortest(a, b)))
    assert.equal("0:10 1:1 2:20 3:2", listed(stages.interleave_shortest(b, a)))
    assert.equal("0:1,2,3 1:2,3,4", listed(stages.windows(a, 3)))
    assert.equal("", listed(stages.windows(a, 5)))
    assert.equal("0:106 1:104", listed(stages.fold_chunks(a, 3, "add", 100)))
    assert.equal("0:1,1 1:2,2", listed(stages.enumerate(stages.take(a, 2))))
  end)

  it("expand", function()
    local pairs_of = stages.zip(column("i64", { 1, 5, 3 }), column("i64", { 2, 4, 3 }))
    assert.equal("0:1 0:2 2:3", listed(stages.flat_map(pairs_of, "span")))
  end)
end)

describe("the oracle's terminals", function()
  local xs = column("f64", { 2.0, -0.0, 0 / 0, 0.0, 2.0, 0 / 0 })

  it("stop at the item that decides", function()
    local sour = stages.map(stages.zip(column("i64", { 8, 6, 6, 6 }), column("i64", { 1, 2, 0, 2 })), "idiv")
    assert.is_true(ends.any(sour, "eq", 3))
    assert.equal(2, ends.position_first(sour, "eq", 3))
    assert.equal(4, ends.position_last(sour, "eq", 3))
    assert.is_false(ends.all(sour, "eq", 8))
    assert.equal(2, fault(ends.position_first, sour, "eq", 5).at)
    assert.equal(2, fault(ends.position_last, sour, "eq", 8).at)
    assert.equal(2, fault(ends.sum, sour).at)
    assert.same({ 8, 3 }, (ends.iter(sour, 2)))
    assert.equal(2, fault(ends.iter, sour, 3).at)
    assert.equal(-1, ends.cmp(column("i64", { 7, 1, 1, 1 }), sour))
  end)

  it("sort NaN last, and -0.0 before 0.0", function()
    assert.same({ 2, 4, 1, 5, 3, 6 }, order.sorted(xs.dtypes, (items.columns(xs)), 6, 1))
    assert.same({ 1, 5, 4, 2, 3, 6 }, order.sorted(xs.dtypes, (items.columns(xs)), 6, -1))
  end)

  it("count zeros and NaNs as one value each", function()
    local keys, counts = ends.count_by(xs)
    assert.bits({ 2.0, -0.0, 0 / 0 }, keys)
    assert.same({ 2, 2, 2, dtype = "i64" }, counts)
  end)

  it("give the first extreme, the first NaN", function()
    assert.bits({ 0 / 0, 3 }, { ends.min(xs), ends.argmin(xs) })
    assert.bits({ -0.0, 2 }, { ends.min(stages.take(xs, 2)), ends.argmin(stages.take(xs, 2)) })
    assert.bits({ 2.0, 1 }, { ends.max(stages.take(xs, 2)), ends.argmax(stages.take(xs, 2)) })
    assert.equal(1, select("#", ends.max(xs)))
    assert.equal(0, select("#", ends.find_first(xs, "gt", 5.0)))
  end)

  it("close the last bin of a histogram", function()
    local m = column("f64", { -0.1, 0.0, 0.9, 1.0, 2.0, 2.1, 0 / 0 })
    assert.same({ 2, 2, dtype = "i64" }, ends.histogram(m, 0.0, 2.0, 2))
  end)

  it("compare exactly, u64 as unsigned", function()
    assert.equal(1, order.compare("u64", -1, "i64", -1))
    assert.equal(-1, order.compare("i64", math.maxinteger, "f64", 2.0 ^ 63))
    assert.equal(0, order.compare("u64", math.mininteger, "f64", 2.0 ^ 63))
    assert.equal(-1, order.compare("u64", -1, "f64", 2.0 ^ 64))
    assert.is_nil(order.compare("f64", 0 / 0, "f64", 1.0))
  end)
end)

describe("the oracle's casts", function()
  it("are exact, wrap or clamp", function()
    assert.is_nil(casts.cast("f64", "i32", 1.5))
    assert.is_nil(casts.cast("i64", "u64", -1))
    assert.is_nil(casts.cast("u64", "i64", -1))
    assert.equal(44, casts.cast("i64", "u8", 300, "wrap"))
    assert.equal(-128, casts.cast("i64", "i8", 128, "wrap"))
    assert.equal(255, casts.cast("f64", "u8", -1.9, "wrap"))
    assert.equal(0, casts.cast("f64", "u8", 0 / 0, "clamp"))
    assert.equal(-128, casts.cast("f64", "i8", -math.huge, "clamp"))
    assert.equal(-1, casts.cast("f64", "u64", 1e30, "clamp"))
    assert.equal(2, casts.cast("f32", "i64", 2.75, "clamp"))
    assert.is_true(casts.cast("f64", "bool", 0 / 0))
  end)

  it("round integers once", function()
    assert.bits(16777216.0, casts.cast("i64", "f32", 16777217))
    assert.bits(2.0 ^ 60 + 2.0 ^ 37, casts.cast("i64", "f32", (1 << 60) + (1 << 36) + 1))
    assert.bits(2.0 ^ 60, casts.cast("i64", "f32", (1 << 60) + (1 << 36)))
    assert.bits(2.0 ^ 64, casts.cast("u64", "f32", -1))
  end)
end)

-- What is new is drawn, too: nothing else asks for it.
describe("what the oracle draws", function()
  local elsewhere = { -- what is no stage with a model of its own
    schedule = { "min_len", "max_len", "sequential", "on", "timeout", "progress" },
    operator = { "p + q", "p & q", "xs > 0" },
    other = { "filter_map", "for_each" }, -- which want kernels of a host's: the C tests have them
    runs = { "start" }, -- any terminal
  }

  it("is every adaptor and every terminal", function()
    local model = require "generate.model"(require "api")
    local terminals, known = require "spec.lua.oracle.terminals", {}
    for _, name in ipairs(require("spec.lua.oracle.draw_stages").names) do known[name] = true end
    for _, names in pairs(elsewhere) do
      for _, name in ipairs(names) do known[name] = true end
    end
    local found = 0
    for _, entry in ipairs(model.entries) do
      local name = entry.bare or entry.name
      if entry.owner == "Pipeline" and entry.section.title ~= "Asking" then
        assert(known[name] or terminals[name], name .. " is in no random oracle of Lua: see spec/README.md")
        found = found + 1
      end
    end
    assert.is_true(found > 50)
  end)
end)
