-- Throughput: the operations of tine beside the same work by its peers, over sizes from ten items to millions. Two
-- Markdown tables, of the targets and of all that was measured, are printed and written to throughput.md in the build
-- folder's bench; a chart for each workload lies in the folder throughput beside it.
--
--   make bench        or       TINE_BUILD=build LUA_CPATH="./build/?.so;;" lua5.4 spec/bench/throughput.lua [--quick]
--   make bench-readme writes what was found last into README.md and spec/bench/README.md: throughput.lua --readme;
--                     --check looks whether the sections there are of that form.
--
-- This machine's clock and its other guests make times of different minutes useless for comparison, so the contestants
-- run in turns: each round starts every one of them for every group of workloads, and what counts is the best of all
-- rounds. Each prints a check with its times: all must agree that they did the same work. A peer that is not installed
-- is left out, with a word on how to get it. throughput/workloads.lua says what is measured.

local build = os.getenv "TINE_BUILD" or "build"
local quick = arg[1] == "--quick"
local ROUNDS = quick and 2 or 7
local TOLERANCE <const> = 5e-3 -- between checks: fast-math moves some points of the Mandelbrot set's border

local here = arg[0]:match "^(.*)/" .. "/throughput/"
local chart = dofile(here .. "chart.lua")
local plan = loadfile(here .. "workloads.lua")(quick, build .. "/bench")

-- ===== The sections of READMEs =====

local found_file = build .. "/bench/throughput.tsv" -- "rounds" and their number, then contestant, workload, n, value

local function found_last()
  local values, file <close> = {}, assert(io.open(found_file), "there are no results: make bench")
  local rounds = math.tointeger(tonumber(file:read "l":match "^rounds\t(%d+)$"))
  for line in file:lines() do
    local key, value = line:match "^(.*)\t([^\t]+)$"
    values[key] = tonumber(value)
  end
  return { rounds = rounds, best = function(id, work, n) return values[("%s\t%s\t%d"):format(id, work, n)] end }
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

if arg[1] == "--readme" or arg[1] == "--check" then
  local readme = dofile(here .. "readme.lua")
  for _, section in ipairs(readme.sections) do
    local file <close> = assert(io.open(section.path))
    local whole = file:read "a"
    local from, to = assert(whole:find(readme.first, 1, true)), select(2, whole:find(readme.last, 1, true))
    if arg[1] == "--check" then
      readme.check(plan, section, whole:sub(from, to))
    else
      write(section.path, whole:sub(1, from - 1) .. section.write(plan, found_last()) .. whole:sub(to + 1))
    end
  end
  os.exit(true)
end

-- ===== Contestants =====

