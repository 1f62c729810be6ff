-- No test asserts a time. A machine with other guests, an emulator or a sanitizer may be late by any factor, so a test
-- that compares how long something took fails there without a reason. What is about speed is in spec/bench; what a test
-- waits for it waits for with the patience of spec/core/pools.h or helper.eventually; and what a time would show is
-- counted. So tests do not look at clocks, but for those listed here: how often, and why that decides nothing.

local CLOCKS = {
  "tine_clock%s*%(", "tine%.clock%s*%(", "ti_now_ns%s*%(", "clock_gettime", "gettimeofday", "getrusage", "os%.clock",
  "os%.time", "os%.difftime", "%f[%w_]clock%s*%(", "%f[%w_]times%s*%(&", "%f[%w_]time%s*%(", "timespec_get", "difftime",
  "date %+%%", "%.gettime%s*%(", "uv%.now", "uv%.hrtime", "CPUTIME", "__rdtsc", "/usr/bin/time",
}

local ALLOWED = {
  ["spec/core/pools.h"] = { 1, "the patience of all C tests" },
  ["spec/lua/helper.lua"] = { 2, "the patience of all Lua specs" },
  ["spec/core/thread_test.c"] = { 5, "the clock itself: it does not go back, and naps are no shorter than told" },
  ["spec/core/api_test.c"] = { 2, "the clock itself: it does not go back" },
  ["spec/lua/pool_spec.lua"] = { 5, "the clock itself: between what a nap takes at least and what another clock says" },
  ["spec/core/api_wait_test.c"] = { 1, "a lock is given up after the patience" },
  ["spec/core/main.c"] = { 1, "a seed" },
  ["spec/core/api_file_test.c"] = { 1, "a name that no other process chooses" },
  ["spec/core/stress_test.c"] = { 2, "goes on for so long, and at least once" },
  ["spec/lua/soak_host.c"] = { 4, "goes on for so long; a seed" },
  ["spec/fuzz/fuzz_lua.c"] = { 3, "a script of random bytes gets so long" },
  ["spec/fuzz/replay.c"] = { 1, "a seed" },
  ["spec/lua/hosts/soak.lua"] = { 2, "goes on for so long" },
  ["spec/lua/oracle/shrink.lua"] = { 2, "how long a failure that was found is made smaller" },
}

local function lines_of(command)
  local pipe <close> = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  return lines
end

local function looks_at_clock(line)
  for _, pattern in ipairs(CLOCKS) do
    if line:find(pattern) then return true end
  end
  return false
end

-- The lines of a file that look at a clock, as "file:number: line".
local function looks(path)
  local found, number = {}, 0
  for line in io.lines(path) do
    number = number + 1
    if looks_at_clock(line) then found[#found + 1] = ("%s:%d: %s"):format(path, number, line) end
  end
  return found
end

describe("no test asserts a time:", function()
  local files = lines_of("find spec -name '*.[ch]' -o -name '*.cpp' -o -name '*.lua' | " ..
    "grep -v -e '^spec/bench/' -e '^spec/time_spec.lua$' | sort")

  it("clocks are looked at where that is listed", function()
    assert(#files > 150, "sources not found: run from the checkout")
    for _, path in ipairs(files) do
      local found, allowed = looks(path), ALLOWED[path] or { 0 }
      assert(#found == allowed[1],
        ("%s looks at a clock on %d lines, not %d (see the top of spec/time_spec.lua)\n%s"):format(
          path, #found, allowed[1], table.concat(found, "\n")))
    end
  end)

  it("the list has no more than there is", function()
    for path in pairs(ALLOWED) do
      local file = assert(io.open(path))
      file:close()
    end
  end)

  it("what runs out by itself has the patience of all", function()
    for _, path in ipairs(files) do
      for line in io.lines(path) do
        local seconds = line:match "alarm%((%d+)%)" or line:match "timeout (%d+) "
        assert(not seconds or tonumber(seconds) == 0 or tonumber(seconds) >= 300, path .. ": " .. line)
      end
    end
  end)

  it("and all ways to look are known", function()
    for _, line in ipairs {
      "const double start = tine_clock();", "  while (ti_now_ns() < until)", "local start = os.clock()",
      "if tine.clock() - start < 0.1 then", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);", "time(NULL) + 20",
      [[os.execute("date +%s.%N")]], "const clock_t begun = clock();",
    } do
      assert.is_true(looks_at_clock(line), line)
    end
    assert.is_false(looks_at_clock "p = tine_timeout(p, 0.01); nap_us(100);")
  end)
end)
