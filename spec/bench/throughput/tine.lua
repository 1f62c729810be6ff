-- tine in the throughput benchmarks, as scripts use it: each run is the whole expression, from the arrays on, with a
-- pipeline built for it. Arguments, items and what is printed are those of harness.h ("--once" in front: each is run
-- but once, for the sake of the checks). A workload that fails is reported in place of its time, and the others go on.

local tine = require "tine"

local GOLDEN <const>, MIX <const> = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93

-- mixed(first), mixed(first + step) ... as an array of i64.
local function mixed(n, first, step)
  if n == 0 then return tine.zeros("i64", 0) end
  local z = (tine.range(first + 1, first + 1 + (n - 1) * step, step) * GOLDEN):collect()
  z = ((z ~ (z >> 32)) * MIX):collect()
  return (z ~ (z >> 32)):collect()
end

local function uniform(n, odd) return ((mixed(n, odd, 2) >> 11) * 2.0 ^ -53):collect() end

local function ends_and_middle(a)
  local n = #a
  return n > 0 and a[1] + a[n // 2 + 1] + a[n] or 0
end

-- Each has `run`, which returns the check, and perhaps `before`, which is not measured.
local workloads = {}

workloads.dot = { run = function(b) return b.x:zip(b.y):map("mul"):sum() end }

workloads.sum = { run = function(b) return b.x:sum() end }

workloads.chain = {
  run = function(b)
    local x, y = b.x, b.y
    return ((x * x + y * y):map("sqrt") * 0.5 + 1):sum()
  end,
}

workloads.chain_f32 = {
  run = function(b)
    local x, y = b.xf, b.yf
    return ((x * x + y * y):map("sqrt") * 0.5 + 1):sum()
  end,
}

workloads.choose = { run = function(b) return b.a:zip(b.b):map("where(x > y, 3*x - y, y + 1)"):sum() end }

workloads.filter = { run = function(b) return b.x:filter("gt", 0.5):sum() end }

workloads.exp = {
  run = function(b)
    (-(b.x * b.x)):map("exp"):collect_into(b.out)
    return ends_and_middle(b.out)
  end,
}

workloads.exp_new = {
  run = function(b)
    local made <close> = (-(b.x * b.x)):map("exp"):collect()
    return ends_and_middle(made)
  end,
}

-- The outer two of each three neighbours, added, and twice the one between them.
workloads.windows = {
  run = function(b)
    local out = b.out:sub(1, -3)
    local sides = b.x:windows(3):extend({ 1, 3 }, "add")
    sides:extend({ 2 }, "mul", 2.0):select(4, 5):map("add"):map("mul", 0.25):collect_into(out)
    return ends_and_middle(out)
  end,
}

workloads.add_new = {
  run = function(b)
    local made <close> = (b.x + 1):collect()
    return ends_and_middle(made)
  end,
}

-- An image of so many pixels a row, flattened. Columns first: rows side by side are views of one array, shifted by a
-- row; then rows, by windows.
workloads.convolution = {
  run = function(b)
    local x, n, width = b.x, b.n, math.tointeger(b.n ^ 0.5 // 1)
    local out = b.out:sub(1, n - 2 * width - 2)
    local columns = x:sub(1, n - 2 * width) + x:sub(2 * width + 1, n) + x:sub(width + 1, n - width) * 2.0
    local sides = columns:windows(3):extend({ 1, 3 }, "add")
    sides:extend({ 2 }, "mul", 2.0):select(4, 5):map("add"):map("mul", 1 / 16):collect_into(out)
    return ends_and_middle(out)
  end,
}

workloads.scan = {
  run = function(b)
    local made <close> = b.x:scan("add")
    return ends_and_middle(made)
  end,
}

local one_to_hundred = tine.range(1, 100)

workloads.histogram = {
  run = function(b)
    local bins <close> = b.x:histogram(0, 1, 100)
    return bins:zip(one_to_hundred):map("mul"):sum()
  end,
}

workloads.count_by = {
  run = function(b)
    local keys, counts = b.keys:count_by()
    return #keys + counts[1]
  end,
}

workloads.flat_map = {
  run = function(b)
    local n = b.n // 10
    local made <close> = b.x:sub(1, n):zip(b.copies:sub(1, n)):flat_map("repeat"):collect()
    return #made + ends_and_middle(made)
  end,
}

workloads.sort = {
  before = function(b) b.x:collect_into(b.out) end,
  run = function(b)
    b.out:sort()
    return ends_and_middle(b.out)
  end,
}

workloads.sort_u32 = {
  before = function(b) b.words:collect_into(b.sorted_words) end,
  run = function(b)
    b.sorted_words:sort()
    return ends_and_middle(b.sorted_words)
  end,
}

-- The largest memory this process ever had, in bytes.
local function peak()
  local status <close> = assert(io.open "/proc/self/status")
  return 1024 * tonumber(status:read("a"):match "VmHWM:%s*(%d+)")
end

-- Seconds of one run, of so many in a row, and the check; what happens before a run is left out.
local function timed(w, b, calls)
  local start, seconds, check = tine.clock(), 0, nil
  if not w.before then
    for _ = 1, calls do check = w.run(b) end
    return (tine.clock() - start) / calls, check
  end
  for _ = 1, calls do
    w.before(b)
    start = tine.clock()
    check = w.run(b)
    seconds = seconds + tine.clock() - start
  end
  return seconds / calls, check
end

local function shortest(w, b)
  local once, check = timed(w, b, 1)
  if arg[1] == "--once" then return once, check end
  if once < 0.1 then once = timed(w, b, 1) end
  local calls = once < 1e-3 and 1e-3 // (once + 1e-9) + 1 or 1
  local least, total, batch = math.huge, 0, 0
  while total < (batch < 3 and 0.1 or 0.02) do
    local seconds = timed(w, b, calls)
    total, batch, least = total + seconds * calls, batch + 1, math.min(least, seconds)
  end
  return least, check
end

-- Bytes this process grew by, at most, in one run, by those of what the run made.
local function memory(w, b)
  local before = peak()
  local check = w.run(b)
  return (peak() - before) / (8 * (check // 1)), check
end

local wanted, longest = {}, {}
for k = arg[1] == "--once" and 2 or 1, #arg do
  local name, n = arg[k]:match "^(.+):(%d+)$"
  n = assert(math.tointeger(n), "usage: [--once] WORKLOAD:N ...")
  wanted[#wanted + 1] = { name = name, n = n }
  longest[name] = math.max(longest[name] or 0, n)
end

local function most(...)
  local n = 0
  for _, name in ipairs { ... } do n = math.max(n, longest[name] or 0) end
  return n
end

local items = most("dot", "sum", "chain", "exp", "exp_new", "add_new", "filter", "windows", "convolution",
  "scan", "histogram", "flat_map", "flat_map_memory", "sort")
local words, keys, copies = most "sort_u32", most "count_by", most("flat_map", "flat_map_memory")
local singles, integers = most "chain_f32", most "choose"
local columns = {
  xf = uniform(singles, 0):collect "f32",
  yf = uniform(singles, 1):collect "f32",
  a = (mixed(integers, 0, 2) >> 44):collect(),
  b = (mixed(integers, 1, 2) >> 44):collect(),
  x = uniform(items, 0),
  y = uniform(most("dot", "chain"), 1),
  out = tine.zeros("f64", most("exp", "windows", "convolution", "sort")),
  words = (mixed(words, 0, 1) >> 32):collect "u32",
  sorted_words = tine.zeros("u32", words),
  keys = ((mixed(keys, 0, 1) >> 11) % 1000 * 1000003):collect(),
  copies = ((tine.range(1, copies) - 1) % 21):collect(),
}

for _, w in ipairs(wanted) do
  local b = { n = w.n }
  for name, column in pairs(columns) do b[name] = column:sub(1, w.n) end
  local measure, workload = shortest, workloads[w.name]
  if w.name == "flat_map_memory" then measure, workload = memory, workloads.flat_map end
  local done, result, check = pcall(measure, assert(workload, "no such workload"), b)
  if done then
    print(("%s %d %.12f %.17g"):format(w.name, w.n, result, check))
  else
    print(("%s %d failed: %s"):format(w.name, w.n, result))
  end
  io.stdout:flush()
end
