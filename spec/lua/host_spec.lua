-- What a host in C may do with a Lua state: lend arrays to scripts, take theirs, register kernels. See api_host.c.

local helper = require "spec.lua.helper"

describe("a host in C", function()
  it("shares arrays and kernels with its scripts", function()
    if not helper.host "api_host" then pending "api_host is built by make test" end
  end)
end)
