-- The examples run, and what they print is what a plain loop finds. So do the code blocks of README.md: those in Lua
-- print what their comments promise, those in C compile.
--
-- Each example is a process of its own, as its readers run it, with the module under test. That takes a shell, and
-- under ThreadSanitizer there is none: sh crashes with its library preloaded.

local helper = require "spec.lua.helper"
local tine = require "tine"

local build = os.getenv "TINE_BUILD" or "build"

if not os.execute "true" then
  pending "examples need a shell"
  return
end

-- All that a command printed, and whether it succeeded.
local function run(command)
  local pipe = assert(io.popen(("LUA_CPATH='%s/?.so;;' %s 2>&1"):format(build, command)))
  local output = pipe:read "a"
  return output, pipe:close() or false
end

local function example(name, ...)
  return run(table.concat({ os.getenv "TINE_LUA" or "lua5.4", "examples/" .. name, ... }, " "))
end

local function read_file(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- Calls fn with n paths of temporary files, and removes them.
local function with_files(n, fn)
  local paths <close> = setmetatable({}, {
    __close = function(paths)
      for _, path in ipairs(paths) do os.remove(path) end
    end,
  })
  for i = 1, n do paths[i] = os.tmpname() end
  return fn(table.unpack(paths))
end

local function write_file(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(bytes))
end

describe("examples/01_dot_product.lua", function()
  -- The value behind a label, as text.
  local function printed(output, label)
    return output:match("%f[^\n\0]" .. label .. " +([^ \n]+)") or error(("no '%s' in: %s"):format(label, output))
  end

  it("multiplies the columns it makes", function()
    local n = 12345
    local output, ok = example("01_dot_product.lua", n)
    assert.is_true(ok, output)
    local sum = 0
    for i = 0, n - 1 do sum = sum + i / (n - 1) * (1 - (i / (n - 1)) ^ 2) ^ 0.5 end
    assert.equal(tostring(n), printed(output, "items"))
    assert.equal(tostring(tine.threads()), printed(output, "threads"))
    assert.close(sum, tonumber(printed(output, "dot product")), 1e-12)
    assert.close(sum, tonumber(printed(output, "plain Lua")), 1e-12)
    assert.truthy(tonumber(printed(output, "ratio")))
  end)

  it("multiplies two files, as long as the shorter one", function()
    with_files(2, function(xs, ys)
      assert(tine.array("i32", { 1, 2, 3 }):save(xs, { format = "npy" }))
      assert(tine.array("f32", { 4, 5, 6, 7 }):save(ys, { format = "npy" }))
      local output, ok = example("01_dot_product.lua", xs, ys)
      assert.is_true(ok, output)
      assert.equal("3", printed(output, "items"))
      assert.equal("32", printed(output, "dot product"))
      assert.equal("32", printed(output, "plain Lua"))
    end)
  end)

  it("fails where a file is missing", function()
    local output, ok = example("01_dot_product.lua", "no/such.npy", "no/other.npy")
    assert.is_false(ok)
    assert.matches("no/such.npy", output, 1, true)
  end)
end)

describe("examples/02_image.lua", function()
  local function luma(r, g, b) return 299 * r + 587 * g + 114 * b end

  -- What the example must make of pixels {r, g, b, r, g, b, ...}: greys, and the first line it must print.
  local function expected(width, height, pixels, threshold)
    local greys, sum = {}, 0
    for i = 1, #pixels, 3 do greys[#greys + 1] = luma(pixels[i], pixels[i + 1], pixels[i + 2]) end
    local darkest, brightest = math.min(table.unpack(greys)), math.max(table.unpack(greys))
    for i, grey in ipairs(greys) do
      greys[i] = (grey - darkest) * 255 // math.max(brightest - darkest, 1)
      if threshold then greys[i] = greys[i] >= threshold and 255 or 0 end
      sum = sum + greys[i]
    end
    return string.char(table.unpack(greys)), ("%d x %d pixels, luma %.3f to %.3f, mean after stretching %.3f\n"):format(
      width, height, darkest / 1000, brightest / 1000, sum / #greys)
  end

  local function random_pixels(rng, n)
    local pixels = {}
    for i = 1, 3 * n do pixels[i] = rng:int(10, 230) end
    return pixels
  end

  it("describes the picture it makes up", function()
    local pixels = {}
    for y = 0, 47 do
      for x = 0, 63 do table.move({ 60 + x, 80 + y, 100 }, 1, 3, #pixels + 1, pixels) end
    end
    local _, line = expected(64, 48, pixels)
    assert.same({ line, true }, { example("02_image.lua") })
  end)

  for _, header in ipairs {
    "P6 37 23 255\n", "P6\n37 23\n255\n",
    "P6\n# from a camera\n37 # columns\n# rows:\n23\t255 ", "P6\r\n37\r23\n#\n#\n254\n",
  } do
    it(("stretches a picture that begins with %q"):format(header), helper.seeded(function(rng)
      local pixels = random_pixels(rng, 37 * 23)
      with_files(2, function(ppm, pgm)
        write_file(ppm, header .. string.char(table.unpack(pixels)) .. "left over")
        local greys, line = expected(37, 23, pixels)
        assert.same({ line, true }, { example("02_image.lua", ppm, pgm) })
        assert.equal("P5\n37 23\n255\n" .. greys, read_file(pgm))
        greys, line = expected(37, 23, pixels, 100)
        assert.same({ line, true }, { example("02_image.lua", ppm, pgm, 100) })
        assert.equal("P5\n37 23\n255\n" .. greys, read_file(pgm))
      end)
    end))
  end

  it("leaves a picture of one colour black", function()
    with_files(2, function(ppm, pgm)
      write_file(ppm, "P6 2 1 255\n" .. ("\7\8\9"):rep(2))
      local output, ok = example("02_image.lua", ppm, pgm)
      assert.is_true(ok, output)
      assert.equal("P5\n2 1\n255\n\0\0", read_file(pgm))
    end)
  end)

  for what, bytes in pairs {
    ["not a binary PPM picture"] = "P3 1 1 255 1 2 3", ["malformed header"] = "P6 one 1 255\n123",
    ["not 8 bits a colour"] = "P6 1 1 65535\n123456", ["cut short"] = "P6 2 2 255\n12345678901",
  } do
    it("refuses a file: " .. what, function()
      with_files(1, function(ppm)
        write_file(ppm, bytes)
        local output, ok = example("02_image.lua", ppm)
        assert.is_false(ok)
        assert.matches(what, output, 1, true)
      end)
    end)
  end
end)

describe("examples/03_montecarlo.lua", function()
  it("counts the same points on one thread and on all", function()
    local n, inside = 20000, 0
    local xs, ys = helper.random(1), helper.random(2)
    for _ = 1, n do
      local x, y = xs:float(), ys:float()
      if x * x + y * y <= 1 then inside = inside + 1 end
    end
    local output, ok = example("03_montecarlo.lua", n)
    assert.is_true(ok, output)
    local lines = {}
    for threads, found, of, pi in output:gmatch("(%d+) threads? +(%d+) of (%d+) points +pi is about ([%d.]+)") do
      lines[#lines + 1] = { tonumber(threads), tonumber(found), tonumber(of), pi }
    end
    local pi = ("%.6f"):format(4 * inside / n)
    assert.same({ { 1, inside, n, pi }, { tine.threads(), inside, n, pi } }, lines)
  end)
end)

describe("examples/04_host.c", function()
  it("moves the host's particles", function()
    local built = io.open(build .. "/examples/04_host")
    if not built then pending "04_host is built by make test" return end
    built:close()
    local before, after, lowest = 0, 0, math.huge
    local first
    for i = 0, 99999 do
      local mass, height, speed = 1 + i % 3, 100.0 + i % 10, i % 5
      before = before + 0.5 * mass * speed * speed
      for _ = 1, 100 do
        speed = speed - 9.81 * 0.01
        height = height + speed * 0.01
      end
      after = after + 0.5 * mass * speed * speed
      lowest = math.min(lowest, height)
      first = first or { height, -speed }
    end
    local output, ok = run(build .. "/examples/04_host")
    assert.equal(table.concat({
      ("100000 particles, kinetic energy %.3f\n"):format(before),
      ("a second later %.3f, the lowest at %.3f\n"):format(after, lowest),
      ("the host sees the first at %.3f, falling at %.3f\n"):format(first[1], first[2]),
    }), output)
    assert.is_true(ok)
  end)
end)

describe("examples/05_closures.c", function()
  it("runs closures of every mode", function()
    local built = io.open(build .. "/examples/05_closures")
    if not built then pending "05_closures is built by make test" return end
    built:close()
    local halves, clipped, rest, total, falls, triangles, bytes = 0, 0, 0, 0, 0, 0, 0
    local before
    for i = 0, 99999 do
      local x = i % 1000 + 0.25
      halves = halves + x * 0.5
      if x > 900 then clipped = clipped + 1 end
      rest = rest + math.min(x, 900)
      total = total + x
      if before and x < before then falls = falls + 1 end
      before = x
      for k = 1, math.floor(x) % 10 do triangles = triangles + k end
    end
    for i = 0, 99 do bytes = bytes + #("letter " .. i) end
    local output, ok = run(build .. "/examples/05_closures")
    assert.equal(table.concat({
      ("fn: calibrated, the readings sum to %.3f\n"):format(halves),
      ("fn_mut: clipped %d readings, the sum is now %.3f\n"):format(clipped, rest),
      ("fn_once: posted %d bytes\n"):format(bytes),
      "refused: kernel 'once': a fn_once closure cannot be a kernel, since it is called for every block\n",
      ("both routes: %.3f, same bits\n"):format(total),
      ("own terminal: %d falls\n"):format(falls),
      ("nested: %.0f\n"):format(triangles),
    }), output)
    assert.is_true(ok)
  end)
end)

-- The lines that an example printed.
local function lines_of(output)
  local lines = {}
  for line in output:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

describe("examples/07_jobs.lua", function()
  it("ticks while a job runs, and ends what it need not wait for", function()
    local output, ok = example("07_jobs.lua", 60000000)
    assert.is_true(ok, output)
    local lines = lines_of(output)
    assert.matches("^tine.Job sum", lines[1])
    local n = #lines
    for i = 2, n - 3 do assert.matches("^tick: +%d+ %%$", lines[i]) end
    assert.equal("pi is about 3.141592654", lines[n - 2])
    assert.equal("with a limit:\tnil\ttimeout\t13", lines[n - 1])
    assert.equal("cancelled:\tnil\tcancelled\t12", lines[n])
  end)
end)

describe("examples/08_luv.lua", function()
  it("ticks while a job runs", function()
    if not package.searchpath("luv", package.cpath) then pending "luv is not installed" return end
    local output, ok = example("08_luv.lua", 2)
    assert.is_true(ok, output)
    assert.is_true(tonumber(output:match "(%d+) ticks\n$") > 0, output)
    assert.matches("the job gives\tnil\ttimeout\t13\n", output, 1, true)
  end)
end)

describe("examples/09_copas.lua", function()
  it("ticks while coroutines await jobs", function()
    local found = package.searchpath("copas", "/usr/share/lua/5.1/?.lua")
    if not found or not package.searchpath("socket.core", package.cpath) then
      pending "copas is not installed"
      return
    end
    local output, ok = run(("LUA_PATH=';;/usr/share/lua/5.1/?.lua' %s examples/09_copas.lua 2"):format(
      os.getenv "TINE_LUA" or "lua5.4"))
    assert.is_true(ok, output)
    for _, line in ipairs { "tick\t1\n", "first\tnil\ttimeout\t13\n", "second\tnil\ttimeout\t13\n" } do
      assert.matches(line, output, 1, true)
    end
  end)
end)

describe("README.md", function()
  local readme = read_file "README.md"

  -- Runs code and gives what it printed, one string a line.
  local function printed(code)
    local lines = {}
    local function print_line(...)
      local words = table.pack(...)
      for i = 1, words.n do words[i] = tostring(words[i]) end
      for line in (table.concat(words, "\t") .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
    end
    assert(load(code, "=README.md", "t", setmetatable({ print = print_line }, { __index = _G })))()
    return lines
  end

  for code in readme:gmatch("```lua\n(.-)```") do
    it("prints what it says: " .. code:match("[^\n]*"), function()
      local promised = {}
      for line in code:gmatch("%-%-> ([^\n]*)") do promised[#promised + 1] = line end
      assert.same(promised, printed(code))
    end)
  end

  for code in readme:gmatch("```c\n(.-)```") do
    it("compiles: " .. code:match("[^\n]*"), function()
      with_files(1, function(path)
        write_file(path, code)
        -- the compiler is not what a sanitizer's library, preloaded, should look at
        local output, ok = run(("%s -std=c11 -Wall -Wextra -Werror -Icore %s -fsyntax-only -x c %s"):format(
          os.getenv "CC" or "cc", "$(pkg-config --cflags lua5.4 2>/dev/null || echo -I/usr/include/lua5.4)", path))
        assert.is_true(ok, output)
      end)
    end)
  end
end)
