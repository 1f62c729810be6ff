-- The registry of modelled terminals: name -> { fits(case), check(case, rng, pools) }.
--
-- `check` raises a message where the module disagrees with the model of the case.

local helper = require "spec.lua.helper"

local terminal = { all = {} }

function terminal.demand(expected, actual, label)
  local difference = helper.difference(expected, actual)
  if difference then error(label .. ": " .. difference, 0) end
end

function terminal.require_that(condition, message, ...)
  if not condition then error(message:format(...), 0) end
end

function terminal.column_types(case)
  local list = {}
  for i, column in ipairs(case.model.columns) do list[i] = column.dtype end
  return list
end

--------------------------------------------------------------------------------------------------------------------
-- Which cases a terminal is tried on

function terminal.any() return true end

function terminal.single(case) return #case.model.columns == 1 end

-- Every column is a number; bool is left out where the contract does not say what the terminal gives.
function terminal.numeric(case)
  for _, dtype in ipairs(terminal.column_types(case)) do
    if dtype == "bool" then return false end
  end
  return true
end

function terminal.one_number(case) return terminal.single(case) and terminal.numeric(case) end

--------------------------------------------------------------------------------------------------------------------

-- Adds a terminal. `run(case, p, rng)` calls it and gives all its results in a table; `judge(case, results, pools)`
-- compares. A case with a failing item must raise instead, and name the lowest one (semantics 17).
function terminal.define(name, fits, run, judge)
  local function check(case, rng, pools)
    local ok, results = pcall(run, case, case.p, rng)
    if not case.model.fail then
      terminal.require_that(ok, "raised '%s'", tostring(results))
      return judge(case, results, pools)
    end
    terminal.require_that(not ok, "no error; item %d fails", case.model.fail)
    local item = tostring(results):match "item (%d+)"
    terminal.require_that(tonumber(item) == case.model.fail, "item %d fails, but: %s", case.model.fail,
      tostring(results))
  end
  terminal.all[name] = { fits = fits, check = check }
end

-- Calls a method without arguments.
function terminal.plain(method)
  return function(_, p) return table.pack(p[method](p)) end
end

-- The same terminal, scheduled otherwise: the same bits (semantics 1).
function terminal.judge_schedules(case, results, pools, run)
  for _, schedule in ipairs(helper.schedules(case.p, pools)) do
    terminal.demand(results, run(case, schedule[2]), schedule[1])
  end
end

return terminal
