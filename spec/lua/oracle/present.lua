-- For as long as parts of the contract are being built: leaves out of the draw what the module does not have yet.

local draw = require "spec.lua.oracle.draw_stages"
local tine = require "tine"
local trial = require "spec.lua.oracle.trial"

local ALIAS = { sour = "select", mask = "filter", operator = "map", schedule = "map", array = "sum" }
local NEEDS = { gather = { "map" }, flat_map = { "extend", "select" } }
local has
local left_out = {}
for word in (os.getenv "TINE_WITHOUT" or ""):gmatch "%S+" do left_out[word] = true end

local p = tine.range(1, 1)

function has(name)
  for _, other in ipairs(NEEDS[name] or {}) do
    if not has(other) then return false end
  end
  return not left_out[name] and p[ALIAS[name] or name] ~= nil
end

local function keep(list, present)
  for i = #list, 1, -1 do
    if not present(list[i]) then table.remove(list, i) end
  end
end

keep(draw.names, has)
keep(trial.terminals, has)
keep(draw.sources, function(name) return tine[name] ~= nil end)
