-- Plain loops in the throughput benchmarks, for LuaJIT (on C arrays) and for Lua 5.4 (on tables). Arguments, items and
-- what is printed are those of harness.h; "--once" in front of them: each is run but once, for the sake of the checks.

local has_ffi, ffi = pcall(require, "ffi")

-- n numbers, counted from 0.
local function column(n) return has_ffi and ffi.new("double[?]", n) or {} end

-- mixed(k) >> 11, a float. Each has its own way to write 64-bit integers, which the other cannot even parse.
local top_bits = load(has_ffi and [[
  local bxor, rshift = require "bit".bxor, require "bit".rshift
  return function(k)
    local z = (k + 1ULL) * 0x9E3779B97F4A7C15ULL
    z = bxor(z, rshift(z, 32)) * 0xD6E8FEB86659FD93ULL
    return tonumber(rshift(bxor(z, rshift(z, 32)), 11))
  end
]] or [[
  return function(k)
    local z = (k + 1) * 0x9E3779B97F4A7C15
    z = (z ~ (z >> 32)) * 0xD6E8FEB86659FD93
    return ((z ~ (z >> 32)) >> 11) + 0.0
  end
]])()

local function uniform(n, odd)
  local x = column(n)
  for i = 0, n - 1 do x[i] = top_bits(2 * i + odd) * 2 ^ -53 end
  return x
end

local function ends_and_middle(x, n) return n > 0 and x[0] + x[math.floor(n / 2)] + x[n - 1] or 0 end

local sqrt, exp, floor = math.sqrt, math.exp, math.floor

local workloads = {}

function workloads.dot(b)
  local x, y, s = b.x, b.y, 0.0
  for i = 0, b.n - 1 do s = s + x[i] * y[i] end
  return s
end

function workloads.sum(b)
  local x, s = b.x, 0.0
  for i = 0, b.n - 1 do s = s + x[i] end
  return s
end

function workloads.chain(b)
  local x, y, s = b.x, b.y, 0.0
  for i = 0, b.n - 1 do s = s + sqrt(x[i] * x[i] + y[i] * y[i]) * 0.5 + 1 end
  return s
end

function workloads.exp(b)
  local x, out = b.x, b.out
  for i = 0, b.n - 1 do out[i] = exp(-x[i] * x[i]) end
  return ends_and_middle(out, b.n)
end

function workloads.filter(b)
  local x, s = b.x, 0.0
  for i = 0, b.n - 1 do
    if x[i] > 0.5 then s = s + x[i] end
  end
  return s
end

function workloads.windows(b)
  local x, out = b.x, b.out
  for i = 0, b.n - 3 do out[i] = (x[i] + x[i + 2] + 2 * x[i + 1]) * 0.25 end
  return ends_and_middle(out, b.n - 2)
end

function workloads.exp_new(b)
  local x, out = b.x, column(b.n)
  for i = 0, b.n - 1 do out[i] = exp(-x[i] * x[i]) end
  return ends_and_middle(out, b.n)
end

function workloads.add_new(b)
  local x, out = b.x, column(b.n)
  for i = 0, b.n - 1 do out[i] = x[i] + 1 end
  return ends_and_middle(out, b.n)
end

function workloads.convolution(b)
  local x, out, width = b.x, b.out, floor(sqrt(b.n))
  local last = b.n - 2 * width - 3
  local function column_at(i) return x[i] + x[i + 2 * width] + 2 * x[i + width] end
  for i = 0, last do out[i] = (column_at(i) + column_at(i + 2) + 2 * column_at(i + 1)) / 16 end
  return ends_and_middle(out, last + 1)
end

function workloads.scan(b)
  local x, out, s = b.x, column(b.n), 0.0
  for i = 0, b.n - 1 do
    s = s + x[i]
    out[i] = s
  end
  return ends_and_middle(out, b.n)
end

function workloads.histogram(b)
  local x, bins, check = b.x, column(101), 0
  for k = 0, 100 do bins[k] = 0 end
  for i = 0, b.n - 1 do
    local k = floor(x[i] * 100)
    bins[k] = bins[k] + 1
  end
  for k = 0, 100 do check = check + (math.min(k, 99) + 1) * bins[k] end
  return check
end

function workloads.flat_map(b)
  local out, n = column(b.n), 0
  for i = 0, floor(b.n / 10) - 1 do
    for _ = 1, i % 21 do
      out[n] = b.x[i]
      n = n + 1
    end
  end
  return n + ends_and_middle(out, n)
