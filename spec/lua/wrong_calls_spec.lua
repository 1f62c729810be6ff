-- Random wrong calls: every exported function, method and operator with wrong arguments gives a result or a Lua error
-- that says something, and the state works afterwards. wrong_calls.lua has the calls.

local helper = require "spec.lua.helper"

-- (ThreadSanitizer keeps frames of each error that C code raises, and has room for 65536.)
local CALLS = helper.is_sanitized "tsan" and 2000 or 20000

describe("thousands of wrong calls", function()
  it("neither crash, hang nor end in silence", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(("mkdir '%s'"):format(folder)))
    local output, how, status = helper.script(helper.read "spec/lua/wrong_calls.lua", {
      where = folder, arguments = ("%d %d"):format(helper.seed, CALLS),
    })
    local last = io.open(folder .. "/last-call") and helper.read(folder .. "/last-call")
    os.execute(("rm -r '%s'"):format(folder))
    local fine = output == "ok " .. CALLS .. "\n" and how == "exit" and status == 0
    assert.is_true(fine, ("%s\n%s %s; last call: %s\n(to repeat: TINE_SEED=%d)"):format(output, how, status, last,
      helper.seed))
  end)
end)
