-- Random compositions of all adaptors (compose.lua) against loops over rows, and every terminal on what comes out.

local compose = require "spec.lua.compose"
local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"

after_each(helper.settle)

local CASES = 400

setup(function() compose.pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(compose.pools) end)

local function key_of(row) return table.concat(row, ",") end

local function columns_of(list, width)
  local columns = {}
  for c = 1, width do
    columns[c] = {}
    for i, row in ipairs(list) do columns[c][i] = row[c] end
  end
  return columns
end

local function check_arrays(list, width, label, ...)
  local columns = columns_of(list, width)
  for c = 1, width do assert.holds("i64", columns[c], (select(c, ...)), label) end
end

local function before(a, b)
  for c = 1, #a do
    if a[c] ~= b[c] then return a[c] < b[c] end
  end
  return false
end

local function check_order(case)
  local list = table.move(case.list, 1, #case.list, 1, {})
  table.sort(list, before)
  check_arrays(list, case.width, "sorted", case.p:sorted())
  table.sort(list, function(a, b) return before(b, a) end)
  check_arrays(list, case.width, "sorted desc", case.p:sorted "desc")
  check_arrays(rows.part(list, 1, math.min(5, #list)), case.width, "top", case.p:top(5))
end

local function check_groups(case)
  local keys, counts, index = {}, {}, {}
  for _, row in ipairs(case.list) do
    local key = key_of(row)
    if not index[key] then
      keys[#keys + 1] = row
      index[key] = #keys
    end
    counts[index[key]] = (counts[index[key]] or 0) + 1
  end
  check_arrays(keys, case.width, "unique", case.p:unique())
  local counted = table.pack(case.p:count_by())
  check_arrays(keys, case.width, "count_by", table.unpack(counted))
  assert.holds("i64", counts, counted[case.width + 1])
end

local function check_folds(case)
  local sums, prefixes = {}, {}
  for c = 1, case.width do sums[c] = 0 end
  for i, row in ipairs(case.list) do
    prefixes[i] = {}
    for c = 1, case.width do
      sums[c] = sums[c] + row[c]
      prefixes[i][c] = sums[c]
    end
  end
  assert.same(sums, { case.p:sum() })
  check_arrays(prefixes, case.width, "scan", case.p:scan "add")
  local low
  for _, row in ipairs(case.list) do
    if not low or row[1] < low then low = row[1] end
  end
  assert.same({ low, n = 1 }, table.pack(case.p:select(1):min()))
end

local function check_search(rng, case)
  local limit = rng:int(-9, 9)
  local p, matches = case.p:select(1), {}
  for i, row in ipairs(case.list) do
    if row[1] > limit then matches[#matches + 1] = i end
  end
  local first, last = matches[1], matches[#matches]
  assert.equal(first ~= nil, p:any("gt", limit))
  assert.equal(#matches == #case.list, p:all("gt", limit))
  assert.equal(first and case.list[first][1], (p:find_first("gt", limit)))
  assert.equal(last and case.list[last][1], (p:find_last("gt", limit)))
  assert.equal(first ~= nil, p:find_any("gt", limit) ~= nil)
  if case.kind == "indexed" then
    assert.same({ first, last }, { p:position_first("gt", limit), p:position_last("gt", limit) })
  end
end

local function check_split(rng, case)
  local c, limit = rng:int(1, case.width), rng:int(-9, 9)
  local mask = case.p:extend({ c }, "gt", limit)
  local yes = rows.where(case.list, function(row) return row[c] > limit end)
  assert.equal(#yes, case.p:count({ c }, "gt", limit))
  check_arrays(yes, case.width, "filter", mask:filter():collect())
  if case.width > 1 then return end
  local no = rows.where(case.list, function(row) return row[1] <= limit end)
  local kept, others = case.p:partition("gt", limit)
  check_arrays(yes, 1, "partition", kept)
  check_arrays(no, 1, "partition, others", others)
  assert.is_true(case.p:eq(case.p:collect()))
  assert.equal(0, case.p:collect():cmp(case.p))
end

local function check(rng, case)
  assert.equal(case.kind, case.p:kind(), case.text)
  local dtypes = {}
  for c = 1, case.width do dtypes[c] = "i64" end
  rows.check(dtypes, case.list, case.p, case.text)
  check_folds(case)
  check_search(rng, case)
  check_order(case)
  check_groups(case)
  check_split(rng, case)
end

describe("a random composition", function()
  for stream = 1, 4 do
    it(("gives what loops over rows give, part %d"):format(stream), helper.seeded(function(rng)
      for _ = 1, CASES // 4 do
        local case = compose.case(rng)
        local ok, failure = pcall(check, rng, case)
        if not ok then
          error(case.text .. "\n" .. tostring(type(failure) == "table" and failure.message or failure), 0)
        end
      end
    end, stream))
  end
end)
