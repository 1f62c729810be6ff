-- The sections on throughput in README.md (a million items) and in spec/bench/README.md (all), between two marks: made
-- of what the last `make bench` found, by `make bench-readme`. Of each, write(plan, results) gives the text, and
-- results_of(plan, text) what a text tells of; check(plan, section, text) raises where a text is not what write gives
-- for some results. `results` has the number of rounds and a function best(contestant, workload, n).

local readme = {
  first = "<!-- throughput: written by `make bench-readme` -->\n",
  last = "<!-- end of throughput -->\n",
  sections = {},
}
local brief, whole = { path = "README.md" }, { path = "spec/bench/README.md" }
readme.sections[1], readme.sections[2] = brief, whole

-- The columns of the second table, among the sizes that are measured.
local SHOWN <const> = { 10, 1000, 10000, 100000, 1000000, 20000000 }

local TARGETS <const> = "| work | n | tine | beside it | ratio |\n|---|--:|--:|--:|--:|\n"
local LOSSES <const> = "| work | 10 | 1e3 | 1e4 | 1e5 | 1e6 | 2e7 |\n|---|--:|--:|--:|--:|--:|--:|\n"

local function digits(x) return (x >= 100 and "%.0f" or x >= 10 and "%.1f" or x >= 1 and "%.2f" or "%.3f"):format(x) end

local function size(n)
  local power = #tostring(n) - 1
  return n < 1000 and tostring(n) or ("%ge%d"):format(n / 10 ^ power, power)
end

-- Nanoseconds an item, or what else the workload measures.
local function shown(w, n, value) return w.unit and digits(value) or digits(value / n * 1e9) end

local function find(list, key, value)
  for _, entry in ipairs(list) do
    if entry[key] == value then return entry end
  end
end

local function ours(w) return w.ours or "tine" end

local function target_row(plan, best, work, n, other)
  local w, contestant = find(plan.workloads, "name", work), find(plan.contestants, "id", other)
  local mine, theirs = best(ours(w), work, n), best(other, work, n)
  local what = work .. (w.unit and ", " .. w.unit or "")
  local beside = w.unit and "-" or contestant.name .. (theirs and " " .. shown(w, n, theirs) or ", not measured")
  return ("| %s | %s | %s | %s | %s |\n"):format(what, size(n), mine and shown(w, n, mine) or "-", beside,
    mine and theirs and ("%.2f"):format(mine / theirs) or "-")
end

-- Whoever else is fastest, and what that takes.
local function fastest_of(plan, best, w, n)
  local fastest, who = math.huge, nil
  for _, c in ipairs(plan.contestants) do
    local theirs = not c.id:find "^tine" and best(c.id, w.name, n)
    if theirs and theirs < fastest then fastest, who = theirs, c.name end
  end
  return fastest, who
end

-- What we take, and who takes less, if anybody does.
local function cell(plan, best, w, n)
  local mine, fastest, who = best(ours(w), w.name, n), fastest_of(plan, best, w, n)
  if not mine then return "-" end
  local text, other = shown(w, n, mine), shown(w, n, fastest)
  return fastest < mine and text ~= other and ("%s (%s %s)"):format(text, who, other) or text
end

local function loss_row(plan, best, w)
  local cells = {}
  for k, n in ipairs(SHOWN) do cells[k] = cell(plan, best, w, n) end
  return ("| %s | %s |\n"):format(w.name, table.concat(cells, " | "))
end

local function rounds_of(results) return results.rounds, results.rounds < 5 and ": too few to be quoted" or "" end

local BRIEF <const> = "| work, 1e6 items | tine | the fastest beside it |\n|---|--:|--:|\n"
local MANY <const> = 1000000

