-- Error messages: wrong use raises with luaL_argerror wording; a kernel failure names kernel, item, stage and the line
-- that built the stage, and always the lowest item; nothing is printed.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local source = debug.getinfo(1, "S").short_src

local function current_line()
  return debug.getinfo(2, "l").currentline
end

describe("a Lua function as a kernel", function()
  it("is refused, at its own line, if no kernel can be made of it", function()
    local p = tine.range(1, 3)
    local hint = "(%s:%d: uses global 'print'; kernels may use math, captured values and kernels)"
    hint = hint:format(source, current_line() + 1)
    local function show(x) print(x) return x end
    local function both(x, y) print(x) return y end
    assert.raises("bad argument #1 to 'map' " .. hint, function() p:map(show) end)
    assert.raises("bad argument #1 to 'map' " .. hint, function() tine.zeros("f64", 3):map(show) end)
    assert.raises(("%s:%d: uses global 'print'"):format(source, debug.getinfo(both, "S").linedefined), function()
      p:reduce(both)
    end)
    assert.raises("bad argument #1 to 'map' (a C function cannot be read", function() p:map(print) end)
  end)
end)

describe("wrong use", function()
  it("says what was probably meant", function()
    assert.raises("unknown kernel 'mull'; did you mean 'mul'?", function() tine.range(1, 3):map("mull", 2) end)
    assert.raises("unknown kernel 'ad'; did you mean 'add'?", function() tine.range(1, 3):reduce "ad" end)
    assert.raises("bad argument #1 to 'map'", function() tine.range(1, 3):map("mull", 2) end)
  end)

  it("is worded as Lua's own libraries word it", function()
    local a = tine.zeros("f64", 3)
    assert.raises("bad argument #1 to 'fill' (number expected, got table)", function() a:fill {} end)
    assert.raises("bad argument #1 to 'map' (", function() a:map {} end)
    assert.raises("bad argument #1 to 'slice' (tine.Array expected, got table)", function() tine.slice {} end)
    assert.raises("bad argument #1 to 'take' (number expected, got no value)", function() a:take() end)
    assert.raises("bad argument #1 to 'each' (function expected, got string)", function() a:each "x" end)
    assert.raises("number has no integer representation", function() a:take(1.5) end)
  end)

  it("points at the line of the caller", function()
    local line = current_line() + 1
    local message = assert.raises("", function() tine.range(1, 3):map "mull" end)
    assert.truthy(message:find("error_spec.lua:" .. line .. ":", 1, true))
  end)

  it("has methods called on themselves only", function()
    local a, p = tine.zeros("f64", 3), tine.range(1, 3)
    for _, wrong in ipairs { 1, "x", {}, io.stdout, print } do
      assert.has_error(function() a.fill(wrong, 1) end)
      assert.has_error(function() p.map(wrong, "neg") end)
      assert.has_error(function() p.sum(wrong) end)
      assert.has_error(function() a.dtype(wrong) end)
    end
    assert.has_error(function() p.sum() end)
  end)
end)

-- n ones with zeros at the given places: dividing by them fails there.
local function ones_except(n, ...)
  local a = tine.full("i64", n, 1)
  for _, i in ipairs { ... } do a[i] = 0 end
  return a
end

