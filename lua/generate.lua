-- Writes what is made of api.lua: `make docs` runs this in the root of the checkout. Names of files are printed as they
-- change.

package.path = "lua/?.lua;" .. package.path

for path, text in pairs(require("generate.files")()) do
  local old = io.open(path)
  local same = old and old:read("a") == text
  if old then old:close() end
  if not same then
    local file <close> = assert(io.open(path, "w"))
    assert(file:write(text))
    print("  docs " .. path)
  end
end
