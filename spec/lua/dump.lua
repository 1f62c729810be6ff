-- Dumps of Lua 5.4 functions read once more, in Lua: what the decoder of lua/function is held against; and written
-- again with something else in them, for what it must refuse.

local dump = {}

dump.ops = {}
for name in ([[MOVE LOADI LOADF LOADK LOADKX LOADFALSE LFALSESKIP LOADTRUE LOADNIL GETUPVAL SETUPVAL GETTABUP GETTABLE
  GETI GETFIELD SETTABUP SETTABLE SETI SETFIELD NEWTABLE SELF ADDI ADDK SUBK MULK MODK POWK DIVK IDIVK BANDK BORK BXORK
  SHRI SHLI ADD SUB MUL MOD POW DIV IDIV BAND BOR BXOR SHL SHR MMBIN MMBINI MMBINK UNM BNOT NOT LEN CONCAT CLOSE TBC JMP
  EQ LT LE EQK EQI LTI LEI GTI GEI TEST TESTSET CALL TAILCALL RETURN RETURN0 RETURN1 FORLOOP FORPREP TFORPREP TFORCALL
  TFORLOOP SETLIST CLOSURE VARARG VARARGPREP EXTRAARG]]):gmatch "%S+" do
  dump.ops[#dump.ops + 1] = name
  dump.ops[name] = #dump.ops - 1
end

-- The name of an instruction.
function dump.op(word)
  return dump.ops[(word & 0x7f) + 1]
end

local function reader(s, at)
  local r = { at = at }
  function r.byte()
    r.at = r.at + 1
    return s:byte(r.at - 1)
  end
  function r.size()
    local x = 0
    repeat
      local b = r.byte()
      x = x << 7 | b & 0x7f
    until b & 0x80 ~= 0
    return x
  end
  function r.unpack(format)
    local value
    value, r.at = string.unpack(format, s, r.at)
    return value
  end
  function r.text()
    local n = r.size()
    if n == 0 then return nil end
    r.at = r.at + n - 1
    return s:sub(r.at - n + 1, r.at - 1)
  end
  return r
end

local function constant(r)
  local tag = r.byte()
  if tag == 0x13 then return r.unpack "=d" end
  if tag == 0x03 then return r.unpack "=i8" end
  if tag == 0x04 or tag == 0x14 then return r.text() end
  return ({ [0] = "nil", [1] = false, [0x11] = true })[tag]
end

-- A list of what 'one' reads; and where it lies, in the field of that name.
local function list(r, p, name, one)
  p.places[name] = r.at
  local t = {}
  for i = 1, r.size() do t[i] = one(r) end
  p[name] = t
end

local function lines(r, p)
  local steps, far, line = {}, {}, p.line
  for i = 1, r.size() do steps[i] = r.unpack "b" end
  for _ = 1, r.size() do
    local at = r.size()
    far[at + 1] = r.size()
  end
  p.lines = {}
  for i, step in ipairs(steps) do
    line = step == -128 and far[i] or line + step
    p.lines[i] = line
  end
end

local function fn(r)
  local p = { places = {}, source = r.text(), line = r.size(), last_line = r.size() }
  p.places.params = r.at
  p.params, p.vararg, p.registers = r.byte(), r.byte() ~= 0, r.byte()
  list(r, p, "code", function() return r.unpack "=I4" end)
  list(r, p, "constants", constant)
  list(r, p, "upvalues", function() return r.byte() | r.byte() << 8 | r.byte() << 16 end)
  list(r, p, "nested", fn)
  lines(r, p)
  list(r, p, "names", function() return { r.text(), r.size(), r.size() } end)
  list(r, p, "upvalues", r.text)
  return p
end

-- string.dump(f), or a string of that kind, as a table; 'places' are where its parts begin.
function dump.read(s)
  local r = reader(s, 33)
  local p = fn(r)
  assert(r.at == #s + 1)
  return p
end

local function number(n)
  local s = string.char(n & 0x7f | 0x80)
  while n > 127 do
    n = n >> 7
    s = string.char(n & 0x7f) .. s
  end
  return s
end

-- The dump with other instructions; as many as there are of them.
function dump.with_code(s, code)
  local p = dump.read(s)
  local words = {}
  for i, word in ipairs(code) do words[i] = string.pack("=I4", word) end
  local old = number(#p.code)
  return s:sub(1, p.places.code - 1) .. number(#code) .. table.concat(words)
    .. s:sub(p.places.code + #old + 4 * #p.code)
end

-- An instruction of the form ABC.
function dump.abc(op, a, b, c, k)
  return dump.ops[op] | a << 7 | (k or 0) << 15 | (b or 0) << 16 | (c or 0) << 24
end

function dump.abx(op, a, bx)
  return dump.ops[op] | a << 7 | bx << 15
end

function dump.jump(distance)
  return dump.ops.JMP | distance + 16777215 << 7
end

return dump
