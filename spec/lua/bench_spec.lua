-- The throughput benchmarks work, whatever their figures: tine and plain loops find the same in every workload that
-- both have, and the section of README.md has the form that is written there.

local build = os.getenv "TINE_BUILD" or "build"
local lua = ("LUA_CPATH='%s/?.so;;' '%s'"):format(build, os.getenv "TINE_LUA" or "lua5.4")
local folder = "spec/bench/throughput/"

local function lines_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  return lines, pipe:close()
end

local function contents(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

-- Names of the workloads that a script has.
local function workloads(script)
  local names = {}
  for name in contents(folder .. script):gmatch "workloads%.([%w_]+)" do names[name] = true end
  return names
end

-- The check of each "workload n" that a script is run for, once.
local function checks(script, arguments)
  local found = {}
  for _, line in ipairs(lines_of(("%s %s%s --once %s"):format(lua, folder, script, arguments))) do
    local key, check = line:match "^(%S+ %d+) %S+ (%S+)$"
    assert(tonumber(check), script .. ": " .. line)
    found[key] = tonumber(check)
  end
  return found
end

describe("a throughput benchmark", function()
  it("finds what a plain loop finds", function()
    local ours, wanted, count = workloads "tine.lua", {}, 0
    for name in pairs(workloads "plain.lua") do
      for _, n in ipairs(ours[name] and { 10, 1000, 4099 } or {}) do wanted[#wanted + 1] = name .. ":" .. n end
    end
    local arguments = table.concat(wanted, " ")
    local plain = checks("plain.lua", arguments)
    for key, check in pairs(checks("tine.lua", arguments)) do
      assert(math.abs(check - plain[key]) <= 1e-12 * math.abs(plain[key]), ("%s: %.17g"):format(key, check))
      count = count + 1
    end
    assert.are.equal(#wanted, count)
    assert.is_true(count >= 3 * 15)
  end)

  it("has its figures in READMEs, in the form that is written", function()
    local lines, fine = lines_of(lua .. " spec/bench/throughput.lua --check")
    assert(fine, table.concat(lines, "\n"))
  end)
end)
