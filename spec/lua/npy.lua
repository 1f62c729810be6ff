-- Hand-made NumPy .npy files, right and wrong, for the specs of load, save and mmap.
--
-- A file is the magic, a version, the length of the header, the header (a Python dict, padded with spaces so that the
-- data starts at a multiple of 64, ended by a newline) and the raw data.

local npy = {}

-- The file for a header text; version 1 has a 16-bit header length, 2 and 3 have 32 bits.
function npy.raw(header, body, version)
  version = version or 1
  local prefix = version == 1 and 10 or 12
  local padded = header .. (" "):rep((63 - (prefix + #header)) % 64) .. "\n"
  local length = string.pack(version == 1 and "<I2" or "<I4", #padded)
  return "\x93NUMPY" .. string.char(version, 0) .. length .. padded .. body
end

-- The file for an element type as NumPy spells it, such as "<f8", and a shape as Python spells it, such as "(3,)".
function npy.file(descr, shape, body, options)
  options = options or {}
  local header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
  return npy.raw(header:format(descr, options.fortran or "False", shape), body, options.version)
end

-- NumPy's spelling of every element type, and the string.pack letter without its byte order.
npy.types = {
  bool = { "|b1", "B" }, u8 = { "|u1", "B" }, i8 = { "|i1", "b" }, u16 = { "u2", "I2" }, i16 = { "i2", "i2" },
  u32 = { "u4", "I4" }, i32 = { "i4", "i4" }, u64 = { "u8", "I8" }, i64 = { "i8", "i8" },
  f32 = { "f4", "f" }, f64 = { "f8", "d" },
}

-- Values as bytes in the byte order "<" or ">".
function npy.pack(dtype, values, order)
  local out = {}
  for i, value in ipairs(values) do
    if dtype == "bool" then value = value and 1 or 0 end
    out[i] = string.pack(order .. npy.types[dtype][2], value)
  end
  return table.concat(out)
end

-- NumPy's spelling in a byte order; one-byte types have none.
function npy.descr(dtype, order)
  local name = npy.types[dtype][1]
  return name:sub(1, 1) == "|" and name or order .. name
end

return npy
