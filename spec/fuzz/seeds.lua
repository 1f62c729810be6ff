-- Writes what the fuzzer begins with into folders of the one that is named: .npy files as NumPy and others write them,
-- and the bytes of scripts and pipelines, which seeds.txt has in hex behind the target's name, a line each.

local folder = assert(arg[1], "usage: seeds.lua FOLDER")

local function write(name, bytes)
  local file <close> = assert(io.open(("%s/%s"):format(folder, name), "wb"))
  file:write(bytes)
end

local function npy(version, header, data)
  local size = version == 1 and "<I2" or "<I4"
  local text = header .. (" "):rep(-(#header + 9 + string.packsize(size)) % 64) .. "\n"
  return "\x93NUMPY" .. string.char(version, 0) .. string.pack(size, #text) .. text .. data
end

local function header(descr, order, shape)
  return ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"):format(descr, order, shape)
end

local bytes = ""
for i = 1, 96 do bytes = bytes .. string.char(i * 37 % 256) end
local SIZES = { b1 = 1, u1 = 1, i1 = 1, u2 = 2, i2 = 2, u4 = 4, i4 = 4, u8 = 8, i8 = 8, f2 = 2, f4 = 4, f8 = 8 }

assert(os.execute(("mkdir -p '%s/npy' '%s/lua' '%s/pipe'"):format(folder, folder, folder)))
for code, size in pairs(SIZES) do
  for _, order in ipairs { "<", ">" } do
    local data = code == "b1" and "\0\1\1\0\1\0" or bytes:sub(1, 6 * size)
    local name = code .. (order == "<" and "l" or "b")
    write("npy/" .. name, npy(1, header((size == 1 and "|" or order) .. code, "False", "(6,)"), data))
    write("npy/" .. name .. "f", npy(2, header(order .. code, "True", "(2, 3)"), data))
  end
end
for name, descr in pairs { a = "float32", b = "int64", c = "?", d = "<d", e = "<c8", f = "<U4", g = "O",
  h = "=f4" } do
  write("npy/name-" .. name, npy(3, header(descr, "False", "(3,)"), bytes))
end
for name, shape in pairs {
  a = "()", b = "(0,)", c = "(2, 0, 3)", d = "(1, 1, 1, 1, 6)", e = "(4294967296, 4294967296)",
} do
  write("npy/shape-" .. name, npy(1, header("<f4", "True", shape), bytes))
end
write("npy/long", npy(1, header("<i2", "True", "(300, 7)"), bytes:rep(44):sub(1, 4200)))
write("npy/short", npy(1, header("<f8", "False", "(6,)"), "123"))
write("npy/keys", npy(1, "{'shape': (3,), 'x': 1, 'fortran_order': False, 'descr': '<u2'}", bytes))
write("npy/raw", bytes)

local n = 0
for line in io.lines "spec/fuzz/seeds.txt" do
  local target, digits = line:match "^(%a+) (%x+)$"
  n = n + 1
  write(("%s/%03d"):format(target, n), (digits:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end)))
end
