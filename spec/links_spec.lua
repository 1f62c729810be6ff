-- Who calls whom. The symbols of the built objects, as nm lists them, make a graph of files: one that uses a function
-- or an object of another's has an edge to it. No edge goes up between the folders of core, and no files call each
-- other in a circle but where that is real recursion: a README says so under "## Circles", with the reason.

local build = os.getenv "TINE_BUILD" or "build"

local function lines_of(command)
  local pipe <close> = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  return lines
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function sorted(set)
  local list = {}
  for key in pairs(set) do
    list[#list + 1] = key
  end
  table.sort(list)
  return list
end

-- ===== The graph =====

-- What nm -P says of all objects: { object, symbol, type }. Nil and the reason where there is nothing to be read.
local function symbols_of(files)
  if not os.execute "nm -V >/dev/null 2>&1" and not os.execute "nm --version >/dev/null 2>&1" then
    return nil, "nm is not installed"
  end
  local objects, list, seen, lacks = {}, {}, {}, {}
  for i, file in ipairs(files) do
    objects[i] = ("'%s/obj/%s'"):format(build, (file:gsub("%.c$", ".o")))
    local object <close> = io.open(objects[i]:sub(2, -2))
    if not object then lacks[#lacks + 1] = file end
  end
  if #lacks == #files then return nil, "no objects in " .. build end
  assert(#lacks == 0, "no object of " .. table.concat(lacks, " "))
  for _, line in ipairs(lines_of("nm -A -P " .. table.concat(objects, " ") .. " 2>/dev/null")) do
    local object, symbol, type = line:match "^(.*)%.o: (%S+) (%a)"
    if object then
      local file = object:sub(#build + #"/obj/" + 1) .. ".c"
      list[#list + 1] = { file = file, symbol = symbol, type = type }
      seen[file] = true
    end
  end
  if #sorted(seen) < #files / 2 then return nil, "objects without symbols: optimised at link time?" end
  return list
end

-- edges[a][b]: the symbols of b that a uses.
local function graph_of(symbols)
  local home, edges = {}, {}
  for _, s in ipairs(symbols) do
    if s.type:find "^[A-TV-Z]$" then home[s.symbol] = s.file end
  end
  for _, s in ipairs(symbols) do
    local to = s.type:find "^[Uwv]$" and home[s.symbol]
    if to and to ~= s.file then
      edges[s.file] = edges[s.file] or {}
      edges[s.file][to] = edges[s.file][to] or {}
      table.insert(edges[s.file][to], s.symbol)
    end
  end
  return edges
end

-- Sets of more than one file that reach each other: Tarjan, "Depth-first search and linear graph algorithms", 1972.
local function circles_of(files, edges)
  local index, low, stack, on, count, circles = {}, {}, {}, {}, 0, {}
  local function visit(file)
    count = count + 1
    index[file], low[file] = count, count
    stack[#stack + 1] = file
    on[file] = true
    for to in pairs(edges[file] or {}) do
      if not index[to] then
        visit(to)
        low[file] = math.min(low[file], low[to])
      elseif on[to] then
        low[file] = math.min(low[file], index[to])
      end
    end
    if low[file] == index[file] then
      local circle = {}
      repeat
        local member = table.remove(stack)
        on[member] = nil
        circle[#circle + 1] = member
      until member == file
      table.sort(circle)
      if #circle > 1 then circles[#circles + 1] = circle end
    end
  end
  for _, file in ipairs(files) do
    if not index[file] then visit(file) end
  end
  return circles
end

-- The edges inside of a circle, for whoever has to find out what closes it.
local function told(circle, edges)
  local text, inside = {}, {}
  for _, file in ipairs(circle) do
    inside[file] = true
  end
  for _, file in ipairs(circle) do
    for _, to in ipairs(sorted(edges[file])) do
      if inside[to] then
        text[#text + 1] = ("  %s uses %s of %s"):format(file, table.concat(edges[file][to], " "), to)
      end
    end
  end
  return table.concat(text, "\n")
end

-- ===== What READMEs say =====

-- The folders of core, by how high they stand.
local function heights()
  local height, n = {}, 0
  for folder in read("core/README.md"):match("## Layers.-\n## "):gmatch "\n| `(%a+)/` |" do
    n = n + 1
    height[folder] = n
  end
  return height
end

-- Sets of files that a README excuses: "- `a.c` `b.c`: the reason".
local function excused()
  local set = {}
  for _, path in ipairs(lines_of "find core lua -name README.md | sort") do
    local section = (read(path) .. "\n## "):match "\n## Circles\n(.-)\n## " or ""
    for names, reason in section:gmatch "\n%- (`[^:]*`):(%s+%w[^\n]*)" do
      local circle = {}
      for name in names:gmatch "`([^`]+)`" do
        circle[#circle + 1] = path:gsub("README.md$", name)
      end
      table.sort(circle)
      set[table.concat(circle, " ")] = reason
    end
  end
  return set
end

-- ===== The rules =====

describe("the links between files", function()
  local files = lines_of "find core/* lua/* -mindepth 1 -name '*.c' | sort" -- not the two that are all in one
  local symbols, why_not = symbols_of(files)
  local edges = symbols and graph_of(symbols)

  -- Addresses that are handed out for others to call: all that tine.h declares, which the binding defines some of; and
  -- how a copy of the module is opened.
  local handed_out = { ["core/host/api.c"] = "^lua/", ["lua/state/bind_state.c"] = "^lua/state/bind_open%.c$" }
  for file, pattern in pairs(edges and handed_out or {}) do
    for to in pairs(edges[file]) do
      if to:find(pattern) then edges[file][to] = nil end
    end
  end

  local function judge(what, fn)
    it(what, function()
      if why_not then pending(why_not) end
      fn()
    end)
  end

  judge("never go up", function()
    local height, n = heights(), 0
    for from, targets in pairs(edges) do
      for to, used in pairs(targets) do
        local low, high = height[from:match "^core/(%a+)/"], height[to:match "^core/(%a+)/"]
        local up = from:find "^core/" and (to:find "^lua/" or (assert(low, from) < assert(high, to)))
        assert(not up, ("%s uses %s of %s"):format(from, table.concat(used, " "), to))
        n = n + 1
      end
    end
    assert(n > #files, "hardly any links: is the graph read rightly?")
  end)

  judge("are circles only where a README has the reason", function()
    local list = excused()
    for _, circle in ipairs(circles_of(files, edges)) do
      local names = table.concat(circle, " ")
      assert(list[names], ("these files call each other:\n%s\n%s"):format(names, told(circle, edges)))
      list[names] = nil
    end
    assert.equal("", table.concat(sorted(list), "\n"), "circles that are none any more")
  end)

  it("would show a circle that was closed", function()
    local loop = { a = { b = { "f" } }, b = { c = { "g" } }, c = { b = { "h" }, a = { "i" } }, d = { a = { "j" } } }
    assert.same({ { "a", "b", "c" } }, circles_of({ "a", "b", "c", "d" }, loop))
    loop.c.a = nil
    assert.same({ { "b", "c" } }, circles_of({ "a", "b", "c", "d" }, loop))
    loop.c.b = nil
    assert.same({}, circles_of({ "a", "b", "c", "d" }, loop))
  end)
end)
