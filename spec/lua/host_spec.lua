-- What a host in C may do with a Lua state: lend arrays to scripts, take theirs, register kernels. See api_host.c.

local build = os.getenv "TINE_BUILD" or "build"

describe("a host in C", function()
  it("shares arrays and kernels with its scripts", function()
    local host = io.open(build .. "/spec/api_host")
    if not host then pending "api_host is built by make test" return end
    host:close()
    local pipe = assert(io.popen(build .. "/spec/api_host 2>&1"))
    local output = pipe:read "a"
    local ok, how, code = pipe:close()
    assert(ok, ("%s %d: %s"):format(how, code, output))
  end)
end)
