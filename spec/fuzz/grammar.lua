-- The bytes of a fuzzer as a script that uses the whole reference: what is called, with what, and in what: callbacks,
-- coroutines, finalisers, loops that are left, blocks that close. It is made from lua/api.lua, so what is added to the
-- reference is called at once; what this file does not know of it raises. One text for the same bytes always, so that a
-- finding can be printed, shortened and run by hand.
--
-- The script keeps its objects in A (arrays) P (pipelines) K (kernels) L (pools) J (jobs) X (other results) C
-- (coroutines), a few places each; a call that raises leaves the place as it was.

local reader = require "spec.fuzz.reader"
local statements = require "spec.fuzz.statements"
local values = require "spec.fuzz.values"

local grammar = {}
grammar.__index = grammar

local LARGEST <const> = 48 -- statements of a script
local DEEPEST <const> = 3 -- calls inside of calls, callbacks in callbacks
local PLACES <const> = 4

-- Class: the table that has them, and an object where no other is to be had.
local CLASSES = {
  Array = { "A", 'tine.zeros("f64", 10)' }, Pipeline = { "P", "tine.range(1, 10)" },
  Kernel = { "K", 'tine.kernel "add"' }, Pool = { "L", "tine.pool { threads = 1 }" }, Job = { "J", 'P[1]:start "sum"' },
}

local PRELUDE <const> = [[
local A = { tine.array("f64", { 3, 1, 2, 0 / 0, -0.0 }), tine.array("u8", { 1, 0, 255 }),
  tine.array("bool", { true, false }), tine.range(1, 3000):collect() }
local P = { tine.range(1, 100), tine.range(1, 5000):map("sqrt"), A[1]:filter("gt", 1), A[4]:zip(A[4]:map("neg")) }
local K, L, J, X, C = {}, {}, {}, {}, {}
local wide = table.move(A[4], 1, 33, 1, {})
local function try(last, fn)
  local ok, result = pcall(fn)
  if ok and result ~= nil then return result end
  return last
end
]]

-- What a result is kept as: by the type that the reference tells.
local KEPT = { array = "Array" }
for class in pairs(CLASSES) do KEPT[class] = class end

local function needed(api)
  local known = { ["function"] = true }
  for name in pairs(values) do known[name] = true end
  return function(entry)
    for _, form in ipairs(entry.forms) do
      for _, arg in ipairs(form) do
        local kind = CLASSES[arg.type] and "any" or arg.type
        assert(api.types[arg.type] and known[kind], "spec/fuzz/values.lua knows no " .. arg.type)
      end
    end
  end
end

-- Kernels of the sort that an entry's text asks for.
local function sorts_of(kernels)
  local sorts = { predicate = {}, associative = {}, expands = {} }
  for _, kernel in ipairs(kernels) do
    kernel.count = select(2, kernel.inputs:gsub("%l+", ""))
    local sort = kernel.types:find "bool" and "predicate" or "associative"
    if kernel.count == 2 or sort == "predicate" then table.insert(sorts[sort], kernel) end
    if kernel.name == "repeat" or kernel.name == "span" then table.insert(sorts.expands, kernel) end
  end
  return sorts
end

