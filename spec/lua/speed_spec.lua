-- Reading an element and adding it up costs at most five times what it costs with a table. A ratio within one run, the
-- best of several, so that a busy machine does not decide.

local tine = require "tine"

local N, ROUNDS, ATTEMPTS = 500000, 7, 3

local function read(t, n)
  local sum = 0.0
  for i = 1, n do sum = sum + t[i] end
  return sum
end

-- The best of several rounds, in seconds.
local function best(fn, t)
  local least = math.huge
  for _ = 1, ROUNDS do
    local start = os.clock()
    fn(t, N)
    least = math.min(least, os.clock() - start)
  end
  return least
end

-- The lowest ratio of array to table in a few attempts; stops as soon as it is low enough.
local function ratio(fn, limit)
  local least = math.huge
  for _ = 1, ATTEMPTS do
    local array, plain = tine.full("f64", N, 1), {}
    for i = 1, N do plain[i] = 1.0 end
    least = math.min(least, best(fn, array) / best(fn, plain))
    if least <= limit then break end
  end
  return least
end

describe("an element #slow", function()
  it("is read in at most five times the time of a table read", function()
    local found = ratio(read, 5)
    assert.is_true(found <= 5, ("%.1f times"):format(found))
  end)
end)
