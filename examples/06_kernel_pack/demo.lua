-- One idea: a kernel pack is a module. blend.c registers its kernels when it is required; see the Makefile.

local tine = require "tine"
require "blend"

local n = math.tointeger(arg[1] or 1000000)
local day, night = tine.full("f64", n, 20), tine.linspace(5, 10, n)
local hours = tine.linspace(-6, 6, n)

-- From the day's temperatures to the night's, quickly at first, then slowly.
local evening = day:zip(night):zip(hours:map("logistic")):map("mix")
print(("%d places, %.3f degrees on average, %.3f to %.3f"):format(n, evening:mean(), evening:minmax()))
print(tine.help "mix")