end

function workloads.count_by(b)
  local counts, different = {}, 0
  for i = 0, b.n - 1 do
    local key = b.keys[i]
    if not counts[key] then counts[key], different = 0, different + 1 end
    counts[key] = counts[key] + 1
  end
  return different + counts[b.keys[0]]
end

-- Not measured, before each run: table.sort wants tables that count from 1.
local before = {}

function before.sort(b)
  b.sorted = {}
  for i = 1, b.n do b.sorted[i] = b.x[i - 1] end
end

function workloads.sort(b)
  local t = b.sorted
  table.sort(t)
  return t[1] + t[floor(b.n / 2) + 1] + t[b.n]
end

function before.sort_u32(b)
  b.sorted = {}
  for i = 1, b.n do b.sorted[i] = b.words[i - 1] end
end

workloads.sort_u32 = workloads.sort

function workloads.mandelbrot(b)
  local side, steps = floor(sqrt(b.n)), 0
  for row = 0, side - 1 do
    local cy = -1.5 + 3 * row / side
    for j = 0, side - 1 do
      local cx, x, y, k = -2 + 3 * j / side, 0.0, 0.0, 0
      while k < 100 and x * x + y * y <= 4 do
        x, y, k = x * x - y * y + cx, 2 * x * y + cy, k + 1
      end
      steps = steps + k
    end
  end
  return steps
end

-- Monotonic seconds; Lua 5.4 has but those its processor was busy for, the same as long as nobody disturbs.
local now = os.clock
if has_ffi then
  ffi.cdef "typedef struct { long s, ns; } plain_time; int clock_gettime(int, plain_time *);"
  local t, MONOTONIC = ffi.new "plain_time", 1
  now = function()
    ffi.C.clock_gettime(MONOTONIC, t)
    return tonumber(t.s) + 1e-9 * tonumber(t.ns)
  end
end

-- Seconds of one run, of so many in a row, and the check; what happens before a run is left out.
local function timed(name, b, calls)
  local fn, prepare, start = workloads[name], before[name], now()
  local seconds, check = 0, nil
  if not prepare then
    for _ = 1, calls do check = fn(b) end
    return (now() - start) / calls, check
  end
  for _ = 1, calls do
    prepare(b)
    start = now()
    check = fn(b)
    seconds = seconds + now() - start
  end
  return seconds / calls, check
end

local function shortest(name, b)
  local once, check = timed(name, b, 1)
  if arg[1] == "--once" then return once, check end
  if once < 0.1 then once = timed(name, b, 1) end
  local calls = once < 1e-3 and floor(1e-3 / (once + 1e-9)) + 1 or 1
  local least, total, batch = math.huge, 0, 0
  while total < (batch < 3 and 0.1 or 0.02) do
    local seconds = timed(name, b, calls)
    total, batch, least = total + seconds * calls, batch + 1, math.min(least, seconds)
  end
  return least, check
end

local wanted, longest = {}, {}
for k = arg[1] == "--once" and 2 or 1, #arg do
  local name, n = arg[k]:match "^(.+):(%d+)$"
  n = assert(tonumber(n), "usage: [--once] WORKLOAD:N ...")
  wanted[#wanted + 1] = { name = name, n = n }
  longest[name] = math.max(longest[name] or 0, n)
end

local function most(...)
  local n = 0
  for _, name in ipairs { ... } do n = math.max(n, longest[name] or 0) end
  return n
end

local x = uniform(most("dot", "sum", "chain", "exp", "exp_new", "add_new", "filter", "windows", "convolution", "scan",
  "histogram", "flat_map", "sort"), 0)
local y = uniform(most("dot", "chain"), 1)
local out = column(most("exp", "windows", "convolution"))
local keys, words = {}, {}
for i = 0, most("count_by") - 1 do keys[i] = top_bits(i) % 1000 * 1000003 end
for i = 0, most("sort_u32") - 1 do words[i] = floor(top_bits(i) / 2 ^ 21) end
for _, w in ipairs(wanted) do
  local b = { n = w.n, x = x, y = y, out = out, keys = keys, words = words }
  assert(workloads[w.name], "no such workload")
  print(("%s %d %.12f %.17g"):format(w.name, w.n, shortest(w.name, b)))
end
