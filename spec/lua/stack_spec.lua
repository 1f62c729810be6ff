-- A process whose main thread has little stack, as it has by default on some systems: what fits works, and what does
-- not is refused by an error.
local helper = require "spec.lua.helper"

local work = [[
  local tine = require "tine"
  local xs = tine.random(200000, 1):collect()
  local function deep(n)
    local p = tine.range(1, 3000)
    for _ = 2, n do p = p:map("add", 1) end
    return p
  end
  xs:sort()
  assert(xs[1] <= xs[2] and xs:argsort()[1] == 1)
  assert(tine.zip(xs, xs):sorted():get(1) == xs[1])
  assert(xs:filter("lt", 0.5):unique():len() > 0 and #xs:top(10) == 10)
  assert(deep(50):sum() == 3000 * 3001 // 2 + 3000 * 49)
  assert(#deep(999):explain() > 1000)
  local ok, message = pcall(function() return deep(999):sum() end)
  print(ok, ok and "" or message)
  local job = deep(999):start("sum") -- on a thread of the pool's, which has stack enough
  assert(job:wait() == 3000 * 3001 // 2 + 3000 * 998)
]]

describe("stack", function()
  local function run(kilobytes, threads)
    return (helper.script(work, { env = ("ulimit -s %d && TINE_NUM_THREADS=%d"):format(kilobytes, threads) }))
  end

  it("of 512 KiB is enough for all but deep pipelines, which are refused #memory", function()
    for _, threads in ipairs { 1, 4 } do
      local said = run(512, threads)
      assert.matches("^false\t.*999 stages one after the other take %d+ KiB of stack, and this thread has %d+ left",
        said)
      assert.matches("left\n$", said)
    end
  end)

  it("of 8 MiB is enough for the deepest pipeline #memory", function()
    assert.equal("true\t\n", run(8192, 4))
  end)
end)
