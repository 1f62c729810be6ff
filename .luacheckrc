std = "lua54"
max_line_length = 120
include_files = {
  "lua/**/*.lua",
  "spec/**/*.lua",
  "examples/**/*.lua",
  "*.rockspec",
  ".busted",
  ".luacheckrc",
}
files["spec/**/*.lua"] = { std = "+busted" }
files["*.rockspec"] = { std = "+rockspec" }
files[".luacheckrc"] = { std = "+luacheckrc" }
