-- Many Lua states in one process, each on a thread of its own: see states_host.c, and what they run in hosts/.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("eight states on eight threads", function()
  it("share one pool, and arrays by name", function()
    if not helper.host("states_host", "spec/lua/hosts/work.lua 3") then pending "states_host is built by make test" end
  end)

  it("borrow a shared array for their jobs, or are refused", function()
    local ran = helper.host("states_host", "spec/lua/hosts/lending.lua 2")
    if not ran then pending "states_host is built by make test" end
  end)

  it("make and drop 8 MB arrays in little memory #memory", function()
    local output = helper.host("states_host", "spec/lua/hosts/garbage.lua 1")
    if not output then pending "states_host is built by make test" end
    assert.is_true(tonumber(output) < 8 * 64, output)
  end)
end)

describe("an array shared by name", function()
  it("is the same array", function()
    local a = tine.array("i32", { 1, 2, 3 })
    local b = tine.receive(a:share())
    b[2] = 20
    assert.holds("i32", { 1, 20, 3 }, a)
    a:close()
    assert.holds("i32", { 1, 20, 3 }, b)
  end)

  it("may be a view", function()
    assert.holds("i32", { 2, 3 }, tine.receive(tine.array("i32", { 1, 2, 3, 4 }):sub(2, 3):share()))
  end)

  it("is kept until it was received as often as was said", function()
    local token = tine.full("f64", 3, 7):share(3)
    helper.settle()
    for _ = 1, 3 do assert.holds("f64", { 7.0, 7.0, 7.0 }, tine.receive(token)) end
    assert.raises("no array is shared under this name, or it was received already", tine.receive, token)
  end)

  it("has a token that cannot be made up", function()
    local token = tine.zeros("u8", 1):share()
    assert.not_equal(token, tine.zeros("u8", 1):share())
    for _, wrong in ipairs { "", "x", token .. "0", token:sub(1, -2), token:upper(), token:gsub("%x$", "g"),
      token:gsub("^tine", "time"), token .. "\0", ("\0"):rep(#token) } do
      assert.raises("no array is shared under this name", tine.receive, (wrong))
    end
    local rng = helper.random()
    for _ = 1, 1000 do
      local place = rng:int(12, #token)
      local digit = ("%x"):format((tonumber(token:sub(place, place), 16) + rng:int(1, 15)) % 16)
      assert.raises("no array is shared", tine.receive, token:sub(1, place - 1) .. digit .. token:sub(place + 1))
    end
    assert.holds("u8", { 0 }, tine.receive(token))
  end)

  it("is refused where it cannot be", function()
    local a = tine.zeros("u8", 1)
    for _, times in ipairs { 0, -1, 1.5, "x" } do
      assert.raises("bad argument #1 to 'share'", function() a:share(times) end)
    end
    a:close()
    assert.raises("closed array", a.share, a)
    assert.raises("string expected", tine.receive)
  end)
end)

describe("__lanesclone", function()
  it("is where Lanes looks for it, and for nobody else", function()
    local a = tine.zeros("u8", 1)
    local clone = getmetatable(a).__lanesclone
    assert.equal(getmetatable(a), tine.Array)
    local light = debug.upvalueid(tine.Array.__index, 1)
    for _, arguments in ipairs { {}, { a, a, 64 }, { light, light, 64 }, { light, debug.upvalueid(clone, 1), 64 },
      { light, light, a }, { nil, light, 1 } } do
      assert.raises("for Lanes alone", clone, table.unpack(arguments, 1, 3))
      assert.raises("for Lanes alone", clone, arguments[1], arguments[2], #a)
    end
  end)
end)

describe("the engine as a guest", function()
  for case, promise in pairs {
    guest = "installs no handler, blocks signals in its threads, and ends them with the last state",
    outlives = "keeps an array for other states when its maker closes",
    lanes = "clones arrays as Lanes does, and moves them out of a linda",
    forks = "works in children of a process that is in the middle of a run, and lets it exit there",
  } do
    it(promise, function()
      if case == "forks" and helper.is_sanitized "tsan" then
        pending "ThreadSanitizer lets no child of several threads start another"
        return
      end
      if not helper.host("life_host", case) then pending "life_host is built by make test" end
    end)
  end
end)
