-- Prefix sums of floats (core/fold/README.md, "Prefix sums"), in plain Lua: `sums(values, init, round)`. Sums without
-- an error are lists of numbers that do not overlap (Shewchuk).

local RUN <const> = 128

local function finite(x) return x - x == 0 end

-- a + b, the larger one first, and what that lacks.
local function two_sum(a, b)
  if math.abs(a) < math.abs(b) then a, b = b, a end
  local sum = a + b
  return sum, b - (sum - a)
end

-- The exact sum of some small numbers, and of a large one, rounded once.
local function exactly(small, large)
  local parts, scale = {}, large and math.abs(large) >= 0x1p1000 and 0.25 or 1
  local function add(x)
    local kept = {}
    for _, part in ipairs(parts) do
      local lost
      x, lost = two_sum(x, part)
      if lost ~= 0 then kept[#kept + 1] = lost end
    end
    kept[#kept + 1] = x
    parts = kept
  end
  for _, x in ipairs(small) do add(x) end
  if scale ~= 1 then -- sums on the way would be infinite; of the smallest only the sign counts
    for i, x in ipairs(parts) do
      parts[i] = x == 0 and x or math.abs(x) < 0x1p-900 and (x < 0 and -0x1p-900 or 0x1p-900) or x * scale
    end
  end
  if large then add(large * scale) end
  local k = #parts
  local sum, lost = parts[k], 0
  while k > 1 and lost == 0 do
    k = k - 1
    sum, lost = two_sum(sum, parts[k])
  end
  if k > 1 and lost ~= 0 and (lost < 0) == (parts[k - 1] < 0) and sum + 2 * lost - sum == 2 * lost then
    sum = sum + 2 * lost
  end
  return sum / scale
end

local function rounded(hi, lo, s, e)
  local plain, lost = two_sum(hi, s)
  if not finite(plain) then return plain end
  local value = exactly({ e, lo, lost }, plain)
  return value == 0 and (plain == 0 and plain or 0.0) or value
end

-- The float next to x, towards 0.
local function inwards(x)
  return x == 0 and x or string.unpack("d", string.pack("j", string.unpack("j", string.pack("d", x)) - 1))
end

local function behind(hi, lo, s, e)
  local sum = rounded(hi, lo, s, e)
  if not finite(sum) then return sum, 0.0 end
  local a, b = two_sum(hi, s)
  local c, d = two_sum(a, -sum)
  local left = c + (b + (lo + e))
  if sum + left ~= sum and sum + inwards(left) ~= sum then left = exactly { lo, e, b, d, c } end
  return sum, sum + left == sum and left or inwards(left)
end

-- From item `first` to `last` as a plain loop; what stands behind.
local function walk(values, first, last, hi, lo, out)
  for i = first, last do
    local sum, lost = two_sum(hi, values[i])
    hi, lo = sum, finite(sum) and lo + lost or 0.0
    out[i] = lo == 0 and sum or sum + lo
  end
  if finite(hi) and lo ~= 0 then
    hi, lo = two_sum(hi, lo)
    if not finite(hi) then lo = 0.0 end
    if hi + lo ~= hi then lo = inwards(lo) end
  end
  return hi, lo
end

local function sums_f64(values, hi)
  local out, lo = {}, 0.0
  for at = 1, #values, RUN do
    local last, k, s, e = math.min(at + RUN - 1, #values), at, -0.0, 0.0
    while k <= last and finite(hi) do
      local next = s + values[k]
      local part = next - s
      local lost = e + ((s - (next - part)) + (values[k] - part))
      if not finite(next) or not finite(lost) then break end
      s, e = next, lost
      out[k] = rounded(hi, lo, s, e)
      k = k + 1
    end
    if k > at then hi, lo = behind(hi, lo, s, e) end
    hi, lo = walk(values, k, last, hi, lo, out)
  end
  return out
end

local function sums_f32(values, before, round)
  local out, s = {}, 0.0
  for i, x in ipairs(values) do
    if (i - 1) % RUN == 0 and i > 1 then before = before + s end
    s = (i - 1) % RUN == 0 and x or s + x
    out[i] = round(before + s)
  end
  return out
end

-- `round` rounds to f32, if that is the type.
return function(values, init, round)
  if init == nil then init = -0.0 end
  if round then return sums_f32(values, init, round) end
  return sums_f64(values, init)
end
