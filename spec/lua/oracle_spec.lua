-- Random pipelines against plain Lua: more than two thousand, every terminal in turn.
--
-- The oracle (oracle/) is a second reading of the contract, an item-by-item loop over Lua tables. Whatever the
-- semantics fix must agree bit for bit: types, wrapping, NaN, the item a failure names; float sums agree with
-- themselves on every schedule, and with a compensated sum within their error bound.

local generate = require "spec.lua.oracle.generate"
local helper = require "spec.lua.helper"
local terminals = require "spec.lua.oracle.terminals"
local types = require "spec.lua.oracle.types"

local CASES = 120 -- for each terminal

-- Checks one case; false where the contract leaves its result open.
local function check(terminal, case, rng)
  local ok, failure = pcall(terminal.check, case, rng, generate.pools)
  if ok then return true end
  if types.is_open(failure) then return false end
  error(case.text .. "\n" .. tostring(failure), 0)
end

describe("a random pipeline", function()
  setup(function() generate.pools = helper.pools { 1, 2, 3, 16 } end)
  teardown(function() helper.close(generate.pools) end)
  after_each(helper.settle)

  local names = {}
  for name in pairs(terminals) do names[#names + 1] = name end
  table.sort(names)

  for stream, name in ipairs(names) do
    it("gives what plain Lua gives: " .. name, helper.seeded(function(rng)
      local terminal, checked = terminals[name], 0
      for _ = 1, CASES * 20 do
        local case = generate.case(rng, rng:int(0, 6))
        if terminal.fits(case) and check(terminal, case, rng) then checked = checked + 1 end
        if checked == CASES then break end
      end
      assert.equal(CASES, checked)
    end, stream))
  end
end)
