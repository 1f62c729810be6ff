-- The bytes of a fuzzer as choices: each takes a byte, or two where there is more to choose from. When they are used up
-- every choice is the first one, so that each input ends.

local reader = {}
reader.__index = reader

function reader.new(bytes)
  return setmetatable({ bytes = bytes, at = 1 }, reader)
end

function reader:over() return self.at > #self.bytes end

-- 0 to n - 1.
function reader:choice(n)
  local taken = n > 256 and 2 or 1
  local value = 0
  for i = self.at, self.at + taken - 1 do value = value << 8 | (self.bytes:byte(i) or 0) end
  self.at = self.at + taken
  return value % n
end

function reader:pick(list) return list[self:choice(#list) + 1] end

-- True once in n times; never when the bytes are used up.
function reader:rare(n) return self:choice(n) == n - 1 end

return reader