local contestants, missing, failures = {}, {}, {}
for _, c in ipairs(plan.contestants) do
  c.missing = not os.execute(c.needs)
  c.best = {} -- [workload][n]: the least of what was printed
  contestants[c.id] = c
  if c.missing then missing[#missing + 1] = ("not measured: %s (%s)"):format(c.name, c.get) end
end

-- ===== Measuring =====

local checks = {} -- what the first to do it found, by "workload n"

-- Says once for each workload what went wrong, not for each size and round.
local function failed(c, text)
  local key = c.name .. ": " .. text:match "^%S+"
  if not failures[key] then failures[key], failures[#failures + 1] = true, c.name .. ": " .. text end
end

local function take(c, line)
  local work, n, value, check = line:match "^(%S+) (%d+) (%S+) (%S+)$"
  value, check, n = tonumber(value), tonumber(check), tonumber(n)
  if not value or value <= 0 or not check then return failed(c, line) end
  local key = work .. " " .. n
  checks[key] = checks[key] or check
  if math.abs(check - checks[key]) > TOLERANCE * math.abs(checks[key]) then
    return failed(c, ("%s found %.17g, not %.17g"):format(key, check, checks[key]))
  end
  c.best[work] = c.best[work] or {}
  c.best[work][n] = math.min(value, c.best[work][n] or math.huge)
end

-- Runs one contestant for all it has to do in a group.
local function measure(c, group)
  local arguments = {}
  for _, w in ipairs(group) do
    for _, n in ipairs(w.takes_part[c.id] and w.sizes or {}) do
      if n <= (c.at_most or n) then arguments[#arguments + 1] = w.name .. ":" .. n end
    end
  end
  if c.missing or not arguments[1] then return end
  local command = c.command .. " " .. table.concat(arguments, " ")
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do take(c, line) end
  if not pipe:close() then failed(c, command .. " ended with an error") end
end

local groups = {}
for _, w in ipairs(plan.workloads) do
  w.takes_part, w.ours = {}, w.ours or "tine"
  for _, id in ipairs(w.by) do w.takes_part[id] = true end
  if not groups[w.group] then
    groups[w.group] = {}
    groups[#groups + 1] = groups[w.group]
  end
  table.insert(groups[w.group], w)
end

for round = 1, ROUNDS do
  for _, group in ipairs(groups) do
    io.stderr:write(("throughput benchmarks: round %d of %d, %s\n"):format(round, ROUNDS, group[1].group))
    for _, c in ipairs(plan.contestants) do measure(c, group) end
  end
end

-- ===== Tables =====

local function best(id, work, n) return contestants[id] and (contestants[id].best[work] or {})[n] end

local workload = {}
for _, w in ipairs(plan.workloads) do workload[w.name] = w end

local function digits(x) return (x >= 100 and "%.0f" or x >= 10 and "%.1f" or x >= 1 and "%.2f" or "%.3f"):format(x) end

local function size(n)
  local power = #tostring(n) - 1
  local factor = n / 10 ^ power
  return n < 1000 and tostring(n) or ("%ge%d"):format(factor, power)
end

-- Nanoseconds an item, or what else the workload measures.
local function shown(w, n, value)
  return w.unit and digits(value) .. " " .. w.unit or digits(value / n * 1e9)
end

local lines = {}
local function say(text, ...) lines[#lines + 1] = select("#", ...) > 0 and text:format(...) or text end

local met, judged = 0, 0

local function target_row(work, n, other, limit)
  local w = workload[work]
  local ours, theirs = best(w.ours, work, n), best(other, work, n)
  local ratio = ours and (w.unit and ours or theirs and ours / theirs)
  judged = judged + (ratio and 1 or 0)
  met = met + (ratio and ratio <= limit and 1 or 0)
  say("| %s | %s | %s | %s | %s | %s | %s |", work, size(n), ours and shown(w, n, ours) or "-",
    theirs and contestants[other].name .. " " .. shown(w, n, theirs) or w.unit and "-" or "not measured",
    ratio and ("%.3f"):format(ratio) or "-", limit, not ratio and "-" or ratio <= limit and "yes" or "no")
end

say "| target | n | tine, ns an item | other | ratio | at most | met |"
say "|---|--:|--:|--:|--:|--:|---|"
for _, t in ipairs(plan.targets) do target_row(table.unpack(t)) end
say("\n%d of %d targets met; best of %d rounds in turns%s. All use two threads, if they can.\n", met, judged, ROUNDS,
  quick and ", too few to be quoted" or "")

local columns = {}
for _, c in ipairs(plan.contestants) do
  if not c.missing then columns[#columns + 1] = c end
end

local function measured_row(w, n)
  local cells, ours = {}, best(w.ours, w.name, n)
  for k, c in ipairs(columns) do
    local value = best(c.id, w.name, n)
    cells[k] = value and shown(w, n, value) or "-"
    if value and ours and c.id ~= w.ours then cells[k] = ("%s (%.2f)"):format(cells[k], ours / value) end
  end
  say("| %s | %s | %s |", w.name, size(n), table.concat(cells, " | "))
end

local heads = {}
for k, c in ipairs(columns) do heads[k] = c.name end
say("| work | n | %s |", table.concat(heads, " | "))
say("|---|%s", ("--:|"):rep(#columns + 1))
for _, w in ipairs(plan.workloads) do
  for _, n in ipairs(w.sizes) do measured_row(w, n) end
end
say "\nNanoseconds an item and, in brackets, tine's time by that one's. Each run builds its pipeline; compiled peers"
say "are built with -O3 -march=native, with -ffast-math where it says so; tine's library with -O3 for any machine."
for _, w in ipairs(plan.workloads) do say("- %s: %s", w.name, w.what) end
for _, text in ipairs(missing) do say("%s", text) end
for _, text in ipairs(failures) do say("failed: %s", text) end

-- ===== Files =====

local found = { ("rounds\t%d\n"):format(ROUNDS) }
for _, w in ipairs(plan.workloads) do
  for _, c in ipairs(plan.contestants) do
    for _, n in ipairs(w.sizes) do
      local value = best(c.id, w.name, n)
      found[#found + 1] = value and ("%s\t%s\t%d\t%.12g\n"):format(c.id, w.name, n, value)
    end
  end
end
write(found_file, table.concat(found))

local charts = build .. "/bench/throughput"
assert(os.execute(("mkdir -p '%s'"):format(charts)))
for _, w in ipairs(plan.workloads) do
  local series = {}
  for k, c in ipairs(plan.contestants) do
    local points = {}
    for _, n in ipairs(w.sizes) do
      local seconds = best(c.id, w.name, n)
      if seconds then points[#points + 1] = { n, seconds / n * 1e9 } end
    end
    if points[1] then
      series[#series + 1] = { name = c.name, points = points, colour = k, ours = c.id:find "^tine" and true }
    end
  end
  if not w.unit and series[1] then
    write(("%s/%s.svg"):format(charts, w.name), chart(w.name .. ": " .. w.what, series))
  end
end

local text = table.concat(lines, "\n") .. "\n"
write(build .. "/bench/throughput.md", text)
io.write(text, ("written to %s/bench/throughput.md; charts in %s/\n"):format(build, charts))
os.exit(#failures == 0)
