-- What a host allows its scripts: memory, threads, files. The host is limits_host.c; what its scripts try is in hosts/.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("limits of a state", function()
  for _, name in ipairs { "bytes", "captures", "functions", "handles", "lost", "nested", "others", "sharing",
    "told" } do
    it("hold for " .. name .. " #memory", function()
      local script = "spec/lua/hosts/limit_" .. name .. ".lua"
      if not helper.host("limits_host", script) then pending "limits_host is built by make test" end
    end)
  end

  it("hold for jobs", function()
    local host = (os.getenv "TINE_BUILD" or "build") .. "/spec/limits_host"
    if not helper.host "limits_host" then pending "limits_host is built by make test" end
    for most = 1, 4 do helper.must("TINE_SPEC_LIMIT=%d timeout 300 %s spec/lua/hosts/limit_jobs.lua", most, host) end
  end)

  it("hold in the child of a fork, which has threads and arrays of its own", function()
    local host = (os.getenv "TINE_BUILD" or "build") .. "/spec/limits_host"
    if not helper.host "limits_host" then pending "limits_host is built by make test" end
    for most = 0, 3 do helper.must("TINE_SPEC_LIMIT=%d timeout 300 %s spec/lua/hosts/fork.lua", most, host) end
  end)

  it("are those of one state", function()
    local scripts = ("spec/lua/hosts/limit_others.lua "):rep(3)
    if not helper.host("limits_host", scripts) then pending "limits_host is built by make test" end
  end)

  it("are none where the host says nothing", function()
    local limits = tine.info().limits
    assert.is_nil(limits.bytes)
    assert.is_nil(limits.used)
    assert.is_nil(limits.threads)
    assert.is_true(limits.io)
  end)
end)

describe("TINE_NO_IO", function()
  local try = [[
    local tine = require "tine"
    local a = tine.zeros("u8", 1)
    local function refused(...) return not pcall(...) end
    print(refused(tine.load, "/nope"), refused(tine.mmap, "/nope", "u8"), refused(a.save, a, "/nope/nope.npy"),
      not tine.info().limits.io)]]

  local function run(value)
    local lua = os.getenv "TINE_LUA" or "lua5.4"
    local pipe = assert(io.popen(("TINE_NO_IO=%s %s -e '%s' 2>&1"):format(value, lua, try)))
    local output = pipe:read "a"
    pipe:close()
    return (output:gsub("%s+", " "))
  end

  it("closes files to every state", function()
    for _, value in ipairs { "1", "yes", "00" } do assert.equal("true true true true ", run(value)) end
    for _, value in ipairs { "0", "" } do assert.equal("false false false false ", run(value)) end
  end)
end)
