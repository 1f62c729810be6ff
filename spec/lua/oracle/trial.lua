-- One random case: a pipeline, a terminal, what the model says and what the module does; and how to make it smaller.

local draw = require "spec.lua.oracle.draw_stages"
local helper = require "spec.lua.helper"
local items = require "spec.lua.oracle.items"
local plan = require "spec.lua.oracle.plan"
local terminals = require "spec.lua.oracle.terminals"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

local trial = {}

local names = {}
for name in pairs(terminals) do names[#names + 1] = name end
table.sort(names)
trial.terminals = names

--------------------------------------------------------------------------------------------------------------------
-- What is expected, and what comes

-- Results in a table, or a fault; nil where the contract leaves the case open.
local function expected(case)
  local terminal = terminals[case.terminal]
  local ok, results = pcall(function()
    local args = {}
    for i = 1, case.args.n do args[i] = plan.model(case.args[i]) end
    return table.pack(terminal.model(plan.model(case.node), table.unpack(args, 1, case.args.n)))
  end)
  if ok or items.is_fault(results) then return results, not ok end
  if types.is_open(results) then return nil end
  error("the oracle itself: " .. tostring(results) .. "\n" .. trial.text(case), 0)
end

local function actual(case)
  return pcall(function()
    local p, args = plan.build(case.node), plan.arguments(case.args)
    return table.pack(terminals[case.terminal].run(p, table.unpack(args, 1, args.n)))
  end)
end

-- nil if the two are the same; else what differs.
local function difference(want, got)
  if type(want) == "table" and want.dtype then
    if not tine.isarray(got) then return "no array: " .. tostring(got) end
    if got:dtype() ~= want.dtype then return ("an array of %s, not of %s"):format(got:dtype(), want.dtype) end
  end
  return helper.difference(want, got)
end

local function results_differ(want, got)
  if got.n < want.n then return ("%d results, not %d"):format(got.n, want.n) end
  for i = 1, math.max(want.n, got.n) do
    local d = difference(want[i], got[i])
    if d then return ("result %d: %s"):format(i, d) end
  end
end

-- Where several results are right: one of these.
local function no_choice(choices, got)
  for _, want in ipairs(choices) do
    if not results_differ(want, got) then return nil end
  end
  return "what is found does not match: " .. helper.show(got[1])
end

-- Does the message tell what failed, and in which stage?
local function reason_differs(why, message)
  local text = tostring(message)
  for _, part in ipairs { why.kernel and ("kernel '%s' failed at"):format(why.kernel) or "",
    why.stage and ("'%s', built at"):format(why.stage) or "", why.reason and ": " .. why.reason or "" } do
    if not text:find(part, 1, true) then return ("to be told with \"%s\", but: %s"):format(part, text) end
  end
end

local function fault_differs(fault, ok, message)
  if ok then return fault.refused and "not refused" or ("no error; item %s fails"):format(fault.at and fault.at + 1) end
  local item = tostring(message):match "at item (%d+)"
  if fault.refused then
    if item or fault.text and not tostring(message):find(fault.text, 1, true) then
      return ("to be refused%s, but: %s"):format(fault.text and " with '" .. fault.text .. "'" or "", message)
    end
  elseif not item or fault.at and tonumber(item) ~= fault.at + 1 then
    return ("item %s fails, but: %s"):format(fault.at and fault.at + 1 or "?", message)
  elseif type(fault.why) == "table" then
    return reason_differs(fault.why, message)
  end
end

-- The state of a pipeline before it runs: its kind, and what it says about its length.
local function plan_differs(case)
  local ok, m = pcall(plan.model, case.node)
  if not ok or case.node.op == "array" then return nil end
  local built, p = pcall(plan.build, case.node)
  if not built then return "building: " .. tostring(p) end
  if tine.isarray(p) then return nil end
  if p:kind() ~= m.kind then return ("kind is %s, not %s"):format(p:kind(), m.kind) end
  if m.kind == "indexed" and p:len() ~= #m.items then return ("len is %d, not %d"):format(p:len(), #m.items) end
  for _, item in ipairs(m.items) do
    if item.fail then return nil end
  end
  local least, most = p:bounds()
  if least > #m.items or most and most < #m.items then
    return ("bounds are %s, %s of %d items"):format(least, most, #m.items)
  end
  if m.kind == "bounded" and not most then return "no upper bound" end
end

-- The same call with an argument that nothing has a use for: whether it raises.
local function refuses_more(case)
  return not pcall(function()
    local p, args = plan.build(case.node), plan.arguments(case.args)
    for i = args.n + 1, args.n + 4 do args[i] = {} end
    return p[case.terminal](p, table.unpack(args, 1, args.n + 4))
  end)
end

-- nil if the module does what the model says, or where the case is open; else what is wrong.
function trial.complaint(case)
  local want, fault = expected(case)
  if want == nil then return nil, true end
  local wrong = plan_differs(case)
  if wrong then return wrong end
  local ok, got = actual(case)
  if case.surplus and not refuses_more(case) then return "further arguments are ignored" end
  if fault then return fault_differs(want, ok, got) end
  if not ok then return "raised: " .. tostring(got) end
  if type(want[1]) == "table" and want[1].any then return no_choice(want[1].any, got) end
  return results_differ(want, got)
end

function trial.text(case)
  return ("%s:%s(%s)"):format(plan.text(case.node), case.terminal, plan.texts(case.args))
end

--------------------------------------------------------------------------------------------------------------------

local function scheduled(rng, node)
  if rng:chance(0.5) then node = plan.node("on", node, { pool = rng:pick { 1, 2, 3, 16 } }) end
  if rng:chance(0.2) then node = plan.node("max_len", node, rng:pick { 1, 7, 50, 1000 }) end
  return node
end

local function drawn(rng, name)
  local node = scheduled(rng, draw.pipeline(rng, rng:pick { 0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8 }))
  local ok, m = pcall(plan.model, node)
  if not ok then return { node = node, terminal = "count", args = { n = 0 } } end -- a call that is to be refused
  local args, n = terminals[name].draw(rng, node, m), 0
  if not args then return nil end
  for i in pairs(args) do n = math.max(n, i) end
  args.n = n
  return { node = node, terminal = name, args = args, surplus = name ~= "array" and rng:chance(0.1) }
end

-- A random case of that terminal.
function trial.draw(rng, name)
  local case
  repeat case = drawn(rng, name) until case
  return case
end

return trial
