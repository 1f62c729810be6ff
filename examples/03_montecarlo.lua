-- One idea: random numbers computed from a counter are the same however many threads compute them. Here: pi, as the
-- share of random points in the unit square that lie within the quarter circle.
--
--   lua5.4 examples/03_montecarlo.lua [points]
--
-- The generator is splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) with David
-- Stafford's mixing function. Its i-th number depends on the seed and on i, and on nothing else.

local tine = require "tine"

local n = math.tointeger(tonumber(arg[1] or 10000000)) or error("the number of points must be an integer", 0)

-- z = (z ~ (z >> shift)) * factor, in place: item i is read before item i is written, so an array may be both.
local function scramble(z, shift, factor)
  ((z ~ (z >> shift)) * factor):collect_into(z)
end

-- n floats in [0, 1), each from the upper 53 bits of a random integer.
local function uniform(seed)
  local z <close> = (tine.range(1, n) * 0x9E3779B97F4A7C15 + seed):collect()
  scramble(z, 30, 0xBF58476D1CE4E5B9)
  scramble(z, 27, 0x94D049BB133111EB)
  return (((z ~ (z >> 31)) >> 11) * 2.0 ^ -53):collect()
end

-- How many of n points lie within. A bool column counts: its sum is the number of items that are true.
local function hits(seed_x, seed_y)
  local x <close> = uniform(seed_x)
  local y <close> = uniform(seed_y)
  return (x * x + y * y):map("le", 1.0):sum()
end

local found
for _, threads in ipairs { 1, tine.threads() } do
  local pool <close> = tine.pool { threads = threads }
  local start = tine.clock()
  local inside = pool:install(hits, 1, 2)
  print(("%2d thread%s  %d of %d points  pi is about %.6f  %8.3f ms"):format(
    threads, threads == 1 and " " or "s", inside, n, 4 * inside / n, (tine.clock() - start) * 1e3))
  assert(inside == (found or inside), "the number of threads changed the result")
  found = inside
end
