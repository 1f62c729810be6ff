-- What host_oom.c runs, once for every allocation it refuses: a little of everything, and no files.

local tine = tine -- luacheck: ignore 113

local xs, ys = tine.array("f64", { 1, 2, 3 }), tine.full("f64", 3, 2)
assert(xs:zip(ys):map("mul"):sum() == 12.0)
assert(#xs:zip(ys):map("add"):collect() == 3)

local p = (xs * ys + 1) // 2
assert(tostring(p) and tostring(xs) and p:explain())
local seen = {}
for x, y in tine.zip(p, xs):iter() do seen[#seen + 1] = x + y end
p:each(function(x) seen[#seen + 1] = x end)
assert(#seen == 6 and #p:totable() == 3 and #xs:totable() == 3 and #xs:tobytes() == 24)
assert(#xs:sub(2):copy():cast("f32") == 2)
assert(#tine.build("i32", 4, function(i) return i end):reverse():fill(3) == 4)
assert(#tine.array("u8", tine.range(1, 5)) == 5 and #tine.frombytes("u8", "abc") == 3 and not xs:equal(ys))

local pool <close> = tine.pool { threads = 2, name = "oom" }
assert(pool:install(function(...) return p:on(pool):sum(), ... end, 1, 2) == 6.0)
assert(p:on(pool):map("neg"):min() == -3.0)

assert(tine.kernel("mul")(2, 3) == 6 and tine.help("mul") and #tine.kernels() > 0 and tine.info().threads > 0)
assert(not pcall(xs.map, xs, "mull") and not pcall(xs.map, xs, print) and not tine.load("/nope"))
assert(p:collect_into(xs) == xs and xs:reduce("add") == 6.0 and xs:minmax() == 1.0)

local co = coroutine.wrap(function()
  for x in tine.range(1, 600):iter() do
    if x % 300 == 0 then coroutine.yield(x) end
  end
end)
assert(co() == 300)
