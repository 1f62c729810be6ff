-- Arrays and pipelines go to functions in C and come back. (make, then: LUA_CPATH="./?.so;;" lua5.4 demo.lua [n])

local tine = require "tine"
local smooth = require "smooth"

local n = tonumber(arg and arg[1]) or 1000000
local wave = tine.range(1, n):map("mul", 0.001):map("sin")

local a = smooth.of(wave, 0.25) -- a pipeline in, an array out
print(("%d items, %.6f at the end"):format(#a, a[#a]))

local rest = smooth.rest(wave, 0.25) -- a pipeline in, a pipeline out
print(("%.6f on average taken away"):format(rest:map("abs"):mean()))

smooth.inplace(a, 0.25)
print(("%.6f at the end, smoothed twice"):format(a[#a]))

-- A job that reads the array for a very long time: nobody may write it meanwhile.
local job = tine.range(1, 10 ^ 15 // 1 | 0):map("mod", n):map("add", 1):gather(a):start("sum")
print(select(2, pcall(smooth.inplace, a, 0.25)))
job:cancel()
job:wait()
smooth.inplace(a, 0.25)
print(("%.6f at the end, smoothed thrice"):format(a[#a]))
