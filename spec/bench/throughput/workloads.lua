-- What the throughput benchmarks measure: who takes part, which workloads of which sizes there are, and what tine is
-- to reach. throughput.lua does the rest. Called with `quick` and the folder of programs that make has built.

local quick, programs = ...

-- ===== Contestants =====
-- `needs`: a shell command that succeeds where it can run; `get`: how to get it. All use two threads, if they can, but
-- for those named otherwise.

local here = arg[0]:match "^(.*)/" .. "/throughput/"
local lua = "'" .. arg[-1] .. "' "
local one, two = "TINE_NUM_THREADS=1 ", "TINE_NUM_THREADS=2 "
local peer = "OMP_NUM_THREADS=2 RAYON_NUM_THREADS=2 NUMEXPR_NUM_THREADS=2 "

local contestants = {}

local function contestant(id, name, command, needs, get)
  contestants[#contestants + 1] = { id = id, name = name, command = command, needs = needs, get = get }
  return contestants[#contestants]
end

-- A program that make has built, if it could.
local function compiled(id, name, environment, file, get)
  local program = ("'%s/throughput_%s'"):format(programs, file)
  contestant(id, name, environment .. program, "test -x " .. program, get)
end

-- A module of Python; of the interpreters that may have it, Debian's need not be the first in PATH.
local function python(id, name, get)
  for _, program in ipairs { "python3", "/usr/bin/python3" } do
    local needs = ("%s -c 'import %s' >/dev/null 2>&1"):format(program, id)
    if os.execute(needs) or program:find "/" then
      return contestant(id, name, ("%s%s %snumpy_peer.py %s"):format(peer, program, here, id), needs, get)
    end
  end
end

contestant("tine", "tine", two .. lua .. here .. "tine.lua", "true")
contestant("tine_one", "tine, 1 thread", one .. lua .. here .. "tine.lua", "true")
compiled("tine_c", "tine from C", two, "tine", "make bench")
compiled("tine_c_one", "tine from C, 1 thread", one, "tine", "make bench")
compiled("openmp_fast", "OpenMP, fast-math", peer, "openmp_fast", "apt-get install gcc, or libomp-dev for clang")
compiled("openmp", "OpenMP", peer, "openmp", "apt-get install gcc, or libomp-dev for clang")
compiled("tbb", "oneTBB", peer, "tbb", "apt-get install libtbb-dev")
compiled("rayon", "Rayon", peer, "rayon", "apt-get install cargo librust-rayon-dev")
python("numpy", "NumPy", "apt-get install python3-numpy")
python("numexpr", "numexpr", "apt-get install python3-numexpr")
contestant("luajit", "LuaJIT", "luajit " .. here .. "plain.lua", "command -v luajit >/dev/null",
  "apt-get install luajit")
contestant("lua", "Lua", lua .. here .. "plain.lua", "true").at_most = 1000000

-- ===== Workloads =====
-- Those of one group are measured in one process after the other of each contestant, and share their items. `ours`:
-- what ratios are of. `unit`: of what is measured, if it is not time.

local from_ten = quick and { 1000, 1000000, 20000000 } or { 10, 1000, 10000, 100000, 1000000, 20000000 }
local to_ten_million = quick and { 1000, 1000000 } or { 10, 1000, 10000, 100000, 1000000, 10000000, 20000000 }
local pixels = quick and { 10000, 160000 } or { 10, 1000, 10000, 100000, 160000, 1000000, 20000000 }

local function list(names)
  local l = {}
  for name in names:gmatch "%S+" do l[#l + 1] = name end
  return l
end

local workloads = {
  { name = "dot", what = "sum of x*y", group = "columns", sizes = from_ten,
    by = list "tine tine_c openmp_fast openmp tbb rayon numpy numexpr luajit lua" },
  { name = "sum", what = "sum of x", group = "columns", sizes = from_ten,
    by = list "tine tine_c openmp_fast openmp tbb rayon numpy numexpr luajit lua" },
  { name = "chain", what = "sum of sqrt(x*x + y*y)*0.5 + 1", group = "columns", sizes = from_ten,
    by = list "tine tine_one tine_c openmp_fast openmp tbb rayon numpy numexpr luajit lua" },
  { name = "chain_f32", what = "the same over f32, summed as f64", group = "columns", sizes = from_ten,
    by = list "tine openmp_fast openmp" },
  { name = "choose", what = "sum of 3*a - b where a > b, else of b + 1, over i64", group = "columns", sizes = from_ten,
    by = list "tine openmp_fast openmp" },
  { name = "exp", what = "exp(-x*x) into an array", group = "columns", sizes = from_ten,
    by = list "tine tine_one tine_c openmp_fast openmp tbb rayon numpy numexpr luajit lua" },
  { name = "exp_new", what = "exp(-x*x) into a new array", group = "columns", sizes = from_ten,
    by = list "tine openmp_fast openmp rayon numpy numexpr luajit lua" },
  { name = "add_new", what = "x + 1 into a new array", group = "columns", sizes = from_ten,
    by = list "tine openmp_fast openmp rayon numpy numexpr luajit lua" },
  { name = "filter", what = "sum of x > 0.5", group = "columns", sizes = from_ten,
    by = list "tine tine_c openmp_fast openmp tbb rayon numpy numexpr luajit lua" },
  { name = "windows", what = "(x[i-1] + 2*x[i] + x[i+1])/4 by windows of 3", group = "columns", sizes = from_ten,
    by = list "tine tine_c openmp_fast openmp tbb rayon numpy luajit lua" },
  { name = "convolution", what = "an image and 3x3 weights, 1 2 1 by 1 2 1: rows zipped, then windows of 3",
    group = "columns", sizes = from_ten, by = list "tine tine_c openmp_fast openmp tbb rayon numpy luajit lua" },
  { name = "scan", what = "prefix sums of x in a new array", group = "columns", sizes = from_ten,
    by = list "tine openmp_fast openmp tbb numpy luajit lua" },
  { name = "histogram", what = "x in 100 bins", group = "columns", sizes = from_ten,
    by = list "tine tine_one tine_c openmp_fast openmp tbb rayon numpy luajit lua" },
  { name = "flat_map", what = "x, 0 to 20 times each, n in all, in a new array", group = "flat_map",
    sizes = to_ten_million, by = list "tine openmp_fast openmp rayon numpy luajit lua" },
  { name = "flat_map_memory", what = "memory for that at its peak, by that of the result", group = "memory",
    unit = "times", sizes = { 10000000 }, by = list "tine rayon" },
  { name = "count_by", what = "i64, 1000 different ones", group = "keys", sizes = to_ten_million,
    by = list "tine tine_one tine_c tbb rayon numpy luajit lua" },
  { name = "sort", what = "f64, in place", group = "sort", sizes = to_ten_million,
    by = list "tine tine_one tine_c tbb rayon numpy lua" },
  { name = "sort_u32", what = "u32, in place", group = "sort_u32", sizes = to_ten_million,
    by = list "tine tine_c tbb rayon numpy lua" },
  { name = "mandelbrot", what = "at most 100 steps a pixel of a square, a kernel in C", group = "pixels",
    sizes = pixels, ours = "tine_c", by = list "tine_c tine_c_one openmp_fast openmp tbb rayon luajit lua" },
}

-- ===== Targets: tine's time by that of another, at most =====
-- Of these sizes quick runs measure only some.

local targets = {}

local function target(work, n, other, ratio) targets[#targets + 1] = { work, n, other, ratio } end

target("dot", 20000000, "openmp_fast", 1.05)
target("dot", 1000000, "openmp_fast", 1.15)
target("dot", 1000000, "luajit", 0.3)
target("dot", 1000, "numpy", 1.0)
for _, n in ipairs { 20000000, 1000000 } do
  target("chain", n, "numpy", 0.1)
  target("chain", n, "numexpr", 0.1)
  target("chain", n, "openmp_fast", 2.5)
end
target("chain", 1000000, "luajit", 0.3)
target("chain_f32", 1000000, "openmp_fast", 1.5)
target("choose", 1000000, "openmp_fast", 1.5)
target("chain", 1000000, "tine_one", 0.6)
target("exp", 20000000, "openmp_fast", 1.3)
target("exp", 1000000, "openmp_fast", 1.3)
target("exp", 1000000, "luajit", 0.3)
target("exp", 1000000, "tine_one", 0.6)
target("filter", 20000000, "openmp_fast", 1.3)
target("filter", 1000000, "openmp_fast", 1.4)
target("scan", 20000000, "tbb", 1.0)
target("histogram", 1000000, "tine_one", 0.6)
target("count_by", 1000000, "tine_one", 0.6)
target("sort", 10000000, "tbb", 0.8)
target("sort", 10000000, "numpy", 0.25)
target("sort", 1000000, "tine_one", 0.6)
target("mandelbrot", 160000, "tine_c_one", 0.6)
target("flat_map_memory", 10000000, "none", 2.1)

return { contestants = contestants, workloads = workloads, targets = targets }
