-- What each of eight states does at the same time: runs on the default pool, on a pool of its own, in coroutines, and
-- with failures; and passes arrays on to its neighbour by name.

local tine, me, round, send, receive = tine, me, round, send, receive -- luacheck: ignore 113

local n = 20000 + 1000 * me
local total = n * (n + 1) // 2

local function work()
  local xs = tine.range(1, n):collect()
  assert(xs:sum() == total and xs:map("mul", 2):filter("gt", n):count() == n - n // 2)
  assert(not pcall(function() return xs:map("mod", 0):sum() end))
  assert(xs:sorted("desc")[1] == n and #xs:unique() == n and xs:scan("add")[n] == total)
  return xs
end

-- In coroutines, two of them in turns: terminals, iterators with yields in the loop, errors that pcall catches.
local function turn(step)
  return coroutine.wrap(function()
    local seen = 0
    for x in tine.range(1, 3000):map("mul", step):iter() do
      seen = seen + x
      if x % 1000 == 0 then
        assert(tine.range(1, x):sum() == x * (x + 1) // 2)
        local ok, message = pcall(function() tine.range(-3, 3):map("idiv", 0):sum() end)
        assert(not ok and message:find "division by zero" or message:find "item 1", message)
        coroutine.yield()
      end
    end
    return seen
  end)
end

local xs = work()
local pool <close> = tine.pool { threads = 2 }
pool:install(work)

local a, b = turn(1), turn(2)
local of_a, of_b
while not (of_a and of_b) do
  of_a, of_b = of_a or a(), of_b or b()
end
assert(of_a == 3000 * 3001 // 2 and of_b == 3000 * 3001)

-- Around the ring: each state gets what its neighbour made, and what that one wrote into it.
local sent = xs:sub(1, 1000):copy()
sent[1] = me * 1000 + round
send(me % 8 + 1, sent:share())
local got = tine.receive(receive((me - 2) % 8 + 1))
assert(#got == 1000 and got[1] == ((me - 2) % 8 + 1) * 1000 + round and got:sum() == 1000 * 1001 // 2 - 1 + got[1])

-- One array for all: each has a reference, and a token more than there are is an error.
if me == 1 then
  local all = tine.full("i64", 5000, round)
  local token = all:share(7)
  for to = 2, 8 do send(to, token) end
else
  local token = receive(1)
  assert(tine.receive(token):sum() == 5000 * round)
end

-- What nobody will ever receive goes with the last state.
tine.zeros("u8", 100000):share()
left = { tine.range(1, 10):iter(), xs:sub(2), tine.pool { threads = 2 }, xs:map "neg" } -- luacheck: ignore 111
