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

assert(tine.kernel("mul")(2, 3) == 6 and #tine.kernels() > 0 and tine.info().threads > 0)
assert(tine.help "min" and tine.help() and not pcall(tine.help, "mull"))
assert(not pcall(xs.map, xs, "mull") and not pcall(xs.map, xs, print) and not tine.load("/nope"))
assert(p:collect_into(xs) == xs and xs:reduce("add") == 6.0 and xs:minmax() == 1.0)

-- Adaptors that keep the index.
local q = tine.chain(xs, tine.empty "f64", tine.random(3, 1)):rev():skip(1):step_by(2):enumerate()
assert(q:len() == 3 and #q:interleave(q):windows(2):select(1, 4):collect() == 5)
assert(tine.range(1, 5):fold_chunks(2, "add", 1):interleave_shortest(tine.range(1, 2)):sum() == 4 + 1 + 8 + 2 + 6)
assert(tine.range(1, 2):gather(ys):extend("mul", 3):count() == 2 and not pcall(q.select, q, 3))

-- Those that lose it, and the ways back.
local kept = tine.range(1, 600):zip(tine.range(2, 601)):filter({ 2 }, "gt", 300)
assert(kept:count() == 301 and kept:take(2):collect() and not pcall(kept.rev, kept) and not pcall(kept.len, kept))
assert(kept:extend("gt"):filter():count() == 0 and tine.range(1, 9):positions("gt", 4):sum() == 35)
assert(tine.range(1, 9):take_while("lt", 4):skip_while("lt", 2):sum() == 5)
assert(tine.range(1, 3):zip(tine.rep(2, 3)):flat_map("repeat"):sum() == 12)
assert(#tine.array("u16", kept:select(1)) == 301 and #kept:totable() == 301 and kept:bounds() == 0)
for x, y in kept:iter() do
  if y - x ~= 1 or x > 500 then break end
end
kept:each(function(x) seen[#seen + 1] = x end)

-- Searching, sorting, grouping.
assert(kept:any("lt") and kept:all("lt") and kept:find_first("lt") == 300 and kept:find_last("lt") == 600)
assert(not kept:find_any "gt" and xs:position_first("gt", 0) == 1 and xs:position_last("gt", 0) == 3)
assert(not xs:position_any("gt", 100) and kept:eq(kept) and kept:cmp(kept) == 0)
assert(#kept:sorted "desc" == 301 and #kept:top(5) == 5 and #kept:unique() == 301 and #kept:scan "add" == 301)
assert(select("#", kept:partition "lt") == 4 and select("#", kept:count_by()) == 3 and #xs:histogram(0, 10, 5) == 5)
assert(xs:argsort("desc"):gather(xs):collect():equal(xs:copy():sort "desc") and #xs:sorted() == 3)

-- Jobs.
local job = p:start "sum"
assert(job:wait() == 6.0 and job:done() and tostring(job) and job:progress() and #ys:start("collect"):wait() == 3)
assert(p:start("collect_into", xs):wait() == xs and #p:start("totable"):wait() == 3 and not pcall(p.start, p, "top"))
assert(kept:on(pool):start("any", "lt"):wait() and xs:timeout(60):progress(error):start("min"):await() == 1.0)

local co = coroutine.wrap(function()
  for x in tine.range(1, 600):iter() do
    if x % 300 == 0 then coroutine.yield(x) end
  end
end)
assert(co() == 300)
