-- What is missing on a machine is found out by trying, and told in its own words: `.ci/deps`, and the Makefile's
-- question for SLEEF. Machines of other kinds are imitated by folders of commands that PATH is set to.

local helper = require "spec.lua.helper"

if not os.execute "true" then -- under ThreadSanitizer there is no shell
  pending "dependencies are found out by a shell"
  return
end

local must, run, with_folder = helper.must, helper.run, helper.with_folder

-- Commands that are there: links to those of this machine, and scripts of one line.
local TOOLS = { "sh", "awk", "env", "cat", "id", "grep" }

local function machine(folder, scripts)
  for _, tool in ipairs(TOOLS) do
    if not scripts[tool] then must("ln -s \"$(command -v %s)\" '%s/%s'", tool, folder, tool) end
  end
  for name, line in pairs(scripts) do
    helper.write(("%s/%s"):format(folder, name), "#!/bin/sh\n" .. line .. "\n")
  end
  must("chmod +x '%s'/*", folder)
end

local function deps(folder, what)
  return run("env -i PATH='%s' HOME=/ .ci/deps %s </dev/null", folder, what)
end

describe(".ci/deps", function()
  it("installs nothing where all is there", function()
    with_folder(function(folder)
      machine(folder, { cc = "exit 0", ["lua5.4"] = "exit 0", ["apt-get"] = "echo WRONG" })
      local output, ok = deps(folder, "build")
      assert.is_true(ok, output)
      assert.equal("", output)
    end)
  end)

  it("says what is missing in the words of systems without apt, and fails", function()
    with_folder(function(folder)
      machine(folder, {})
      local output, ok = deps(folder, "test")
      assert.is_false(ok)
      for _, line in ipairs { "apt-get install gcc lua5.4 liblua5.4-dev libsleef-dev pkg-config lua-busted",
        "dnf install gcc lua lua-devel", "pacman -S gcc lua", "apk add build-base lua5.4", "brew install gcc lua",
        "luarocks --lua-version 5.4 install busted" } do
        assert.is_truthy(output:find(line, 1, true), output)
      end
    end)
  end)

  it("asks for nothing that is there, and goes on without what is only wanted", function()
    with_folder(function(folder)
      -- a compiler that finds Lua's header and not SLEEF's
      machine(folder, { cc = 'case "$*" in *sleef.h*) exit 1;; esac', ["lua5.4"] = "exit 0" })
      local output, ok = deps(folder, "build")
      assert.is_true(ok, output)
      assert.is_truthy(output:find("apt-get install libsleef-dev\n", 1, true), output)
    end)
  end)

  it("has apt install as root, and fails when a thing is still missing", function()
    with_folder(function(folder)
      machine(folder, { cc = "exit 0", id = "echo 0", ["apt-get"] = "echo \"apt-get $*\"" })
      local output, ok = deps(folder, "build")
      assert.is_false(ok)
      assert.is_truthy(output:find("install -y --no-install-recommends lua5.4\n", 1, true), output)
      assert.is_truthy(output:find("Installed, and still not found: lua5.4", 1, true), output)
    end)
  end)

  it("uses sudo without a terminal only where that asks for nothing", function()
    with_folder(function(folder)
      local scripts = { cc = "exit 0", id = "echo 1000", ["apt-get"] = "echo \"apt-get $*\"", sudo = "exit 1" }
      machine(folder, scripts)
      local output, ok = deps(folder, "build")
      assert.is_false(ok)
      assert.is_nil(output:find "^apt%-get" or output:find "\napt%-get")
      helper.write(folder .. "/sudo", '#!/bin/sh\n[ "$1" != -n ] || shift\n"$@"\n')
      helper.write(folder .. "/true", "#!/bin/sh\nexit 0\n")
      must("chmod +x '%s'/true", folder)
      output = deps(folder, "build")
      assert.is_truthy(output:find("apt-get -qq install -y --no-install-recommends lua5.4", 1, true), output)
    end)
  end)

  it("asks on a terminal, and takes a no", function()
    if not os.execute "command -v script >/dev/null" then pending "script is not installed" return end
    for answer, installs in pairs { n = false, y = true } do
      with_folder(function(folder)
        machine(folder, { cc = "exit 0", id = "echo 1000", ["apt-get"] = "echo INSTALLS", sudo = '"$@"' })
        local output = run("(sleep 1; echo %s) | script -qec \"env -i PATH='%s' .ci/deps build\" /dev/null", answer,
          folder)
        assert.is_truthy(output:find("Install with sudo apt-get? [Y/n]", 1, true), output)
        assert.equal(installs, output:find "INSTALLS" ~= nil)
      end)
    end
  end)
end)

describe("SLEEF", function()
  -- All that knows whether it is built with SLEEF: found in the sources.
  local function knowing()
    local objects = {}
    for path in must("grep -li sleef core/*/*.c"):gmatch "(core[^\n]*)%.c\n" do
      objects[#objects + 1] = "'%s/obj/" .. path .. ".o'"
    end
    return table.concat(objects, " ")
  end

  it("is found out, and the engine builds without its header", function()
    with_folder(function(folder)
      must("mkdir '%s/hidden'", folder)
      helper.write(folder .. "/hidden/sleef.h", "#error hidden\n")
      local make = ("make -s BUILD='%s' OPT=-O1 CPPFLAGS='-I%s/hidden' "):format(folder, folder)
      assert.equal("0\n", must(make .. "print-SLEEF"))
      local objects = knowing():gsub("%%s", folder)
      assert.not_equal("", objects)
      must(make .. objects)
      assert.equal("", must("nm %s | grep -i sleef || true", objects))
    end)
  end)

  it("is used where its header is there", function()
    with_folder(function(folder)
      must("mkdir '%s/shown'", folder)
      helper.write(folder .. "/shown/sleef.h", "\n")
      assert.equal("1\n", must("make -s CPPFLAGS='-I%s/shown' print-SLEEF", folder))
    end)
  end)
end)
