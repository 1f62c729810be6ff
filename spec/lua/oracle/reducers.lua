-- Reducers of kernels, as reduce, fold_chunks and scan take them: an associative kernel, for columns of one type.
--
-- Gives { enter(value) = the value in the kernel's type, cell, combine, finish(accumulator or nil) = the result } and
-- the type of the result. A user's `init` is combined once, leftmost (semantics 2).

local grid = require "spec.lua.oracle.grid"
local items = require "spec.lua.oracle.items"
local kernels = require "spec.lua.oracle.kernels"
local types = require "spec.lua.oracle.types"

local ASSOCIATIVE = { add = true, mul = true, min = true, max = true, band = true, bor = true, bxor = true,
  ["and"] = true, ["or"] = true, xor = true }
local BOOL = { add = true, mul = true, ["and"] = true, ["or"] = true, xor = true }

local function entered(from, to, value)
  if from == to then return value end
  if types.is_float(to) then return types.round(to, types.to_float(from, value)) end
  return types.to_integer(from, value)
end

return function(dtype, name, init)
  if type(name) == "table" then return name:reducer(dtype, init) end -- expression/call.lua
  if not ASSOCIATIVE[name] then items.refuse "not associative" end
  if dtype == "bool" and not BOOL[name] then items.open "a bool column" end
  local kernel, beside, value = kernels[name], dtype, init
  if init ~= nil then beside, value = types.constant(dtype, init, kernel.keeps) end
  local to = kernel.result(beside, dtype) or items.open("no signature of " .. name)
  local d = { to, to }
  local reducer = grid.reducer(function(a, b) return kernel.apply(d, a, b) end)
  if init ~= nil then reducer.init = entered(beside, to, value) end
  function reducer.enter(x) return entered(dtype, to, x) end
  function reducer.finish(acc)
    if init == nil then return acc end
    if acc == nil then return reducer.init end
    return reducer.combine(reducer.init, acc)
  end
  return reducer, to
end
