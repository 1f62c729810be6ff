-- What an element and a small pipeline may cost, as ratios to plain Lua within one run: the best of several, so that a
-- busy machine does not decide. The limits leave room for slower machines; spec/bench/small.lua has the figures.

local tine = require "tine"

local ROUNDS, ATTEMPTS = 7, 12

-- The best of several rounds, in seconds.
local function best(fn, ...)
  local least = math.huge
  for _ = 1, ROUNDS do
    local start = os.clock()
    fn(...)
    least = math.min(least, os.clock() - start)
  end
  return least
end

-- The lowest ratio of the times of two functions in a few attempts; stops as soon as it is low enough.
local function ratio(limit, ours, theirs)
  local least = math.huge
  for _ = 1, ATTEMPTS do
    least = math.min(least, best(ours) / best(theirs))
    if least <= limit then break end
  end
  return least
end

local function within(limit, ours, theirs)
  local found = ratio(limit, ours, theirs)
  assert.is_true(found <= limit, ("%.1f times"):format(found))
end

-- In a process of its own, where no other spec has left anything: prints the two ratios.
local ELEMENTS = [[
  local tine = require "tine"
  local N, least = 200000, { math.huge, math.huge }
  local array, plain = tine.full("f64", N, 1), {}
  for i = 1, N do plain[i] = 1.0 end
  local function read(t)
    local sum = 0.0
    for i = 1, N do sum = sum + t[i] end
    return sum
  end
  local function iterate()
    local sum = 0.0
    for x in array:iter() do sum = sum + x end
    return sum
  end
  local function best(fn, ...)
    local time = math.huge
    for _ = 1, 7 do
      local start = os.clock()
      fn(...)
      time = math.min(time, os.clock() - start)
    end
    return time
  end
  for _ = 1, 12 do
    local index = best(read, array)
    least = { math.min(least[1], index / best(read, plain)), math.min(least[2], best(iterate) / index) }
    if least[1] <= 5 and least[2] <= 1.2 then break end
  end
  print(least[1], least[2])]]

describe("an element #slow", function()
  local lua = os.getenv "TINE_LUA" or "lua5.4"
  local pipe = assert(io.popen(("%s -e '%s' 2>&1"):format(lua, ELEMENTS)))
  local output = pipe:read "a"
  pipe:close()
  local index, iter = output:match "^(%S+)%s+(%S+)"

  it("is read in at most five times the time of a table read", function()
    assert.is_true(assert(tonumber(index), output) <= 5, output)
  end)

  it("is iterated over in at most 1.2 times the time of reading it by its index", function()
    assert.is_true(assert(tonumber(iter), output) <= 1.2, output)
  end)
end)

describe("a dot product #slow", function()
  local CALLS = 2000

  -- The whole expression, its pipeline built each time, beside a loop over tables of 200 items.
  local function measure(n)
    local xs, ys = tine.linspace(0, 1, n), tine.linspace(1, 2, n)
    local us, vs = tine.linspace(0, 1, 200):totable(), tine.linspace(1, 2, 200):totable()
    within(1, function()
      for _ = 1, CALLS do xs:zip(ys):map("mul"):sum() end
    end, function()
      for _ = 1, CALLS do
        local sum = 0.0
        for i = 1, 200 do sum = sum + us[i] * vs[i] end
      end
    end)
  end

  it("of ten items takes less than Lua takes for 200", function() measure(10) end)
  it("of a thousand items takes less than Lua takes for 200", function() measure(1000) end)
end)
