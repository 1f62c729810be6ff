-- Fork and join: tine beside its peers, as one Markdown table. This machine's clock and its other guests make times of
-- different minutes useless for comparison, so the programs run in turns: each round runs every program once, and what
-- counts is the best of all rounds (or the median, where the table says so). Ratios are tine's time by the other's.
--
--   make bench        or       TINE_BUILD=build lua5.4 spec/bench/pool.lua [--quick]
--
-- Each program takes a workload, its size, a number of threads and one of repetitions, and prints a number for each
-- repetition. pool.c says what the workloads are. A peer that was not built is left out, with a word on how to get it.

local folder = (os.getenv "TINE_BUILD" or "build") .. "/bench/"
local quick = arg[1] == "--quick"
local ROUNDS = quick and 2 or 9
local FIB, TREE = quick and 34 or 38, quick and 22 or 24

-- ===== Programs and what they measure =====

-- The bytes of a program; nil if it was not built.
local function program_bytes(program)
  local file <close> = io.open(folder .. program.file, "rb")
  return file and file:read "a"
end

local tine = { file = "pool", name = "tine" }
local openmp = { file = "pool_openmp", name = "OpenMP", get = "apt-get install gcc, or libomp-dev for clang" }
local tbb = { file = "pool_tbb", name = "oneTBB", get = "apt-get install libtbb-dev" }
local openmp_fast = { file = "pool_openmp_fast", name = "OpenMP, simd and fast-math", get = openmp.get }
local tbb_fast = { file = "pool_tbb_fast", name = "oneTBB, fast-math", get = tbb.get }
local rayon = { file = "pool_rayon", name = "Rayon", get = "apt-get install cargo librust-rayon-dev" }
local peers = { openmp, tbb, openmp_fast, tbb_fast, rayon }

local measures = {}

