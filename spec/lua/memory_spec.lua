-- Every allocation of Lua, and every one of the engine, fails once while a script uses the whole module: the script
-- gets an error it can catch, and nothing is left behind. The host that does so is host_oom.c.

local helper = require "spec.lua.helper"

describe("a state without memory", function()
  it("loses nothing, whichever allocation fails", function()
    local output = helper.host("host_oom", "spec/lua/host_oom.lua")
    if not output then pending "host_oom is built by make test" return end
    local lua, engine, leaks = output:match "(%d+) allocations of Lua and (%d+) of the engine failed once, (%d+) leaks"
    assert(tonumber(lua) > 500 and tonumber(engine) > 50, output)
    assert.equal("0", leaks)
  end)
end)
