rockspec_format = "3.0"
package = "tine"
version = "scm-1"
-- There is no public repository yet: example.org stands for it. `make rock` writes rockspecs, and a source rock, of the
-- clone that it runs in, which luarocks builds anywhere; `luarocks make` builds in the clone.
source = {
  url = "git+https://example.org/tine.git",
}
description = {
  summary = "Parallel pipelines over typed arrays: every core, the same bits",
  detailed = [[
    An embeddable parallel engine with typed arrays, lazy pipelines and kernels in C. Scripts compose pipelines by
    kernel name; workers never touch a Lua state; results are the same bits on any number of threads. Uses SLEEF for
    exp, sin and their like where it is installed.]],
  homepage = "https://example.org/tine",
  license = "MIT",
  labels = { "parallel", "array", "numeric", "thread" },
}
supported_platforms = { "unix" }
dependencies = {
  "lua >= 5.4, < 5.5",
}
build = {
  type = "make",
  -- (BUILD may be set in somebody's environment.)
  build_variables = {
    BUILD = "build",
    LUA_INC = "-I$(LUA_INCDIR)",
    CC = "$(CC)",
  },
  install_variables = {
    BUILD = "build",
    CC = "$(CC)",
    DESTLIB = "$(LIBDIR)",
  },
  build_target = "build/tine.so",
  install_target = "install-rock",
}
-- Busted as it is found, a rock or not: as a test dependency it would have to be a rock.
test = {
  type = "command",
  command = "make test-lua",
}
