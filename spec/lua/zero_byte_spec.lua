-- A name with a zero byte is refused, not cut there: for every argument of the reference that is a name or a path. Else
-- a check of how a path ends would be of another name than the file's.

local helper = require "spec.lua.helper"
local samples = require "spec.lua.samples"
local tine = require "tine"

local model = require "generate.model"(require "api")

after_each(helper.settle)

local NAMES = {}
for name in ("castmode dtype kernel mapmode npypath order terminal"):gmatch "%a+" do NAMES[name] = true end
local PATHS = { ["tine.load"] = true, ["tine.mmap"] = true }

-- The arguments of a form up to the i-th, which is a good name but for what follows it.
local function poisoned(form, i)
  local given = {}
  for k = 1, i do given[k] = samples.sample(form[k].type, k) end
  given[i] = given[i] .. "\0x"
  return given
end

describe("a zero byte in", function()
  local checked = 0
  for _, entry in ipairs(model.entries) do
    for _, form in ipairs(entry.forms or {}) do
      for i, arg in ipairs(form) do
        if NAMES[arg.type] or (PATHS[entry.name] and arg.type == "string") then
          checked = checked + 1
          it(("argument %d of %s is told"):format(i, entry.name), function()
            local subject, call = samples.subjects[entry.owner](), samples.caller(entry)
            local ok, message = pcall(call, subject, table.unpack(poisoned(form, i), 1, i))
            assert.is_false(ok)
            assert.is_truthy(message:find("contains a zero byte", 1, true), message)
          end)
        end
      end
    end
  end

  it("any of them is", function() assert.is_true(checked > 40, checked) end)

  it("a pool's name, and in that of an option", function()
    assert.raises("option 'name' contains a zero byte", function() tine.pool { name = "a\0b" } end)
    assert.raises("unknown option", function() tine.pool { ["name\0"] = "a" } end)
    assert.raises("option 'format' must be", function()
      tine.zeros("f64", 1):save("/no/such/folder1", { format = "npy\0" })
    end)
  end)
end)
