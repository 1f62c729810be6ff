-- Makes a failing case smaller: without one adaptor after the other, with less data, with smaller numbers, for as long
-- as it still fails.

local plan = require "spec.lua.oracle.plan"
local trial = require "spec.lua.oracle.trial"

local SECONDS = 20 -- of processor time; what is small enough by then is shown

local function is_node(x) return type(x) == "table" and x.op ~= nil end

local function is_kernel(x) return type(x) == "table" and x.smaller ~= nil end -- expression/call.lua

local function with_base(node, base)
  return plan.node(node.op, base, table.unpack(node.args, 1, node.args.n))
end

local function with_arg(node, i, value)
  local copy = plan.node(node.op, node.base, table.unpack(node.args, 1, node.args.n))
  copy.args[i] = value
  return copy
end

local function shorter(node, add)
  local values = node.args[2]
  local n = #values
  if n == 0 then return end
  local half = n // 2
  add(plan.array(node.args[1], table.move(values, 1, half, 1, {})))
  if half > 0 then add(plan.array(node.args[1], table.move(values, half + 1, n, 1, {}))) end
  for i = 1, n <= 64 and n or 0 do
    local rest = table.move(values, 1, n, 1, {})
    table.remove(rest, i)
    add(plan.array(node.args[1], rest))
  end
end

-- 1 in place of a value, if that is no step back.
local function simpler(node, add)
  local values = node.args[2]
  for i = 1, #values <= 64 and #values or 0 do
    local x = values[i]
    if math.type(x) and x ~= 1 and x ~= 0 then
      local other = table.move(values, 1, #values, 1, {})
      other[i] = math.type(x) == "float" and 1.0 or 1
      add(plan.array(node.args[1], other))
    end
  end
end

local function numbers(node, add)
  for i = 1, node.args.n do
    local x = node.args[i]
    if math.type(x) == "integer" and x > 1 then
      add(with_arg(node, i, x // 2))
      add(with_arg(node, i, x - 1))
    end
  end
end

-- An expression over arrays side by side, over those alone that it reads: the base and the expression; or nil.
local function narrowed(base, x)
  if not is_node(base) or base.op ~= "zip" or base.base or type(x) ~= "table" or not x.renumbered then return nil end
  local list, place, read = {}, {}, x:inputs()
  for c = 1, base.args.n do
    local known, m = pcall(plan.model, base.args[c])
    if not known or #m.dtypes > 1 then return nil end
    if read[c] then
      list[#list + 1] = base.args[c]
      place[c] = #list
    end
  end
  if #list == 0 or #list == base.args.n then return nil end
  return #list == 1 and list[1] or plan.node("zip", nil, table.unpack(list)), x:renumbered(place)
end

-- Calls `add` with everything a little smaller than the node.
local function smaller(node, add)
  if node.op == "array" then
    shorter(node, add)
    return simpler(node, add)
  end
  if node.base then add(node.base) end
  for i = 1, node.args.n do
    if is_node(node.args[i]) then add(node.args[i]) end
  end
  if node.op == "slice" and node.args.n > 1 then add(plan.node("slice", nil, node.args[1])) end
  if node.base then smaller(node.base, function(base) add(with_base(node, base)) end) end
  if node.base and is_kernel(node.args[1]) then
    local base, x = narrowed(node.base, node.args[1])
    if base then add(plan.node(node.op, base, x, table.unpack(node.args, 2, node.args.n))) end
  end
  for i = 1, node.args.n do
    local x = node.args[i]
    local function instead(arg) add(with_arg(node, i, arg)) end
    if is_node(x) then smaller(x, instead) elseif is_kernel(x) then x:smaller(instead) end
  end
  numbers(node, add)
end

-- The node with all its arrays cut to half their length.
local function halved(node)
  if not is_node(node) then return node end
  if node.op == "array" then
    return plan.array(node.args[1], table.move(node.args[2], 1, #node.args[2] // 2, 1, {}))
  end
  local copy = plan.node(node.op, node.base and halved(node.base))
  copy.args = { n = node.args.n }
  for i = 1, node.args.n do copy.args[i] = halved(node.args[i]) end
  return copy
end

-- How many values all its arrays have.
local function values_of(node)
  if not is_node(node) then return 0 end
  if node.op == "array" then return #node.args[2] end
  local sum = values_of(node.base)
  for i = 1, node.args.n do sum = sum + values_of(node.args[i]) end
  return sum
end

-- Calls `add` with all cases a little smaller.
local function candidates(case, add)
  local function whole(node) add { node = node, terminal = case.terminal, args = case.args } end
  if values_of(case.node) > 0 then whole(halved(case.node)) end
  local base, call = narrowed(case.node, case.args[1] or {})
  if base then
    local args = table.pack(call, table.unpack(case.args, 2, case.args.n))
    add { node = base, terminal = case.terminal, args = args }
  end
  smaller(case.node, whole)
  for i = 1, case.args.n do
    local function instead(arg)
      local args = table.move(case.args, 1, case.args.n, 1, { n = case.args.n })
      args[i] = arg
      add { node = case.node, terminal = case.terminal, args = args }
    end
    local x = case.args[i]
    if is_node(x) then smaller(x, instead) elseif is_kernel(x) then x:smaller(instead) end
    if math.type(x) == "integer" and x > 1 then instead(x // 2) end
  end
end

local Found = {}

-- The first smaller case that still fails, or nil.
local function step(case, deadline)
  local found
  local ok, failure = pcall(candidates, case, function(candidate)
    if os.clock() > deadline then error(Found, 0) end
    local fine, complaint = pcall(trial.complaint, candidate)
    if not fine or not complaint then return end
    found = candidate
    error(Found, 0)
  end)
  if not ok and failure ~= Found then error(failure, 0) end
  return found
end

return function(case)
  local deadline = os.clock() + SECONDS
  while true do
    local less = step(case, deadline)
    if not less then return case end
    case = less
  end
end
