-- Built-in loops run in vector registers. The disassembly of the built objects tells: for each loop of builtin.def, in
-- each instruction set, for columns side by side and for a constant on either side, there is an innermost loop without
-- a branch that stores whole registers of that set's width. Likewise for conversions, sums and dot products. Steps of
-- programs, by whatever compiler, keep their strip in such registers and jump to the next one.
--
-- What the compiler cannot or should not vectorise is listed here, with the reason. (That all sets give the same bits
-- is what spec/core/builtin_test.c and cast_test.c are about.)

local build = os.getenv "TINE_BUILD" or "build"
local cc = os.getenv "CC" or "cc"

local WIDTH <const> = { xmm = 1, ymm = 2, zmm = 3 }
local REGISTER <const> = { base = "xmm", avx2 = "ymm", avx512 = "zmm" }

-- Patterns of loops that stay scalar, by set, and why.
local SCALAR <const> = {
  every = {
    ["^isnan_I64$"] = "never: one memset",
    ["^isfinite_I64$"] = "always: one memset",
  },
  -- SSE2. Item by item is measured to be as fast as what could be made of its instructions in the way of comparisons.
  base = {
    ["^%a+_[IUF]64_[IUF]64$"] = "no comparison of 64-bit integers, no narrowing of 64-bit masks",
    ["^clamp_[IU]64"] = "no comparison of 64-bit integers",
    ["^where_BOOL_[IU]64"] = "no comparison of 64-bit integers",
    ["^abs_I64$"] = "no comparison of 64-bit integers",
    ["^sign_I64$"] = "no comparison of 64-bit integers",
    ["^is%a+_F64$"] = "no narrowing of 64-bit masks",
    ["^sh[lr]_I64_I64$"] = "no shift by a count of its own for each item",
    ["^fma_F"] = "no fused multiplication",
    ["^mod_F"] = "no fused multiplication, no rounding",
    ["^idiv_F"] = "no rounding",
    ["^floor_F"] = "no rounding",
    ["^ceil_F"] = "no rounding",
    ["^round_F"] = "no rounding",
    ["^trunc_F"] = "no rounding",
  },
  avx2 = {},
  avx512 = {},
}
-- ... of those above, what SSE2 can do.
local BASE_DOES <const> = { "^add_", "^sub_", "^div_", "^mul_F", "^min_F", "^max_F", "^band_", "^bor_", "^bxor_" }

-- Of conversions: mode_FROM_TO.
local CAST_SCALAR <const> = {
  every = { ["^wrap_F%d+_[IU]"] = "a float out of range is reduced modulo 2^64 by the C library" },
  base = { ["64"] = "few instructions for 64-bit lanes", ["^clamp_"] = "no minimum and maximum but of u8 and i16",
           ["^exact_F"] = "no comparison and conversion in one width" },
  avx2 = { ["_[IU]64_F"] = "no such conversion", ["_F%d+_[IU]64$"] = "no such conversion" },
  avx512 = {},
}

local function excused(list, set, name)
  for _, group in ipairs { list.every, list[set] } do
    for pattern in pairs(group) do
      if name:find(pattern) then return true end
    end
  end
  return false
end

local function does(name)
  for _, pattern in ipairs(BASE_DOES) do
    if name:find(pattern) then return true end
  end
  return false
end

-- ===== Objects =====

