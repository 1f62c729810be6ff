-- Random pipelines against plain Lua: the whole language, every source, adaptor and terminal.
--
-- The oracle (oracle/) is a second reading of the contract: a pipeline is a list of items, an adaptor or a terminal a
-- loop over it. Results must agree bit for bit, in type, kind and length too; where an item fails, so must the run, at
-- the item a plain loop would have met first; what is refused must be refused. A failing case is printed smaller, as
-- Lua. TINE_SEED repeats a run, TINE_CASES says how many cases there are.

local helper = require "spec.lua.helper"
local plan = require "spec.lua.oracle.plan"
local shrink = require "spec.lua.oracle.shrink"
local trial = require "spec.lua.oracle.trial"

local CASES = math.tointeger(tonumber(os.getenv "TINE_CASES")) or 8000

describe("a random pipeline of the whole language", function()
  setup(function()
    for _, threads in ipairs { 1, 2, 3, 16 } do plan.pools[threads] = helper.pools({ threads })[1] end
  end)
  teardown(function()
    for _, pool in pairs(plan.pools) do pool:close() end
  end)

  local each = CASES // #trial.terminals + 1
  for stream, name in ipairs(trial.terminals) do
    it("gives what plain Lua gives: " .. name, helper.seeded(function(rng)
      local open = 0
      for _ = 1, each do
        local case = trial.draw(rng, name)
        local complaint, undecided = trial.complaint(case)
        if complaint then
          local small = shrink(case)
          error(("%s\n%s"):format(trial.complaint(small) or complaint, trial.text(small)), 0)
        end
        if undecided then open = open + 1 end
      end
      assert.is_true(open <= each // 2, "most cases are decided")
      helper.settle()
    end, stream))
  end
end)