-- `rounds`: in how many of the rounds it takes part, all unless given.
local function measure(program, workload, size, threads, repetitions, rounds)
  local m = {
    program = program, samples = {}, rounds = rounds or ROUNDS,
    command = ("'%s%s' %s %d %d %d"):format(folder, program.file, workload, size, threads, repetitions),
  }
  measures[#measures + 1] = m
  return m
end

local function sample(m)
  local pipe = assert(io.popen(m.command))
  for line in pipe:lines() do m.samples[#m.samples + 1] = assert(tonumber(line), line) end
  assert(pipe:close(), "failed: " .. m.command)
end

local function best(m) return math.min(table.unpack(m.samples)) end

local function median(m)
  local sorted = table.move(m.samples, 1, #m.samples, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

-- The fastest of several measures that were made; nil if none was.
local function fastest(list)
  local least
  for _, m in ipairs(list) do
    if m.samples[1] and (not least or best(m) < best(least)) then least = m end
  end
  return least
end

-- ===== Rows =====

local function rounded(x) return (x >= 100 and "%.0f" or x >= 10 and "%.1f" or "%.2f"):format(x) end

local function time(seconds)
  for _, unit in ipairs { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "us" } } do
    if seconds >= unit[1] then return rounded(seconds / unit[1]) .. " " .. unit[2] end
  end
  return rounded(seconds / 1e-9) .. " ns"
end

local function percent(part) return ("%.3f %%"):format(part * 100) end

local function verdict(value, target)
  return target == "none" and "-" or value <= target and "yes" or "no"
end

local rows = {}

-- The best time of tine by that of a peer, the fastest if there are several. `label`: what to call it.
local function against(work, ours, theirs, target, label)
  rows[#rows + 1] = function()
    local peer = fastest(theirs)
    if not peer then return { work, time(best(ours)), "not measured", "-", target, "-" } end
    local ratio = best(ours) / best(peer)
    return {
      work, time(best(ours)), (label or peer.program.name) .. " " .. time(best(peer)),
      ("%.3f"):format(ratio), target, verdict(ratio, target),
    }
  end
end

-- A number of tine's own, given by `figure` (median, math.max ...) and shown by `show`, and its limit.
local function within(work, ours, figure, show, limit, with_best)
  rows[#rows + 1] = function()
    local value = figure(ours)
    local shown = show(value) .. (with_best and (" (best %s)"):format(show(best(ours))) or "")
    return { work, shown, "-", "-", show(limit), verdict(value, limit) }
  end
end

local function worst(m) return math.max(table.unpack(m.samples)) end

do
  local repetitions = quick and 4 or 2
  local plain = measure(tine, "plain_fib", FIB, 1, repetitions)
  local one = measure(tine, "fib", FIB, 1, repetitions)
  local two = measure(tine, "fib", FIB, 2, repetitions)
  local sixteen = measure(tine, "fib", FIB, 16, repetitions)
  local name = ("fib(%d), a fork at every call, "):format(FIB)
  against(name .. "1 thread", one, { plain }, 1.35, "plain calls")
  against(name .. "2 threads", two, { one }, 0.55, "1 thread")
  against(name .. "16 threads", sixteen, { two }, 1.5, "2 threads")
end

do
  local repetitions = quick and 4 or 3
  local plain = measure(tine, "plain_tree", TREE, 1, repetitions)
  local one = measure(tine, "tree", TREE, 1, repetitions)
  local rayon_one = measure(rayon, "tree", TREE, 1, repetitions)
  local two = measure(tine, "tree", TREE, 2, repetitions)
  local rayon_two = measure(rayon, "tree", TREE, 2, repetitions)
  local name = ("sum over a tree of %.1f M nodes, "):format(2 ^ TREE / 1e6)
  against(name .. "1 thread", one, { plain }, 1.25, "plain calls")
  against(name .. "1 thread", one, { rayon_one }, 0.35)
  against(name .. "2 threads", two, { rayon_two }, 0.35)
end

do
  local one = measure(tine, "fib", 30, 1, 5)
  local openmp_one = measure(openmp, "fib", 30, 1, 2)
  local tbb_one = measure(tbb, "fib", 30, 1, 2)
  against("fib(30), 1 thread", one, { openmp_one }, 0.06, "OpenMP tasks")
  against("fib(30), 1 thread", one, { tbb_one }, 0.04, "oneTBB task_group")
end

do
  local ours, theirs = measure(tine, "empty", 0, 2, 5), measure(openmp, "empty", 0, 2, 5)
  against("an empty run, pool of 2", ours, { theirs }, 0.25, "OpenMP parallel")
end

do
  local ours, loop = measure(tine, "sum", 1000, 2, 7), measure(tine, "plain_sum", 1000, 1, 7)
  against("sum of 1e3 f64, pool of 2", ours, { loop }, 1.15, "C loop")
end

do
  local ours = measure(tine, "sum", 100000, 2, 7)
  local theirs = { measure(openmp, "sum", 100000, 2, 7), measure(tbb, "sum", 100000, 2, 7) }
  against("sum of 1e5 f64, pool of 2", ours, theirs, 1.05)
  local lanes = { measure(openmp_fast, "sum", 100000, 2, 7), measure(tbb_fast, "sum", 100000, 2, 7) }
  against("sum of 1e5 f64, pool of 2", ours, lanes, "none")
end

do
  local two, sequential = measure(tine, "tasks", 64, 2, 1), measure(tine, "plain_tasks", 64, 1, 1)
  against("64 tasks of 5 ms by a pipeline, 2 threads", two, { sequential }, 0.55, "C loop")
end

do
  local idle, hot = measure(tine, "coarse_idle", 1000, 2, 5), measure(tine, "coarse", 1000, 2, 10)
  within("join of two tasks of 1 ms after 50 ms of rest, median", idle, median, time, 1.1e-3, true)
  within("join of two tasks of 1 ms, one after the other, median", hot, median, time, 1.1e-3, true)
end

do
  local two, one = measure(tine, "tiny", 10, 2, 3), measure(tine, "tiny", 10, 1, 3)
  against("run of fib(10), back to back, pool of 2", two, { one }, 1.15, "pool of 1")
  local busy = measure(tine, "tiny_processors", 10, 2, 1, quick and 1 or 3)
  within("processors these runs keep busy, worst", busy, worst, rounded, 1.1)
  local idle = measure(tine, "idle", quick and 1000 or 3000, 2, 1, 1)
  within("processor time of an idle pool of 2", idle, worst, percent, 0.001)
end

-- ===== The run =====

assert(program_bytes(tine), folder .. tine.file .. " is missing: make bench builds it")
for _, peer in ipairs(peers) do peer.missing = not program_bytes(peer) end

for round = 1, ROUNDS do
  io.stderr:write(("fork-join benchmarks: round %d of %d\n"):format(round, ROUNDS))
  for _, m in ipairs(measures) do
    if round <= m.rounds and not m.program.missing then sample(m) end
  end
end

local met, judged = 0, 0
print "| work | tine | other | ratio | target | met |"
print "|---|--:|--:|--:|--:|---|"
for _, row in ipairs(rows) do
  local cells = row()
  judged = judged + (cells[6] ~= "-" and 1 or 0)
  met = met + (cells[6] == "yes" and 1 or 0)
  print("| " .. table.concat(cells, " | ") .. " |")
end
print(("\n%d of %d targets met; best of %d rounds in turns%s."):format(
  met, judged, ROUNDS, quick and ", too few to be quoted" or ""))
print "tine and plain C: -O2. OpenMP and oneTBB: -O3 -march=native, with -ffast-math where it says so."
if not rayon.missing then
  -- The compiler matters: 1.63 makes an mfence of the fence in each join, which takes five times as long as 1.95 takes.
  print(("Rayon: release build by rustc %s."):format(program_bytes(rayon):match "rustc version ([%w.]+)" or "?"))
end
for _, peer in ipairs(peers) do
  if peer.missing then print(("not measured: %s (%s)"):format(peer.name, peer.get)) end
end
