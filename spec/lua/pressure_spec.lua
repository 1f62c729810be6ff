-- What hangs on garbage: memory of results nobody took, descriptors, threads and mappings are given back before they
-- are many, and before the system's refusal is an error. The heaps are large enough for Lua not to collect by itself.

local helper = require "spec.lua.helper"

local prelude = [[
  local tine = require "tine"
  local ballast = {} for i = 1, 100000 do ballast[i] = { i } end
  collectgarbage() collectgarbage "generational"
  local function status(key)
    for l in io.lines "/proc/self/status" do
      local n = l:match("^" .. key .. ":%s+(%d+)")
      if n then return tonumber(n) end
    end
  end
]]

-- Runs it with a limit of the shell's (ulimit), if one is given.
local function prints(expected, code, limit)
  local path = os.tmpname()
  helper.write(path, prelude .. code)
  local output = helper.run("%s timeout 300 env LUA_CPATH_5_4='%s' %s %s", limit and "ulimit " .. limit .. ";" or "",
    package.cpath, os.getenv "TINE_LUA" or "lua5.4", path)
  os.remove(path)
  assert.equal(expected, (output:gsub("%s+$", "")))
end

describe("garbage gives back, before there is much of it,", function()
  if not io.open "/proc/self/status" then return end

  it("the results of jobs that nobody took #memory", function()
    prints("true", [[
      local xs = tine.linspace(0, 1, 131072)
      for _ = 1, 600 do
        local job = xs:map("sqrt"):start "collect"
        while not job:done() do end
      end
      print(status "VmHWM" < 250000)]])
  end)

  it("those of jobs that nobody even looked at #memory", function()
    prints("true", [[
      local xs = tine.linspace(0, 1, 131072)
      for i = 1, 600 do
        xs:map("sqrt"):start "collect"
        if i % 4 == 0 then xs:start("sum"):wait() end -- whose turn comes after theirs
      end
      print(status "VmHWM" < 250000)]])
  end)

  it("descriptors", function()
    prints("true", [[
      for _ = 1, 3000 do
        assert(tine.range(1, 10):start "sum":getfd())
      end
      print(true)]], "-n 400")
  end)

  it("threads of pools #memory", function()
    prints("true", [[
      for _ = 1, 300 do tine.pool { threads = 4 } end
      print(status "Threads" < 100)]])
  end)

  it("threads of pools that jobs were on", function()
    prints("true", [[
      for _ = 1, 300 do tine.range(1, 10):on(tine.pool { threads = 4 }):start("sum"):wait() end
      print(status "Threads" < 200)]])
  end)

  it("mappings #memory", function()
    prints("true", [[
      local path = os.tmpname()
      local file = io.open(path, "wb")
      file:write(("x"):rep(4096))
      file:close()
      for _ = 1, 3000 do assert(tine.mmap(path, "u8")) end
      os.remove(path)
      local n = 0
      for l in io.lines "/proc/self/maps" do n = n + (l:find(path, 1, true) and 1 or 0) end
      print(n < 1000)]])
  end)
end)

describe("what the system refuses is asked for again without garbage:", function()
  if not io.open "/proc/self/status" then return end

  it("descriptors", function()
    prints("true", [[
      for _ = 1, 500 do
        assert(tine.range(1, 10):start "sum":getfd())
      end
      print(true)]], "-n 50")
  end)

  it("descriptors of jobs that are not done", function()
    prints("true", [[
      local pool = tine.pool { threads = 1 }
      local first = tine.range(1, 1 << 50):map("sqrt"):on(pool):start "sum"
      for _ = 1, 300 do
        assert(tine.range(1, 10):on(pool):start "sum":getfd())
      end
      print(not first:done())
      first:cancel()]], "-n 50")
  end)

  it("and refused where nothing is garbage", function()
    prints("true\tToo many open files", [[
      local jobs, kept, why = {}, true, nil
      while kept do
        jobs[#jobs + 1] = tine.range(1, 10):start "sum"
        kept, why = jobs[#jobs]:getfd()
      end
      print(#jobs > 30, why:match "Too many open files")]], "-n 50")
  end)

  it("threads of pools #memory", function()
    prints("true", [[
      for _ = 1, 60 do
        local pool = tine.pool { threads = 4, stack_size = 64 << 20 }
        assert(pool:threads() == 4, pool:threads())
      end
      print(true)]], "-v 2000000")
  end)

  it("mappings #memory", function()
    prints("true", [[
      local path = os.tmpname()
      local file = io.open(path, "wb")
      file:seek("set", (200 << 20) - 1)
      file:write "x"
      file:close()
      for _ = 1, 100 do assert(tine.mmap(path, "u8")) end
      os.remove(path)
      print(true)]], "-v 2000000")
  end)

  it("memory #memory", function()
    prints("true", [[
      for _ = 1, 12 do
        local a = tine.zeros("u8", 300 << 20)
        local b = tine.rep(1, 100 << 20):cast("u8"):collect()
        assert(#a + #b == 400 << 20)
      end
      print(true)]], "-v 2000000")
  end)
end)
