-- Random functions of the language of kernels, run by Lua, by the evaluator of what is made of them, and by strips over
-- blocks of items, in every instruction set there is: values and errors are the same, to the bit and the line.
-- TINE_CASES says how many functions.

local draw = require "spec.lua.function_draw"
local helper = require "spec.lua.helper"
local built, probe = pcall(require, "probe_function")

after_each(helper.settle)

local CASES <const> = math.tointeger(os.getenv "TINE_CASES") or 2000
local RUNS <const>, STEPS <const> = 25, 400000

local captured = draw.captured()

local function by_evaluator(k, args, n)
  local got = table.pack(k(STEPS, table.unpack(args, 1, n)))
  if got[1] ~= nil then return table.pack(true, table.unpack(got, 1, got.n)) end
  if got[3] then return { false, "", "takes too long", n = 3 } end
  local line, message = got[2]:match "^f:(%d+): (.*)$"
  return { false, line, draw.plain(message), n = 3 }
end

local function same(want, got, results)
  if want[1] ~= got[1] or want.n ~= got.n then return false end
  for i = 2, want.n do
    local w = want[i]
    if not want[1] and i == 2 and w == "" then w = got[2] end -- Lua has no line where a C function compares
    if want[1] and results:sub(i - 1, i - 1) == "F" then w = w * 1.0 end -- what is mixed is a float
    if not helper.same(w, got[i]) then return false end
  end
  return true
end

local function compiled(source, types)
  local f = assert(load(source, "=f"))(table.unpack(captured))
  local k, results = probe.compile(f, types, string.dump(f))
  return f, k, results
end

-- The arguments with which the two differ; nil: with none of these.
local function differs(f, k, results, types, inputs)
  local runs = 0
  for _, args in ipairs(inputs) do
    local want = draw.by_lua(f, args, #types)
    if want then
      runs = runs + 1
      local got = by_evaluator(k, args, #types)
      if not same(want, got, results) then return args, want, got end
    end
  end
  return nil, runs
end

local function show(list)
  local t = {}
  for i = 1, list.n or #list do t[i] = helper.show(list[i]) end
  return table.concat(t, " ")
end

-- Over a block: what is wrong, or nil, how many items, and the first that fails.
local function by_strips(k, seed)
  local n, fails = probe.strips(k, seed, STEPS // 100, draw.floats, draw.integers)
  if not n then return fails end
  return nil, n, fails
end

local function report_strips(tree, types, seed)
  local function still(smaller)
    local ok, _, k = pcall(compiled, draw.text(smaller), types)
    return ok and k and by_strips(k, seed) ~= nil
  end
  local source = draw.text(draw.shrink(tree, still))
  local _, k = compiled(source, types)
  error(("%s\ntypes %s, by strips: %s"):format(source, types, by_strips(k, seed)), 0)
end

local function report(tree, types, inputs)
  local function still(smaller)
    local ok, f, k, results = pcall(compiled, draw.text(smaller), types)
    return ok and k and differs(f, k, results, types, inputs) ~= nil
  end
  local source = draw.text(draw.shrink(tree, still))
  local f, k, results = compiled(source, types)
  local args, want, got = differs(f, k, results, types, inputs)
  error(("%s\nof (%s), types %s\nLua:   %s\nhere:  %s"):format(source, show(args), types, show(want), show(got)), 0)
end

describe("a random function", function()
  it("gives what Lua gives, or fails as it does", helper.seeded(function(rng)
    if not built then return pending "the probe is built by make test" end
    local accepted, refused, runs, why, items, failures = 0, 0, 0, {}, 0, 0
    for _ = 1, CASES do
      local types, inputs = "", {}
      for _ = 1, rng:int(0, 3) do types = types .. rng:pick { "F", "I", "F", "I", "B" } end
      for i = 1, RUNS do
        inputs[i] = {}
        for p = 1, #types do inputs[i][p] = draw.value(rng, types:sub(p, p)) end
      end
      local letters = {}
      for letter in types:gmatch "." do letters[#letters + 1] = letter end
      local tree = draw.fn(rng, letters)
      local f, k, results = compiled(draw.text(tree), types)
      if k then
        accepted = accepted + 1
        local args, n = differs(f, k, results, types, inputs)
        if args then report(tree, types, inputs) end
        runs = runs + n
        local seed = rng:int(1, 1 << 30)
        local wrong, done, fails = by_strips(k, seed)
        if wrong then report_strips(tree, types, seed) end
        items = items + done
        if fails < done then failures = failures + 1 end
      else
        refused = refused + 1
        local key = results:gsub("^.-:%d+: ", ""):gsub("%d+", "n")
        why[key] = (why[key] or 0) + 1
      end
    end
    if os.getenv "TINE_VERBOSE" then
      print(("%d functions, %d refused, %d runs, %d items by strips, %d blocks that fail"):format(accepted, refused,
        runs, items, failures))
      for key, n in pairs(why) do print(n, key) end
    end
    assert(refused <= 0.15 * CASES, ("%d of %d are refused"):format(refused, CASES))
    assert(runs > CASES * RUNS / 4, "hardly any runs")
    assert(items > CASES * 100 and failures > CASES / 50, "hardly any items, or failures, by strips")
  end))

  it("would be shown as small as it can be", helper.seeded(function(rng)
    local tree = draw.fn(rng, { "I", "F" })
    table.insert(tree[4], 3, { "stat", "p1 = %s", { "num", "(%s + %s)", { "num", "(p1 // 5)" }, { "num", "77" } } })
    local text = draw.text(draw.shrink(tree, function(smaller)
      local source = draw.text(smaller)
      return load(source) and source:find("p1 // 5", 1, true) ~= nil
    end))
    local _, lines = text:gsub("\n", "")
    assert(lines <= 8 and text:find("p1 = (p1 // 5)", 1, true), text)
  end))
end)
