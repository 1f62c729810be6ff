-- A host may forbid that arrays leave a state, or come to it.
local tine = require "tine"
local limit = _G.limit -- luacheck: ignore

local a = tine.array("f64", { 1, 2, 3 })
local token = a:share(2)
local clone = tine.Array.__lanesclone
assert(tine.receive(token)[3] == 3 and tine.info().limits.share)
limit(0, 0, false, true)
assert(not tine.info().limits.share)
local function refused(...)
  local ok, message = pcall(...)
  assert(not ok and message:find("this state may not share arrays with others", 1, true), message)
end
refused(a.share, a)
refused(tine.receive, token)
refused(clone, a, a, 1)
limit()
assert(tine.receive(token)[1] == 1)
