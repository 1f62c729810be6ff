-- What an element and a small pipeline may cost, as ratios to plain Lua within one run: the best of several, so that a
-- busy machine does not decide. The limits leave room for slower machines; spec/bench/small.lua has the figures.

local tine = require "tine"

local N, ROUNDS, ATTEMPTS = 500000, 7, 3

local function read(t, n)
  local sum = 0.0
  for i = 1, n do sum = sum + t[i] end
  return sum
end

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

describe("an element #slow", function()
  local array, plain = tine.full("f64", N, 1), {}
  for i = 1, N do plain[i] = 1.0 end

  it("is read in at most five times the time of a table read", function()
    within(5, function() read(array, N) end, function() read(plain, N) end)
  end)

  it("is iterated over in at most 1.2 times the time of reading it by its index", function()
    within(1.2, function()
      local sum = 0.0
      for x in array:iter() do sum = sum + x end
      return sum
    end, function() read(array, N) end)
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