-- For all scripts: the reference's entries, as they are called.
function grammar.new(model)
  local g = setmetatable({ model = model, calls = {}, terminals = {}, giving = {}, produced = {} }, grammar)
  local check, sorts = needed(model.api), sorts_of(model.kernels)
  for class in pairs(CLASSES) do g.giving[class] = {} end
  for _, entry in ipairs(model.entries) do
    check(entry)
    for _, sort in ipairs { "expands", "predicate", "associative" } do
      entry.kernels = entry.kernels or entry.text:find(sort) and sorts[sort]
    end
    for _, meta in ipairs(entry.meta or {}) do assert(statements.meta[meta], "spec/fuzz/statements.lua: " .. meta) end
    if not entry.inner then g.calls[#g.calls + 1] = entry end
    local gives = not entry.value and KEPT[entry.results[1] and entry.results[1].type]
    if gives then table.insert(g.giving[gives], entry) end
    if entry.section.title:find "^Terminals" then g.terminals[#g.terminals + 1] = entry end
  end
  return g
end

function grammar:places(class) return self.set[class] or 0 end

-- An expression of that class: one that is kept, or a call that gives one.
function grammar:object(class)
  local name, other = table.unpack(CLASSES[class])
  local n = self.set[class]
  if self.depth < DEEPEST and self.bytes:rare(4) then
    self.depth = self.depth + 1
    local text = self:call(self.bytes:pick(self.giving[class]))
    self.depth = self.depth - 1
    return text
  end
  return n > 0 and ("%s[%d]"):format(name, self.bytes:choice(n) + 1) or other
end

function grammar:kept() return ("X[%d]"):format(self.bytes:choice(PLACES) + 1) end

function grammar:value(kind)
  if CLASSES[kind] then return self:object(kind) end
  return values[kind](self)
end

-- How many values there are behind a kernel: for one column, those it lacks; else some.
function grammar:further()
  local lacks = self.inputs and self.inputs - 1
  self.inputs = nil
  return (not lacks or self.bytes:rare(4)) and self.bytes:choice(4) or lacks
end

-- "a, b": what the entry takes, or now and then something else.
function grammar:arguments(entry)
  local list = {}
  local sort_before = self.sort
  for _, arg in ipairs(self.bytes:pick(entry.forms)) do
    if arg.optional and self.bytes:choice(3) == 0 then break end
    for _ = 1, arg.rest and self:further() or 1 do
      self.sort = entry.kernels -- read by values.kernel
      list[#list + 1] = self:value(self.bytes:rare(24) and "any" or arg.type)
    end
  end
  self.sort, self.inputs = sort_before, nil
  if self.bytes:rare(40) then list[#list] = nil end
  if self.bytes:rare(40) then list[#list + 1] = self:value "any" end
  return list
end

-- A terminal and what it takes, for 'start'.
function grammar:started()
  local terminal = self.bytes:pick(self.terminals)
  return ("%q%s"):format(terminal.bare, table.concat({ "", table.unpack(self:arguments(terminal)) }, ", "))
end

function grammar:subject(entry)
  local class = entry.owner == "Pipeline" and self.bytes:rare(4) and "Array" or entry.owner
  return class == "tine" and "tine" or self:object(class)
end

-- The text of a call of an entry, or of the expression that it is.
function grammar:call(entry)
  self.produced[entry.name] = true
  if entry.value then return entry.name end
  if entry.meta then
    local meta = self.bytes:pick(entry.meta)
    self.produced[meta] = true
    return "(" .. statements.meta[meta](self, self:object(entry.owner), entry) .. ")"
  end
  local arguments = entry.bare == "start" and not self.bytes:rare(12) and self:started()
    or table.concat(self:arguments(entry), ", ")
  local subject = self:subject(entry)
  return ("%s%s%s(%s)"):format(subject, subject == "tine" and "." or ":", entry.bare, arguments)
end

-- Where a result of the entry is kept: "A[2]".
function grammar:place(entry)
  local class = KEPT[entry.results[1] and entry.results[1].type]
  if not class then return self:kept() end
  local last = math.min(self.set[class] + 1, PLACES)
  local at = self.bytes:choice(last) + 1
  self.set[class] = math.max(self.set[class], at)
  return ("%s[%d]"):format(CLASSES[class][1], at)
end

-- So many statements at most, as one text.
function grammar:block(most)
  local list = {}
  self.depth = self.depth + 1
  for _ = 1, most do
    if self.bytes:over() or self.left <= 0 then break end
    self.left = self.left - 1
    list[#list + 1] = self.bytes:pick(statements.list)(self)
  end
  self.depth = self.depth - 1
  return table.concat(list, "\n")
end

function grammar:callback()
  if self.depth >= DEEPEST then return self.bytes:pick { "math.abs", "error", "type", "coroutine.yield" } end
  return statements.callback(self)
end

function grammar:script(bytes)
  self.bytes, self.left, self.depth, self.sort, self.inputs = reader.new(bytes), LARGEST, 0, nil, nil
  self.set = { Array = PLACES, Pipeline = PLACES, Kernel = 0, Pool = 0, Job = 0 }
  return PRELUDE .. self:block(LARGEST) .. "\n"
end

return grammar
