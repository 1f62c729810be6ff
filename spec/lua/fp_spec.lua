-- A host that has chosen another rounding, flushes small numbers to zero or traps gets the bits that any other gets,
-- and keeps its choice. The host is fp_host.c; what its script calls is in hosts/fp.lua.

local helper = require "spec.lua.helper"

describe("the floating-point mode of a host", function()
  for _, threads in ipairs { 1, 3 } do
    it(("changes nothing, on %d threads"):format(threads), function()
      local file = io.open((os.getenv "TINE_BUILD" or "build") .. "/spec/fp_host")
      if not file then pending "fp_host is built by make test" return end
      file:close()
      local build = os.getenv "TINE_BUILD" or "build"
      helper.must("TINE_NUM_THREADS=%d %s/spec/fp_host spec/lua/hosts/fp.lua", threads, build)
    end)
  end
end)
