-- A chart of lines over two logarithmic scales, as the text of an SVG file that is readable on light and on dark ground
-- and needs nothing else. chart(title, series): each series has a name, the number of its colour, and a list of points
-- { items, ns an item }; those marked `ours` are drawn bolder.

local WIDTH <const>, HEIGHT <const> = 820, 460
local LEFT <const>, RIGHT <const>, TOP <const>, BOTTOM <const> = 64, 620, 44, 410 -- of the plot; names are at its right
local NAME_HEIGHT <const> = 17

-- Told apart by the most frequent kinds of colour blindness, too, and clear on white and on black.
local COLOURS <const> = { "#e0592a", "#3a86d6", "#2f9e6e", "#a66bc9", "#b8860b", "#d6558f", "#5f8f1f", "#1f9aa8",
                          "#8a7f6f", "#7a78e0", "#c4544f", "#6f8fa5" }

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

local function escaped(text) return (text:gsub("[&<>]", ESCAPES)) end

-- The powers of ten around all points, along coordinate k: exponents of the lowest and the highest.
local function decades(series, k)
  local low, high = math.huge, -math.huge
  for _, s in ipairs(series) do
    for _, p in ipairs(s.points) do
      low, high = math.min(low, p[k]), math.max(high, p[k])
    end
  end
  low, high = math.floor(math.log(low, 10) + 1e-9), math.ceil(math.log(high, 10) - 1e-9)
  return low, math.max(high, low + 1)
end

-- Maps a value between 10^low and 10^high to a place between first and last.
local function scale(low, high, first, last)
  return function(value) return first + (math.log(value, 10) - low) / (high - low) * (last - first) end
end

local function power_text(e)
  if e >= 0 and e <= 2 then return ("%d"):format(10 ^ e) end
  return e < 0 and e >= -3 and ("%." .. -e .. "f"):format(10.0 ^ e) or "1e" .. e
end

-- Where the names go: as high as their lines end, but apart from each other.
local function name_places(series, y)
  local sorted = table.move(series, 1, #series, 1, {})
  local function ending(s) return y(s.points[#s.points][2]) end
  table.sort(sorted, function(a, b) return ending(a) < ending(b) end)
  local places, last = {}, TOP - NAME_HEIGHT
  for k, s in ipairs(sorted) do
    local room = BOTTOM - (#sorted - k) * NAME_HEIGHT -- leaves enough for those below
    last = math.max(last + NAME_HEIGHT, math.min(ending(s), room))
    places[s] = last
  end
  return places
end

return function(title, series)
  local x_low, x_high = decades(series, 1)
  local y_low, y_high = decades(series, 2)
  local x, y = scale(x_low, x_high, LEFT, RIGHT), scale(y_low, y_high, BOTTOM, TOP)
  local parts = {}
  local function add(text, ...) parts[#parts + 1] = text:format(...) end

  add([[<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">]],
    WIDTH, HEIGHT, WIDTH, HEIGHT)
  add("<title>%s</title>", escaped(title))
  parts[#parts + 1] = [[<style>
  .ground { fill: #ffffff } text { fill: #222222; font: 13px sans-serif } .grid { stroke: #dddddd }
  .head { font-size: 15px; font-weight: bold }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #16181c } text { fill: #e6e6e6 } .grid { stroke: #3a3d44 }
  }
</style>]]
  add([[<rect class="ground" width="%d" height="%d"/>]], WIDTH, HEIGHT)
  add([[<text class="head" x="%d" y="24">%s</text>]], LEFT, escaped(title))
  for e = x_low, x_high do
    local at = x(10.0 ^ e)
    add([[<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>]], at, TOP, at, BOTTOM)
    add([[<text x="%.1f" y="%d" text-anchor="middle">%s</text>]], at, BOTTOM + 20, power_text(e))
  end
  for e = y_low, y_high do
    local at = y(10.0 ^ e)
    add([[<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>]], LEFT, at, RIGHT, at)
    add([[<text x="%d" y="%.1f" text-anchor="end">%s</text>]], LEFT - 8, at + 4, power_text(e))
  end
  add([[<text x="%d" y="%d" text-anchor="middle">items</text>]], (LEFT + RIGHT) // 2, BOTTOM + 40)
  add([[<text x="%d" y="%d" text-anchor="middle" transform="rotate(-90 16 %d)">ns an item</text>]],
    16, (TOP + BOTTOM) // 2, (TOP + BOTTOM) // 2)

  local places = name_places(series, y)
  for _, s in ipairs(series) do
    local colour, points = COLOURS[(s.colour - 1) % #COLOURS + 1], {}
    for i, p in ipairs(s.points) do
      points[i] = ("%.1f,%.1f"):format(x(p[1]), y(p[2]))
      add([[<circle cx="%.1f" cy="%.1f" r="%s" fill="%s"/>]], x(p[1]), y(p[2]), s.ours and "3.5" or "2.5", colour)
    end
    local last = s.points[#s.points]
    add([[<polyline points="%s" fill="none" stroke="%s" stroke-width="%s"/>]], table.concat(points, " "), colour,
      s.ours and "3" or "1.5")
    add([[<polyline points="%.1f,%.1f %d,%.1f %d,%.1f" fill="none" stroke="%s" stroke-dasharray="2 3"/>]],
      x(last[1]), y(last[2]), RIGHT + 12, places[s], RIGHT + 22, places[s], colour)
    add([[<text x="%d" y="%.1f"%s>%s</text>]], RIGHT + 28, places[s] + 4.5, s.ours and ' font-weight="bold"' or "",
      escaped(s.name))
  end
  add "</svg>\n"
  return table.concat(parts, "\n")
end