function brief.write(plan, results)
  local parts = { readme.first, ([[
Nanoseconds an item, on two threads of the same machine as above; `make bench` (`spec/bench/throughput.lua`), best of
%d rounds in turns%s. Other sizes, and what tine is held to, are in `spec/bench/README.md`.

]]):format(rounds_of(results)), BRIEF }
  for _, w in ipairs(plan.workloads) do
    local mine = not w.unit and results.best(ours(w), w.name, MANY)
    if mine then
      local fastest, who = fastest_of(plan, results.best, w, MANY)
      parts[#parts + 1] = ("| %s: %s | %s | %s |\n"):format(w.name, w.what, shown(w, MANY, mine),
        who and who .. " " .. shown(w, MANY, fastest) or "-")
    end
  end
  parts[#parts + 1] = readme.last
  return table.concat(parts)
end

function whole.write(plan, results)
  local parts = { readme.first, ([[
Nanoseconds an item, on two threads of the machine that `README.md` tells of; best of
%d rounds in turns%s. First what tine is held to:

]]):format(rounds_of(results)), TARGETS }
  for _, t in ipairs(plan.targets) do parts[#parts + 1] = target_row(plan, results.best, t[1], t[2], t[3]) end
  parts[#parts + 1] = [[

And all work by the number of items. Where somebody else is faster, the fastest is named, and what it takes:

]] .. LOSSES
  for _, w in ipairs(plan.workloads) do
    if not w.unit then parts[#parts + 1] = loss_row(plan, results.best, w) end
  end
  parts[#parts + 1] = "\n"
  for _, w in ipairs(plan.workloads) do parts[#parts + 1] = ("- %s: %s\n"):format(w.name, w.what) end
  parts[#parts + 1] = readme.last
  return table.concat(parts)
end

-- ===== Checking =====

-- The name and figure at the end of a row.
local function named(plan, name)
  for _, c in ipairs(plan.contestants) do
    local value = name:sub(1, #c.name) == c.name and name:match("^ ([%d.]+)$", #c.name + 1)
    if value then return c.id, value end
  end
end

local function rounds_told(text) return assert(tonumber(text:match "best of\n(%d+) rounds"), "no rounds") end

function brief.results_of(plan, text)
  local found = {}
  for name, mine, beside in text:gmatch "\n| ([%w_]+): [^|]+ | ([%d.]+) | ([^|]+) |%f[\n]" do
    local w = assert(find(plan.workloads, "name", name), name)
    local id, value = named(plan, beside)
    found[ours(w) .. " " .. w.name] = tonumber(mine) * MANY / 1e9
    if id then found[id .. " " .. w.name] = tonumber(value) * MANY / 1e9 end
  end
  return { rounds = rounds_told(text), best = function(id, work) return found[id .. " " .. work] end }
end

-- The results that the rows of a text tell of; what it does not tell was not measured.
function whole.results_of(plan, text)
  local found = {}
  local function tell(id, w, n, value)
    if tonumber(value) then found[("%s %s %d"):format(id, w.name, n)] = tonumber(value) * (w.unit and 1 or n / 1e9) end
  end
  local function tell_of(w, n, name)
    local id, value = named(plan, name)
    if id then tell(id, w, n, value) end
  end
  local function after(head) return text:match(head:gsub("%p", "%%%0") .. "(.-)\n\n") end
  local first, second = assert(after(TARGETS), "no targets"), assert(after(LOSSES), "no workloads")
  local row = 0
  for mine, beside in (first .. "\n"):gmatch "|[^|]+|[^|]+| (%S+) | ([^|]+) |[^|]+|\n" do
    row = row + 1
    local t = assert(plan.targets[row], "more rows than targets")
    local w = find(plan.workloads, "name", t[1])
    tell(ours(w), w, t[2], mine)
    tell_of(w, t[2], beside)
  end
  for line in second:gmatch "[^\n]+" do
    local name, k = line:match "^| (%S+) |", 0
    local w = assert(find(plan.workloads, "name", name), line)
    for text_of in line:sub(#name + 5):gmatch " ([^|]+) |" do
      k = k + 1
      tell(ours(w), w, SHOWN[k], text_of:match "^[%d.]+")
      tell_of(w, SHOWN[k], text_of:match "%((.*)%)" or "")
    end
  end
  return { rounds = rounds_told(text),
           best = function(id, work, n) return found[("%s %s %d"):format(id, work, n)] end }
end

-- Ratios are of times with more digits than are written.
local function without_ratios(text) return (text:gsub("| %d+%.%d%d |\n", "| # |\n")) end

function readme.check(plan, section, text)
  local again = section.write(plan, section.results_of(plan, text))
  assert(without_ratios(text) == without_ratios(again), section.path .. " should have this form:\n" .. again)
end

return readme