describe("a kernel failure", function()
  it("names kernel, item, stage and the line that built it", function()
    local divisors = ones_except(2000, 1204, 1900)
    local p = tine.slice(divisors):map("mul", 1)
    local line = current_line() + 1
    p = p:map("band", -1):zip(divisors):map("idiv")
    local message = assert.raises("kernel 'idiv' failed at item 1204 (stage ", function() p:sum() end)
    local stage, file, built = message:match "%(stage (%d+) 'map', built at ([^:]-):(%d+)%): %S"
    assert.truthy(stage)
    assert.truthy(file:find("error_spec.lua", 1, true))
    assert.equal(line, tonumber(built))
  end)

  -- Stage 2 of the pipeline failed; says where it was built.
  local function built(p)
    return assert.raises("failed", function() p:sum() end):match "%(stage 2 'map', built at (.-)%): "
  end

  it("names the line of its own stage, not of those around it", function()
    local line = current_line()
    local p = tine.slice(ones_except(5, 3))
    p = p:map("idiv", 0)
    p = p:map("neg")
    p = p:zip(p):map("add")
    assert.equal(source .. ":" .. line + 2, built(p))
  end)

  it("tells stages on one array apart", function()
    local xs = ones_except(5)
    local line = current_line()
    local first = xs:map("idiv", 0)
    local second = tine.zip(xs):map("idiv", 0)
    local third = (xs // 0)
    local fourth = xs:map("idiv", 0)
    for i, p in ipairs { first, second, third, fourth } do
      assert.equal(source .. ":" .. line + i, built(p))
    end
  end)

  it("names the nearest Lua function, whoever called it", function()
    local xs = ones_except(5)
    local line = current_line()
    local _, called = pcall(xs.map, xs, "idiv", 0)
    local resumed = coroutine.wrap(function()
      return xs:map("idiv", 0) end)()
    assert.equal(source .. ":" .. line + 1, built(called))
    assert.equal(source .. ":" .. line + 3, built(resumed))
  end)

  it("shortens the names of chunks as Lua does, and has room for every line", function()
    local xs = ones_except(5)
    for _, name in ipairs { "=short", "@" .. ("long/"):rep(40) .. "job.lua", "local xs = ...", ("="):rep(200) } do
      for _, lines in ipairs { 0, 8, 9, 99, 999, 123456 } do
        local chunk = assert(load(("\n"):rep(lines) .. "return (...):map('idiv', 0)", name))
        assert.equal(("%s:%d"):format(debug.getinfo(chunk, "S").short_src, lines + 1), built(chunk(xs)))
      end
    end
  end)

  it("counts stages from the source", function()
    local xs = ones_except(10, 7)
    local message = assert.raises("item 1", function() tine.slice(xs):map("idiv", 0):sum() end)
    assert.truthy(message:find("stage 2 'map'", 1, true))
    message = assert.raises("item 7", function() tine.slice(xs):map("neg"):zip(xs):map("mod"):sum() end)
    assert.truthy(message:find("stage 4 'map'", 1, true))
  end)

  it("is raised by every terminal that evaluates items", function()
    local p = tine.rep(7, 3000):zip(ones_except(3000, 2500)):map("idiv")
    local target = tine.zeros("i64", 3000)
    local runs = {
      reduce = function() return p:reduce "add" end,
      collect_into = function() return p:collect_into(target) end,
      each = function() return p:each(function() end) end,
      array = function() return tine.array("i64", p) end,
      iter = function() for _ in p:iter() do target[1] = 1 end end,
    }
    local plain = "sum product mean var std min max minmax argmin argmax collect totable"
    for name in plain:gmatch "%a+" do runs[name] = function() return p[name](p) end end
    for name, run in pairs(runs) do
      local message = assert.raises("item 2500", run)
      assert.truthy(message:find("'idiv'", 1, true), name)
    end
  end)

  it("counts items from the start of the pipeline, wherever it starts in the array", function()
    local xs = ones_except(100, 60)
    assert.raises("item 11 ", function() tine.rep(1, 50):zip(tine.slice(xs, 50)):map("idiv"):sum() end)
    assert.raises("item 11 ", function() tine.rep(1, 50):zip(xs:sub(50)):map("idiv"):sum() end)
  end)

  it("is the lowest one, on every run", helper.seeded(function(rng) -- semantics 17
    local pools = helper.pools { 1, 2, 3, 16 }
    local n = 60000
    for round = 1, 200 do
      local lowest, places = n, {}
      for i = 1, rng:int(1, 30) do
        places[i] = rng:int(1, n)
        lowest = math.min(lowest, places[i])
      end
      if round % 4 == 0 then
        for i = n - 2000, n do places[#places + 1] = i end
      end
      local p = tine.rep(7, n):zip(ones_except(n, table.unpack(places))):map(rng:pick { "idiv", "mod" })
      p = rng:pick(helper.schedules(p, pools))[2]
      local message = assert.raises("failed at item", function() p[round % 2 == 0 and "sum" or "collect"](p) end)
      assert.equal(math.min(lowest, round % 4 == 0 and n - 2000 or n), tonumber(message:match "item (%d+)"))
    end
    helper.close(pools)
  end))

  it("is that of the first stage that fails for the lowest item", function() -- semantics 8
    local xs, ys = ones_except(10000, 9000), ones_except(10000, 8000)
    -- The later stage fails at the lower item.
    local p = tine.rep(6, 10000):zip(xs):map("idiv"):zip(ys):map("mod")
    local message = assert.raises("item 8000", function() p:sum() end)
    assert.truthy(message:find("'mod'", 1, true))
    -- Both fail at one item: the earlier stage is never left.
    local q = tine.rep(6, 10000):zip(xs):map("idiv"):zip(xs):map("mod")
    message = assert.raises("item 9000", function() q:sum() end)
    assert.truthy(message:find("'idiv'", 1, true))
  end)

  it("leaves everything usable, and nothing leaks", function()
    local bad = tine.rep(7, 1000):zip(ones_except(1000, 10)):map("idiv")
    for _ = 1, 1000 do pcall(bad.sum, bad) end
    assert.equal(6, tine.range(1, 3):sum())
  end)
end)

describe("nothing", function()
  it("is printed, whatever fails", function()
    local output, how, status = helper.script [[
      local tine = require "tine"
      pcall(function() tine.range(1, 1000):map("idiv", 0):sum() end)
      pcall(function() tine.range(1, 3):map "mull" end)
      pcall(function() tine.range(1, 3):map(print) end)
      pcall(function() tine.zeros("f64", 1 << 61) end)
      tine.load "/no/such/file"
      tine.help "add"
      tine.range(1, 3):explain()
      tine.kernels()
      tine.info()
      io.write "done"
    ]]
    assert.equal("done", output)
    assert.equal("exit 0", ("%s %s"):format(how, status))
  end)

  it("exits the process but Lua's own unhandled error", function()
    local output, how, status = helper.script [[
      require("tine").range(1, 1000):map("idiv", 0):sum()
    ]]
    assert.truthy(output:find("kernel 'idiv' failed at item 1 ", 1, true))
    assert.equal("exit 1", ("%s %s"):format(how, status))
  end)
end)
