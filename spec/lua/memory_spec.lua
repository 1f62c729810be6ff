-- Every allocation of Lua, and every one of the engine, fails once while a script uses the whole module: the script
-- gets an error it can catch, and nothing is left behind. The host that does so is host_oom.c.

local build = os.getenv "TINE_BUILD" or "build"

describe("a state without memory", function()
  it("loses nothing, whichever allocation fails", function()
    local host = io.open(build .. "/spec/host_oom")
    if not host then pending "host_oom is built by make test" return end
    host:close()
    local pipe = assert(io.popen(build .. "/spec/host_oom spec/lua/host_oom.lua 2>&1"))
    local output = pipe:read "a"
    local ok, how, code = pipe:close()
    assert(ok, ("%s %d: %s"):format(how, code, output))
    local lua, engine, leaks = output:match "(%d+) allocations of Lua and (%d+) of the engine failed once, (%d+) leaks"
    assert(tonumber(lua) > 500 and tonumber(engine) > 50, output)
    assert.equal("0", leaks)
  end)
end)