local function contents(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

-- Why the objects of steps, and of loops, cannot be judged; nil if they can.
local function unfit_steps(object)
  if not object then return "no objects in " .. build end
  if object:sub(1, 4) ~= "\127ELF" or object:byte(19) ~= 0x3E then return "no objects for x86-64" end
  for _, word in ipairs { "__asan_", "__ubsan_", "__tsan_", "__msan_" } do
    if object:find(word, 1, true) then return "built with a sanitizer" end
  end
  if not os.execute "objdump --version >/dev/null 2>&1" then return "objdump is not installed" end
end

local function unfit()
  local object = contents(build .. "/obj/core/kernel/loops.o")
  local why_not = unfit_steps(object)
  if why_not then return why_not end
  local producer = object:match "GNU C%d+ [%g ]*"
  if not producer then return "not built by gcc with -g" end
  if not producer:find "%-O3" then return "built without -O3" end
  if producer:find "%-coverage" or producer:find "%-fprofile" then return "built for profiling" end
end

-- Functions of an object, read once: lists of { address, text } by name.
local disassembled = {}

local function functions(path)
  if disassembled[path] then return disassembled[path] end
  local pipe <close> = assert(io.popen(("objdump -d --no-show-raw-insn '%s/obj/%s'"):format(build, path)))
  local all, current = {}, nil
  for line in pipe:lines() do
    local name = line:match "^%x+ <([^>]+)>:$"
    if name then
      current = {}
      all[name] = current
    elseif current then
      local address, text = line:match "^%s*(%x+):\t(.*)$"
      if address then current[#current + 1] = { address = tonumber(address, 16), text = text } end
    end
  end
  disassembled[path] = all
  return all
end

-- Innermost loops that nothing leaves or enters but at the ends, as lists of texts.
local function straight_loops(body)
  local index, loops = {}, {}
  for i, line in ipairs(body) do index[line.address] = i end
  for i, line in ipairs(body) do
    local first = index[tonumber(line.text:match "^j%l+%s+(%x+) " or "", 16)]
    local loop = {}
    for k = first or i + 1, i - 1 do
      local text = body[k].text
      if text:find "^j" or text:find "^call" or text:find "^ret" then
        loop = {}
        break
      end
      loop[#loop + 1] = text
    end
    if loop[1] then loops[#loops + 1] = loop end
  end
  return loops
end

-- The widest vector register a loop stores, and the widest it uses; both 0 where items are fetched one by one.
local function widths(loop)
  local stored, used = 0, 0
  for _, text in ipairs(loop) do
    if text:find "^v?movhp" or text:find "^v?movlp" or text:find "^v?pinsr" then return 0, 0 end
    local name, register = text:match "^(v?mov%w+)%s+%%([xyz]mm)%d+,[^%%]*%(%%"
    local whole = name and (name:find "mov[ua]p" or name:find "movdq" or name:find "movnt")
    stored = math.max(stored, whole and WIDTH[register] or 0)
    if not text:find "^%w+s[sd]%s" then used = math.max(used, WIDTH[text:match "%%([xyz]mm)"] or 0) end
  end
  return stored, used
end

local function count_whole(body, width)
  local n = 0
  for _, loop in ipairs(straight_loops(body)) do
    if widths(loop) >= width then n = n + 1 end
  end
  return n
end

-- Does a loop use registers of the width and store some of a vector? (What becomes narrower leaves half of one.)
local function has_vector(body, width)
  for _, loop in ipairs(straight_loops(body)) do
    local stored, used = widths(loop)
    if stored >= 1 and used >= width then return true end
  end
  return false
end

-- Does a function take whole registers of the width from memory, and store such? (Vector functions are called between.)
local function passes_vectors(body, width)
  local loaded, stored = 0, 0
  for _, line in ipairs(body) do
    local register = line.text:match "^v?mov[ua]p[sd]%s+[^%%]*%(.*%),%%([xyz]mm)"
    loaded = math.max(loaded, WIDTH[register or ""] or 0)
    stored = math.max(stored, (widths { line.text }))
  end
  return loaded >= width and stored >= width
end

-- Does a loop do nothing but whole vectors by this operation?
local function has_operation(path, operation, register)
  for _, body in pairs(functions(path)) do
    for _, loop in ipairs(straight_loops(body)) do
      local text = "\n" .. table.concat(loop, "\n")
      local found = text:find("\nv?" .. operation .. "p[sd]%s[^\n]*%%" .. register)
      if found and not text:find("\nv?" .. operation .. "s[sd]%s") then return true end
    end
  end
  return false
end

-- The loops of builtin.def that are compiled for each set: name and number of variants. Those of transcendental kernels
-- have none, since one function does with vectors what another has laid out for it.
local function expected()
  local program = os.tmpname()
  do
    local file <close> = assert(io.open(program, "w"))
    file:write [[
#define V1(name, A, R, e) =1 name##_##A
#define V2(name, A, B, R, e) =3 name##_##A##_##B
#define V3(name, A, B, C, R, e) =3 name##_##A##_##B##_##C
#define Q2(name, T, quick, e) =3 name##_##T##_##T
#define P1(name, A, R, e) =0 run_##name##_##A
#define P2(name, A, B, R, e) =0 run_##name##_##A
#define M2(...)
#define Z2(...)
#define E2(...)
#define KERNEL(name, rule, ie, fe, flags, help) rule(name, ie, fe)
#include "core/kernel/builtin.def"
]]
  end
  local pipe <close> = assert(io.popen(("%s -E -P -I. -x c %s"):format(cc, program)))
  local list = {}
  for variants, name in pipe:read "a":gmatch "=(%d) ([%w_]+)" do
    list[#list + 1] = { name = name, variants = math.tointeger(variants) }
  end
  os.remove(program)
  return list
end

describe("the disassembly shows vectors", function()
  local why_not = unfit()

  local function judge(what, fn)
    it(what, function()
      if why_not then pending(why_not) end
      fn()
    end)
  end

  for _, set in ipairs { "base", "avx2", "avx512" } do
    local width = WIDTH[REGISTER[set]]

    judge("in each built-in loop, of columns and of constants: " .. set, function()
      local all, scalar = functions "core/kernel/loops.o", {}
      local list = expected()
      assert(#list > 100, "no list of loops")
      for _, loop in ipairs(list) do
        local body = all[("loop_%s_%s"):format(loop.name, set)]
        assert(body or loop.variants == 0, loop.name .. " is missing")
        local wanted = loop.variants > 0 and not excused(SCALAR, set, loop.name) or set == "base" and does(loop.name)
        if wanted and count_whole(body, width) < loop.variants then scalar[#scalar + 1] = loop.name end
      end
      assert.are.equal("", table.concat(scalar, " "))
    end)

    -- (The base set has one lane: these functions want fused multiplication, which SSE2 lacks.)
    if set ~= "base" then
      judge("in each transcendental loop: " .. set, function()
        local all, scalar = functions "core/kernel/loops.o", {}
        if not all["loop_run_exp_F64_" .. set] then pending "the functions of the C library are in use" end
        for _, loop in ipairs(expected()) do
          local body = all[("loop_%s_%s"):format(loop.name, set)]
          if loop.variants == 0 and not (body and passes_vectors(body, width)) then scalar[#scalar + 1] = loop.name end
        end
        assert.are.equal("", table.concat(scalar, " "))
      end)
    end

    judge("in each conversion: " .. set, function()
      local scalar, judged = {}, 0
      for name, body in pairs(functions "core/kernel/cast.o") do
        local pair = name:match("^cast_(%l+_%w+_%w+)_" .. set .. "$")
        if pair and not excused(CAST_SCALAR, set, pair) then
          judged = judged + 1
          if not has_vector(body, width) then scalar[#scalar + 1] = pair end
        end
      end
      table.sort(scalar)
      assert.are.equal("", table.concat(scalar, " "))
      assert(judged > 40, judged .. " conversions found")
    end)
  end

  judge("in sums, dot products and extremes", function()
    for _, register in ipairs { "xmm", "ymm" } do
      assert.is_true(has_operation("core/fold/fold_sum.o", "add", register))
      assert.is_true(has_operation("core/fold/fold_sum.o", "mul", register))
      assert.is_true(has_operation("core/kernel/program_run.o", "add", register))
      assert.is_true(has_operation("core/kernel/program_run.o", "mul", register))
    end
    assert.is_true(has_operation("core/fold/fold_extreme.o", "min", "ymm"))
    assert.is_true(has_operation("core/fold/fold_extreme.o", "max", "ymm"))
  end)
end)

describe("the disassembly shows steps", function()
  local path <const> = "core/kernel/program_run.o"
  local object = contents(build .. "/obj/" .. path)
  local why_not = unfit_steps(object)

  -- On one way through it at least a step jumps to where a table says, and it has none of the stack.
  local function jumps(body, register)
    local jumped, used = false, false
    for _, line in ipairs(body) do
      if line.text:find "rsp" or line.text:find "^push" or line.text:find "^call" then return false end
      jumped = jumped or line.text:find "^jmp%s+%*" ~= nil
      used = used or line.text:find("%" .. register .. "7", 1, true) ~= nil
    end
    return jumped and used
  end

  for set, register in pairs(REGISTER) do
    it("that keep their strips in registers and jump to the next: " .. set, function()
      if why_not then pending(why_not) end
      local all, other = functions(path), {}
      if not all["program_again_" .. set] then pending "there are no such steps" end
      if not jumps(all.program_again_base, "xmm") then pending "built without optimisation: steps return to a loop" end
      for _, name in ipairs { "again", "keep", "neg_F64", "sqrt_F64" } do
        if not jumps(all[("program_%s_%s"):format(name, set)], register) then other[#other + 1] = name end
      end
      for _, name in ipairs { "add_F64", "sub_F64", "mul_F64", "div_F64", "add_I64", "lt_F64" } do
        for _, how in ipairs { "m", "k", "r_m", "r_k" } do
          local body = all[("program_%s_%s_%s"):format(name, how, set)]
          if body and not jumps(body, register) then other[#other + 1] = name .. "_" .. how end
        end
      end
      assert.are.equal("", table.concat(other, " "))
    end)
  end
end)
