-- Jobs, limits and progress; see lua/api.lua.

return {
  title = "Jobs",
  text = "A run that is started and not waited for. It uses threads of a pool beside the calling one, which goes on. "
    .. "While it runs it borrows its arrays: what would change one that it reads, or look at one that it writes, "
    .. "raises. A job that is dropped runs on; only `cancel`, `<close>` and the end of the state end it. `README.md`, "
    .. "\"Jobs\".",
  {
    name = "Pipeline:start", args = { "terminal: terminal", "...: any" }, gives = { "Job" },
    text = "Starts that terminal with these arguments: `p:start(\"reduce\", \"add\")`. All but `each` and `iter`, "
      .. "which run Lua. Wrong arguments raise at once.",
    more = "As many jobs run at a time as their pool has threads; others wait in the order they were started: behind "
      .. "as many endless ones, for as long. `timeout` ends such a job, and another pool has a queue of its own.",
    errors = {
      { "xs:start('summ')", "no terminal is named 'summ'" },
      { "xs:start('each', print)", "'each' runs Lua, which a job cannot" },
      { "xs:start('reduce', 'sub')", "kernel 'sub' is not associative" },
    },
    example = [[xs:start("sum"):wait() --> 6.0]],
  },
  {
    name = "Pipeline:timeout", args = { "seconds: seconds" }, gives = { "Pipeline" }, kind = "any -> same",
    text = "A terminal that is not over after so many seconds gives nil, \"timeout\" and a code. Of several the least "
      .. "counts.",
    more = "The clock starts when the terminal is called, or the job started. `iter` raises \"timed out\": nil would "
      .. "be its end.",
    errors = { { "xs:timeout(-1)", "seconds must not be negative" } },
    example = [[
xs:timeout(60):sum() --> 6.0
tine.range(1, 1 << 50):map("sqrt"):timeout(0.01):sum() --> nil timeout 13]],
  },
  {
    name = "Pipeline:progress", args = { "fn?: function", "every?: seconds = 0.1" }, gives = { "Pipeline" },
    kind = "any -> same",
    text = "Terminals, and waits for their jobs, call fn(done, total) every so many seconds, on the calling thread. "
      .. "Without fn they draw a bar on stderr, if that is a terminal.",
    more = "total is nil where it is not known. A run that is over before is not told. An error in fn ends the run and "
      .. "is raised. fn may run terminals, which then do not share the work, and wait for jobs; it cannot close a "
      .. "pool.",
    example = [[xs:progress(function(done, total) print(done, total) end):sum() --> 6.0]],
  },
  {
    name = "Job:wait", args = { "seconds?: seconds" }, gives = { "any..." }, effect = true,
    text = "What the terminal gives, each time it is asked; nil and \"timeout\" if the job is not done in so many "
      .. "seconds. After cancel nil, \"cancelled\" and a code.",
    more = "Arrays and tables are the same ones each time. A kernel that failed raises, here.",
    example = [[
xs:start("min"):wait() --> 1.0
local long <close> = tine.range(1, 1 << 50):map("sqrt"):start "sum"
long:wait(0.01) --> nil timeout]],
  },
  {
    name = "Job:await", args = { "wait?: function" }, gives = { "any..." }, effect = true,
    text = "For coroutines: calls wait(job) until the job is done, then returns as Job:wait does. Without a function "
      .. "yields the job each time; where nothing can be yielded, waits.",
    example = [[xs:start("sum"):await(function(job) job:wait(0.001) end) --> 6.0]],
  },
  {
    name = "Job:done", gives = { "boolean" },
    text = "Whether it is over, however it ended.",
    example = [[
local job = xs:start "sum"
job:wait()
job:done() --> true]],
  },
  {
    name = "Job:cancel", effect = true,
    text = "Ends it at the next block, one that has not begun at once, and returns. One that is done is left as it is.",
    example = [[
local job = tine.range(1, 1 << 50):map("sqrt"):start "sum"
job:cancel()
job:wait() --> nil cancelled 12]],
  },
  {
    name = "Job:progress", gives = { "integer", "integer?" },
    text = "Items done, and of how many; the second is nil where that is not known, as before it begins.",
    example = [[select("#", xs:start("sum"):progress()) --> 2]],
  },
  {
    name = "Job:getfd", gives = { "integer" },
    text = "A descriptor that is readable once the job is done: for select, poll and event loops.",
    more = "It is the job's own: do not read from it or close it, and keep the job while you watch it.",
    example = [[xs:start("sum"):getfd() >= 0 --> true]],
  },
  {
    name = "Job:dirty", gives = { "boolean" },
    text = "Job:done, by the name that luasocket's select asks for, beside getfd.",
    example = [[
local job = xs:start "sum"
job:wait()
job:dirty() --> true]],
  },
  {
    name = "Job:pollfd", gives = { "integer" },
    text = "Job:getfd, by the name that cqueues asks for, beside events and timeout.",
    example = [[xs:start("sum"):pollfd() >= 0 --> true]],
  },
  {
    name = "Job:events", gives = { "string" },
    text = "\"r\": what cqueues is to poll for.",
    example = [[xs:start("sum"):events() --> r]],
  },
  {
    name = "Job:timeout", gives = { "any" },
    text = "nil: cqueues polls as long as it takes.",
    example = [[xs:start("sum"):timeout() --> nil]],
  },
  {
    name = "local job <close>", class = "Job", meta = { "__close" }, effect = true,
    text = "Cancels the job where the scope ends, and waits for that.",
    example = [[
local kept
do
  local job <close> = tine.range(1, 1 << 50):map("sqrt"):start "sum"
  kept = job
end
kept:done() --> true]],
  },
  {
    name = "print(job)", class = "Job", meta = { "__tostring" }, keys = { "tostring(job)" }, gives = { "string" },
    text = "The terminal, and whether it is done, as text: tostring(job).",
    example = [[
local job = xs:start "sum"
job:wait()
job --> tine.Job sum (done)]],
  },
}
