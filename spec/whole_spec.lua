-- `make check` runs its parts beside each other through .ci/whole: what each says stays in one piece, and a failure is
-- one.

local helper = require "spec.lua.helper"

describe(".ci/whole", function()
  it("ends as its command does", function()
    for _, status in ipairs { 0, 1, 3, 137 } do
      local output = helper.run("(.ci/whole one sh -c 'echo said; exit %d'; echo status $?) 2>&1", status)
      local verdict = status == 0 and "passed" or "FAILED %(" .. status .. "%)"
      assert.matches("== one: " .. verdict .. " after %d+ s\nsaid\nstatus " .. status .. "\n", output)
    end
  end)

  it("keeps what its command says until it has ended, on both streams, apart from what others say", function()
    local say = [[sh -c 'for i in 1 2 3 4 5; do echo "$0 $i"; sleep 0.02; echo "$0 $i too" >&2; done']]
    local output = helper.run("(.ci/whole a %s a & .ci/whole b %s b & .ci/whole c %s c & wait) 2>&1", say, say, say)
    for _, name in ipairs { "a", "b", "c" } do
      local lines = {}
      for i = 1, 5 do lines[i] = ("%s %d\n%s %d too\n"):format(name, i, name, i) end
      assert.matches("== begun: " .. name .. "\n", output, 1, true)
      assert.matches("s\n" .. table.concat(lines), output, 1, true)
    end
  end)
end)
