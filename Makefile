# tine: build, test, install. Reads from top to bottom; `make help` lists the targets.

# ===== Settings =====

PREFIX   ?= /usr/local
LIBDIR   ?= $(PREFIX)/lib
INCDIR   ?= $(PREFIX)/include
DATADIR  ?= $(PREFIX)/share
DOCDIR   ?= $(DATADIR)/doc/tine
LUA_CDIR ?= $(LIBDIR)/lua/5.4
BUILD    ?= build
CC       ?= cc
CXX      ?= c++
AR       ?= ar
INSTALL  ?= install
BUSTED   ?= busted
LUACHECK ?= luacheck
OPT      ?= -O3 -g
EXTRA    ?=

# Lua 5.4 and its package go by several names: Debian's and Alpine's, openSUSE's and Arch's, FreeBSD's, Fedora's.
ifndef LUA
LUA := $(shell for l in lua5.4 lua54 lua-5.4 lua; do command -v $$l >/dev/null && break; done; echo $$l)
endif
LUA_PC  := $(shell for p in lua5.4 lua-5.4 lua54 "lua >= 5.4 lua < 5.5"; do \
             pkg-config --exists "$$p" 2>/dev/null && echo "$$p" && break; done)
LUA_INC ?= $(if $(LUA_PC),$(shell pkg-config --cflags "$(LUA_PC)"),-I/usr/include/lua5.4)
LUA_LIB ?= $(if $(LUA_PC),$(shell pkg-config --libs "$(LUA_PC)"),-llua5.4)
LUA_INC := $(LUA_INC)
LUA_LIB := $(LUA_LIB)

# The compiler's own tools, also where it compiles for another machine. What is installed is stripped of what debuggers
# want; INSTALL_STRIP= leaves that in, for those who make packages of it.
NM    ?= $(shell $(CC) -print-prog-name=nm)
STRIP ?= $(shell $(CC) -print-prog-name=strip)
INSTALL_STRIP ?= -S

# The bits of every result hang on these: no fused operations behind our back, no errno, no traps.
BITS = -ffp-contract=off -fno-math-errno -fno-trapping-math $(NARROW)

# What keeps floats as narrow as they are: the first of these by which the compiler says that it does. (On most machines
# nothing is needed; see base/config.h.)
NARROW := $(shell for f in "" -fexcess-precision=fast "-msse2 -mfpmath=sse"; do \
            if echo __FLT_EVAL_METHOD__ | $(CC) -std=c11 $(EXTRA) $(CFLAGS) $$f -E -P -x c - 2>/dev/null | grep -qx 0; \
            then echo "$$f"; break; fi; done)

WARN = -Wall -Wextra -Wconversion -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wvla
STRICT ?=
# A calling thread may have a small stack: no frame of the engine or the binding is larger than that (`make check`).
FRAMES ?=

# CPPFLAGS, CFLAGS and LDFLAGS are the packager's: they come after ours, but for what the bits need.
CFLAGS_ALL = -std=c11 $(OPT) $(WARN) $(STRICT) -fPIC -fvisibility=hidden -pthread -MMD -MP -DTI_HAVE_SLEEF=$(SLEEF) \
             $(EXTRA) $(CPPFLAGS) $(CFLAGS) $(BITS)
# Of programs that use the library as others do.
USER_FLAGS = -std=c11 $(OPT) $(WARN) $(STRICT) $(EXTRA) -Icore $(CPPFLAGS) $(CFLAGS) $(BITS)
LIBS = -pthread $(if $(filter 1,$(SLEEF)),-lsleef) -lm

# SLEEF, where its header is found, for the transcendental kernels; SLEEF=0 does without, with those of the C library.
# (The compiler is asked without a line of C: how a # is quoted differs between versions of make.)
ifndef SLEEF
SLEEF := $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -E -include sleef.h -x c /dev/null >/dev/null 2>&1 && echo 1 || echo 0)
endif

# Where nobody said -j, what newcomers type builds on all cores. (A recipe that says $(MAKE) in a variable wants a +: else
# the make that it starts gets none of the jobs.)
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
MAKE_ALL = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

# ===== No need to change anything below this line =====

CORE_SRC := $(sort $(wildcard core/*/*.c))
LUA_SRC  := $(sort $(wildcard lua/*/*.c))
TEST_SRC := $(sort $(wildcard spec/core/*.c))

CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/obj/%.o)
LUA_OBJ  := $(LUA_SRC:%.c=$(BUILD)/obj/%.o)
TEST_OBJ := $(CORE_SRC:%.c=$(BUILD)/test/%.o) $(TEST_SRC:%.c=$(BUILD)/test/%.o)

# The library has the names that linkers and loaders look for. CHANGELOG.md tells when the number in SONAME changes.
VERSION := $(shell sed -n 's/.*define TINE_VERSION "\(.*\)"/\1/p' core/tine.h)
SONAME_NUMBER := $(firstword $(subst ., ,$(VERSION)))

# What linkers are told: those of ELF, and (read, never run) Darwin's.
OS := $(shell uname -s)
ifeq ($(OS),Darwin)
SONAME  := libtine.$(SONAME_NUMBER).dylib
LIBFILE := libtine.$(VERSION).dylib
LIBLINK := libtine.dylib
LINK_SHARED = -dynamiclib -undefined dynamic_lookup -install_name $(LIBDIR)/$(SONAME)
LINK_MODULE = -bundle -undefined dynamic_lookup
ORIGIN = @loader_path
else
SONAME  := libtine.so.$(SONAME_NUMBER)
LIBFILE := libtine.so.$(VERSION)
LIBLINK := libtine.so
LINK_SHARED = $(LINK_MODULE) -Wl,-soname,$(SONAME)
LINK_MODULE = -shared -Wl,-Bsymbolic -Wl,-z,nodelete
ORIGIN = $$ORIGIN
endif
# (Where it is part of the C library this does no harm.)
LIBS_DL = $(if $(filter Linux,$(OS)),-ldl)

SHARED     := $(BUILD)/$(LIBFILE)
SHARED_OBJ := $(CORE_OBJ) $(LUA_SRC:%.c=$(BUILD)/shared/%.o)
MODULE_OBJ := $(CORE_OBJ) $(patsubst $(BUILD)/obj/lua/state/bind_copy.o,$(BUILD)/module/lua/state/bind_copy.o,$(LUA_OBJ))

HOSTS := $(patsubst examples/%.c,$(BUILD)/examples/%,$(wildcard examples/*.c))
ORACLES := $(patsubst spec/lua/%.c,$(BUILD)/spec/%,$(wildcard spec/lua/*.c)) \
           $(patsubst spec/lua/probe/%.c,$(BUILD)/probe_%.so,$(wildcard spec/lua/probe/*.c))

FUZZERS := $(if $(filter Linux,$(OS)),$(BUILD)/fuzz/npy $(BUILD)/fuzz/pipe $(BUILD)/fuzz/lua)

# What stands in for SLEEF in programs that are linked with libtine.a and not with SLEEF.
NOSLEEF := $(if $(filter 1,$(SLEEF)),$(BUILD)/libtine-nosleef.a)

all: $(BUILD)/tine.so $(BUILD)/libtine.a $(NOSLEEF) $(BUILD)/$(LIBLINK) $(BUILD)/$(SONAME)

help:
	@echo "make            (V=1 shows commands) the Lua module tine.so, libtine.a, libtine.so, in $(BUILD)/"
	@echo "make deps       installs what is missing (Debian packages; elsewhere says what is)"
	@echo "make demo       a parallel dot product of two .npy files from Lua"
	@echo "make test       every C test and busted spec"
	@echo "make fresh      demo and test in a bare Debian root (FRESH=build/fresh)"
	@echo "make check      lint, thread counts, unity build, header as C++, compilers"
	@echo "make cross      compiled for AArch64, musl, i686, s390x, and tested as far as this machine imitates those"
	@echo "make oracle     random expressions, as clang compiles them and for older processors"
	@echo "make asan ubsan tsan hostile    the tests in builds that find what tests miss"
	@echo "make fuzz       scripts, pipelines and files made of random bytes (FUZZ=60 seconds)"
	@echo "make soak       random jobs, cancels, timeouts and closes from eight states (SOAK=60 seconds)"
	@echo "make bench      ratios against sequential loops and other libraries (BENCH=--quick: less of it)"
	@echo "make bench-readme    writes what that found into the READMEs"
	@echo "make docs       what is made of lua/api.lua (reference, stubs, tine.help) and the end of core/tine.h"
	@echo "make ulp        the largest errors of the transcendental kernels"
	@echo "make model      the models of the pool's protocols, by spin"
	@echo "make install    PREFIX=$(PREFIX) DESTDIR= INSTALL_STRIP=-S (and uninstall)"
	@echo "make rock       rocks of this commit that luarocks builds anywhere, in $(BUILD)/rock/"

# One line a step; V=1 shows the commands.
V ?=
CCQ  = $(if $(V),,@echo "  cc   $@";)$(CC)
LDQ  = $(if $(V),,@echo "  link $@";)$(CC)
ARQ  = $(if $(V),,@echo "  ar   $@";)$(AR)

# ----- Objects: a changed Makefile rebuilds all -----

$(BUILD)/obj/lua/%.o: lua/%.c Makefile
	@mkdir -p $(@D)
	$(CCQ) $(CFLAGS_ALL) $(FRAMES) $(LUA_INC) -c $< -o $@

$(BUILD)/shared/lua/%.o: lua/%.c Makefile
	@mkdir -p $(@D)
	$(CCQ) $(CFLAGS_ALL) $(FRAMES) -DBIND_WEAK_LUA=1 $(LUA_INC) -c $< -o $@

$(BUILD)/module/lua/%.o: lua/%.c Makefile
	@mkdir -p $(@D)
	$(CCQ) $(CFLAGS_ALL) $(FRAMES) -DBIND_LIBRARY='"$(SONAME)"' $(LUA_INC) -c $< -o $@

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CCQ) $(CFLAGS_ALL) $(FRAMES) -c $< -o $@

# (Tests use all that the system has; and where a long has 32 bits they say size_t of what they know to fit.)
$(BUILD)/test/spec/core/%.o: OF_TESTS = -D_GNU_SOURCE $(TEST_EXTRA)
$(BUILD)/test/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CCQ) $(CFLAGS_ALL) $(OF_TESTS) -DTI_TESTING=1 -c $< -o $@

# Built with or without SLEEF: a change of that rebuilds what knows.
$(CORE_OBJ) $(TEST_OBJ): $(BUILD)/sleef-$(SLEEF)
$(BUILD)/sleef-$(SLEEF):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/sleef-*
	@touch $@

# ----- Products -----
#
# The library for hosts has the binding, too, with weak references to Lua: a program in C that has no Lua links to it and
# does without. The module is a file of its own, engine and all, which may be copied anywhere. It wants Lua from whoever
# loads it, as all modules do, and uses the engine of the process if there is one (lua/state/bind_copy.c). Neither is linked to
# liblua. Both call their own functions directly, whatever other copy is in the process; and they stay loaded when the last
# state has closed, as who holds an array then expects.

$(SHARED): $(SHARED_OBJ)
	$(LDQ) $(LINK_SHARED) $(EXTRA) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/$(SONAME) $(BUILD)/$(LIBLINK): $(SHARED)
	@ln -sf $(<F) $@

$(BUILD)/tine.so: $(MODULE_OBJ)
	@rm -f $@
	$(LDQ) $(LINK_MODULE) $(EXTRA) $(LDFLAGS) -o $@ $^ $(LIBS) $(LIBS_DL)

# The binding is in the archive as well: linkers leave it out unless luaopen_tine is called.
$(BUILD)/libtine.a: $(CORE_OBJ) $(LUA_OBJ)
	@rm -f $@
	$(ARQ) rcs $@ $^

# A function for each of SLEEF's that libtine.a wants. None is ever called: ti_no_sleef (core/kernel/vector_math.c) says so.
$(BUILD)/nosleef.c: $(BUILD)/libtine.a
	@{ echo "extern const char ti_no_sleef; const char ti_no_sleef = 1;"; \
	  $(NM) -u $< | sed -n 's/^.* U _*\(Sleef_[a-zA-Z0-9_]*\)$$/void \1(void); void \1(void) {}/p' | sort -u; } >$@

$(BUILD)/libtine-nosleef.a: $(BUILD)/nosleef.c
	$(CCQ) $(CFLAGS_ALL) -c $< -o $(BUILD)/nosleef.o
	@rm -f $@
	$(ARQ) rcs $@ $(BUILD)/nosleef.o

$(BUILD)/test_core: $(TEST_OBJ)
	$(LDQ) $(EXTRA) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/examples/%: examples/%.c core/tine.h $(BUILD)/$(LIBLINK) $(BUILD)/$(SONAME)
	@mkdir -p $(@D)
	$(LDQ) $(USER_FLAGS) $(LUA_INC) $< -o $@ -L$(BUILD) -ltine -Wl,-rpath,'$(ORIGIN)/..' $(LDFLAGS) $(LUA_LIB) $(LIBS)

$(BUILD)/spec/%: spec/lua/%.c spec/lua/threads.h spec/lua/counting.h core/tine.h $(BUILD)/$(LIBLINK) $(BUILD)/$(SONAME)
	@mkdir -p $(@D)
	$(LDQ) $(USER_FLAGS) $(LUA_INC) $< -o $@ -L$(BUILD) -ltine -Wl,-rpath,'$(ORIGIN)/..' $(LDFLAGS) $(LUA_LIB) $(LIBS)

# Modules by which specs see what is inside of the binding.
$(BUILD)/probe_%.so: spec/lua/probe/%.c $(wildcard spec/lua/probe/*.h lua/function/*.h core/code/*.h) $(BUILD)/libtine.a
	@mkdir -p $(@D)
	$(LDQ) $(USER_FLAGS) -fPIC $(LUA_INC) $(LINK_MODULE) $< -o $@ $(BUILD)/libtine.a $(LDFLAGS) $(LIBS)

# ----- Dependencies: .ci/deps has the list -----

DEPS_FOR = $(if $(filter 1,$(CROSS)),cross,test)
check: DEPS_FOR = check
ASK = CC='$(CC)' CXX='$(CXX)' CPPFLAGS='$(CPPFLAGS)' LUA='$(LUA)' LUA_INC='$(LUA_INC)' BUSTED='$(BUSTED)' \
      LUACHECK='$(LUACHECK)'

deps:
	@$(ASK) .ci/deps $(DEPS_FOR)

deps-build:
	@$(ASK) .ci/deps build

# What needs the packages is made in a second step, once they are there.
demo: deps-build
	@$(MAKE_ALL) $(BUILD)/tine.so
	@LUA_CPATH="./$(BUILD)/?.so;;" $(LUA) examples/01_dot_product.lua

test: deps
	@+$(MAKE_ALL) test-build
	@+$(MAKE_ALL) test-core-whole test-lua

# (Most of the time either is busy on one thread: so they run beside each other.)
test-core-whole:
	@+$(WHOLE) "the C tests" $(MAKE) --no-print-directory test-core
WHOLE = .ci/whole

test-build: all $(BUILD)/test_core $(HOSTS) $(ORACLES) $(FUZZERS)

# Both, as a newcomer on a bare Debian: .ci/fresh.
fresh:
	@.ci/fresh $(FRESH)

test-core: $(BUILD)/test_core
	@spec/patience $(BUILD)/test_core

# TINE_LUA is the interpreter in which specs start processes of their own. (Specs that call make are not part of this one.)
# SPECS="--exclude-tags=slow" or a file's path: only those.
TINE_LUA ?= $(LUA)
SPECS    ?=
test-lua: all $(HOSTS) $(ORACLES)
	MAKEFLAGS= MFLAGS= TINE_LUA=$(TINE_LUA) TINE_BUILD=$(BUILD) LUA_CPATH="./$(BUILD)/?.so;;" spec/patience $(BUSTED) --cpath="./$(BUILD)/?.so" $(SPECS)

# ----- Checks -----

# All of it is one graph of jobs, as many at a time as there are cores: most keep one core busy and no more. What a
# job says is shown in one piece when it has ended; when one has failed, no other is begun. They are begun in this order,
# those that take long early, and each after the builds that it needs.
#
# What is tested is the build in which warnings are errors: one build does for both.
check: deps
	@+$(MAKE_ALL) check-all

CHECK_THREADS = 1 3 16
CHECK_LUA = $(CHECK_THREADS:%=check-lua-%)
CHECK_C = $(CHECK_THREADS:%=check-c-%)
check-all: lint check-model unity strict $(CHECK_LUA) $(CHECK_C) check-header cross check-clang oracle check-soak fuzz

# (Rocks are built from nothing, minutes of compilers: once is enough, whatever the threads.)
$(CHECK_LUA): check-lua-%: strict
	@+TINE_NUM_THREADS=$* $(WHOLE) "the Lua specs, TINE_NUM_THREADS=$*" $(STRICT_MAKE) test-lua \
	  SPECS="$(if $(filter 3,$*),,--exclude-tags=slow)"
$(CHECK_C): check-c-%: strict
	@+TINE_NUM_THREADS=$* $(WHOLE) "the C tests, TINE_NUM_THREADS=$*" $(STRICT_MAKE) test-core

check-header: strict
	@+$(STRICT_MAKE) header
check-clang: clang
	@if command -v clang >/dev/null; then \
	  $(WHOLE) "the C tests, compiled by clang" spec/patience build/clang/test_core && \
	  TINE_BUILD=build/clang $(WHOLE) "vector loops, compiled by clang" $(BUSTED) spec/vector_spec.lua; fi
check-soak: strict
	@+$(WHOLE) "soak" $(STRICT_MAKE) SOAK=10 soak
check-model:
	@+if command -v spin >/dev/null; then $(WHOLE) "models" $(MAKE) --no-print-directory model; \
	else echo "spin is not installed: the models are not checked"; fi

# Random expressions, and chains of them, as clang compiles what they run on, and as instruction sets before this machine's
# last do it: some thousands each, which with those of `make test` at each number of threads are 20000.
ORACLE_SETS = $(if $(filter x86_64,$(shell uname -m)),BASE $(if $(shell grep -m 1 avx512vl /proc/cpuinfo),AVX2))
ORACLE_RUNS = $(ORACLE_SETS:%=oracle-run-%) $(if $(shell command -v clang 2>/dev/null),oracle-run-clang)
oracle: $(ORACLE_RUNS)
oracle-run-clang: clang
oracle-run-clang: ORACLE_BUILD = build/clang
$(ORACLE_SETS:%=oracle-run-%): oracle-run-%: oracle-build-%
$(ORACLE_RUNS): ORACLE_BUILD ?= build/set/$(@:oracle-run-%=%)
$(ORACLE_RUNS):
	@TINE_CASES=4000 TINE_BUILD=$(ORACLE_BUILD) LUA_CPATH="./$(ORACLE_BUILD)/?.so;;" \
	  $(WHOLE) "random expressions: $(ORACLE_BUILD)" \
	  spec/patience $(BUSTED) --cpath="./$(ORACLE_BUILD)/?.so" spec/lua/expression_oracle_spec.lua
oracle-build-%:
	@$(MAKE) --no-print-directory BUILD=build/set/$* EXTRA="-DTI_SIMD_MOST=TI_SIMD_$*" OPT="-O1 -g" build/set/$*/tine.so

# Warnings are errors: with gcc, and with clang where it is installed. The former builds all that is tested, as it is
# installed (-O3); what gcc has to say at -O2, as packagers have it, unity hears.
STRICTLY = STRICT=-Werror FRAMES=-Wframe-larger-than=16384
STRICT_MAKE = $(MAKE) --no-print-directory BUILD=build/strict $(STRICTLY)
strict:
	@+$(STRICT_MAKE) test-build
clang:
	@if command -v clang >/dev/null; then \
	  $(MAKE) --no-print-directory BUILD=build/clang CC=clang $(STRICTLY) OPT="-O2 -g" all build/clang/test_core; \
	else echo "clang is not installed: not checked with it"; fi

# ----- Other machines, as far as this one can imitate them: README.md says which are tested and how -----
#
# Compiled with warnings as errors and without SLEEF, and run: the C tests, the table of bits among them, but for those
# that take longest, which the emulated machine would do for minutes and which find nothing there that others do not.
# Where a compiler or an emulator is missing the machine is left out, and that is said; `make deps CROSS=1` installs them.

CROSS_MACHINES ?= aarch64 musl i686 s390x
CROSS_SLOW = builtin.matches_oracle job.a_cancelled_sort ladder_random cast.all_pairs api_ladder. ladder_run. \
             sort.long_arrays sort.arrays_of_any_kind sort.same_bits sort.reversed sorted.items_by_all top. \
             api_flat_map.any_number api_search. api_source_split.trees reduce.a_hundred reduce.dot reduce.sums \
             reduce.extremes timeout. program.stages_of_all program.fused_stages account.growing flow.any_heeds vector_math. run.late_failures \
             api_wait.pools_come api_state_flow.what_expands npy_header.damaged api_code. \
             bits_kinds.in_pools

CROSS_CC  = $(if $(filter musl,$*),musl-gcc,$*-linux-gnu-gcc)
CROSS_X86 = $(filter x86_64 i386 i686,$(shell uname -m))
CROSS_RUN = $(if $(filter musl,$*)$(and $(filter i686,$*),$(CROSS_X86)),,qemu-$(subst i686,i386,$*)-static)
# A shell command: are they there?
CROSS_HAS = { for c in $(CROSS_CC) $(CROSS_RUN); do command -v $$c >/dev/null || { lacks=$$c; break; }; done; [ -z "$$lacks" ]; }

cross:
	@+$(MAKE_ALL) -k $(CROSS_MACHINES:%=cross-run-%)

cross-build-%:
	@! $(CROSS_HAS) || $(MAKE) --no-print-directory BUILD=build/cross/$* CC=$(CROSS_CC) SLEEF=0 OPT=-O1 STRICT=-Werror \
	  TEST_EXTRA=-Wno-conversion LDFLAGS=-static LUA_INC='$(LUA_INC) $(CROSS_DEBIAN)' cross-objects
# Debian's luaconf.h includes one header that is kept with those of this machine.
CROSS_DEBIAN = $(addprefix -idirafter /usr/include/,$(shell cc -print-multiarch 2>/dev/null))

cross-objects: $(LUA_OBJ) $(BUILD)/test_core

$(CROSS_MACHINES:%=cross-run-%): cross-run-%: cross-build-%
	@if $(CROSS_HAS); then TINE_NUM_THREADS=2 $(WHOLE) "the C tests on $*" spec/patience $(CROSS_RUN) build/cross/$*/test_core $(CROSS_SLOW:%=-%); \
	else echo "$$lacks is not installed: not checked on $*"; fi

# Random jobs, cancels, timeouts and closes from eight states, so many seconds; TINE_SEED repeats what they choose.
SOAK ?= 60
soak: $(BUILD)/spec/soak_host
	$(BUILD)/spec/soak_host spec/lua/hosts/soak.lua $(SOAK)

# Scripts, pipelines and files of random bytes, so many seconds, under sanitizers, half of the scripts in the hostile build;
# TINE_SEED repeats what they choose. Without libFuzzer: the seeds, and some more. See spec/fuzz/README.md.
FUZZ ?= 60
FUZZ_CC ?= clang
FUZZ_SAN = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_HAS = echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
             $(FUZZ_CC) -fsanitize=fuzzer,address -x c - -o $(BUILD)/fuzz-has >/dev/null 2>&1

fuzz:
	@mkdir -p $(BUILD)
	@$(LUA) spec/fuzz/seeds.lua $(BUILD)/seeds
	@if $(FUZZ_HAS); then $(MAKE) --no-print-directory fuzz-run; else \
	  echo "libFuzzer is not installed (Debian: clang libclang-rt-14-dev): seeds and random inputs are tried without it"; \
	  $(MAKE_ALL) fuzz-replay; fi

FUZZ_MAKE = $(MAKE_ALL) CC=$(FUZZ_CC) OPT="-O1 -g" FUZZ_MAIN= FUZZ_LINK=-fsanitize=fuzzer
FUZZ_RUNS = fuzz-run-npy fuzz-run-pipe fuzz-run-lua fuzz-run-hostile
fuzz-run:
	@+$(MAKE_ALL) $(FUZZ_RUNS)
fuzz-run-npy fuzz-run-pipe fuzz-run-lua: fuzz-build
fuzz-run-hostile: fuzz-build-hostile
fuzz-run-npy fuzz-run-pipe: FUZZ_PART = 6
fuzz-run-lua fuzz-run-hostile: FUZZ_PART = 3
fuzz-run-hostile: FUZZ_IN = build/fuzz-hostile/fuzz/lua $(BUILD)/seeds/lua
$(FUZZ_RUNS): FUZZ_IN ?= build/fuzz/fuzz/$(@:fuzz-run-%=%) $(BUILD)/seeds/$(@:fuzz-run-%=%)
$(FUZZ_RUNS):
	@$(WHOLE) "fuzz $(@:fuzz-run-%=%)" spec/fuzz/run $(FUZZ_IN) $$(($(FUZZ) / $(FUZZ_PART)))
fuzz-build:
	@+$(FUZZ_MAKE) BUILD=build/fuzz EXTRA="$(FUZZ_SAN)" build/fuzz/fuzz/npy build/fuzz/fuzz/pipe build/fuzz/fuzz/lua
fuzz-build-hostile:
	@+$(FUZZ_MAKE) BUILD=build/fuzz-hostile EXTRA="$(FUZZ_SAN) -DTI_HOSTILE=1 -DTI_TESTING=1" build/fuzz-hostile/fuzz/lua

fuzz-replay: $(FUZZERS)
	@for t in npy pipe lua; do $(BUILD)/fuzz/$$t -random=500 $(BUILD)/seeds/$$t >$(BUILD)/fuzz/$$t.log 2>&1 || \
	  { tail -n 20 $(BUILD)/fuzz/$$t.log; exit 1; }; echo "fuzz $$t: $$(tail -n 1 $(BUILD)/fuzz/$$t.log)"; done

FUZZ_MAIN ?= spec/fuzz/replay.c
$(BUILD)/fuzz/%: spec/fuzz/fuzz_%.c spec/fuzz/fuzz.c spec/fuzz/fuzz.h $(FUZZ_MAIN) $(BUILD)/libtine.a
	@mkdir -p $(@D)
	$(LDQ) $(USER_FLAGS) $(LUA_INC) $(FUZZ_LINK) $< spec/fuzz/fuzz.c $(FUZZ_MAIN) -o $@ $(BUILD)/libtine.a $(LDFLAGS) $(LUA_LIB) $(LIBS)

lint:
	$(LUACHECK) --quiet lua spec examples *.rockspec .busted .luacheckrc
	@if command -v clang-format >/dev/null; then \
	  clang-format --dry-run -Werror $$(find core lua spec examples -name '*.[ch]'); \
	else echo "clang-format is not installed: layout not checked"; fi

# The header alone, and as C++ in a host that uses all it defines; both as in a kernel pack, too.
header: $(BUILD)/libtine.a
	$(CC) -std=c11 $(WARN) -Werror -fsyntax-only -x c core/tine.h
	$(CC) -std=c11 $(WARN) -Werror -DTINE_PACK -fsyntax-only -x c core/tine.h
	$(CXX) -std=c++17 -Wall -Wextra -Werror -DTINE_PACK -fsyntax-only spec/core/api_cpp.cpp
	$(CXX) -std=c++17 -Wall -Wextra -Werror spec/core/api_cpp.cpp $(BUILD)/libtine.a $(LDFLAGS) $(LIBS) -o $(BUILD)/api_cpp
	$(BUILD)/api_cpp

# The amalgamation alone, as an embedder compiles it.
unity:
	@mkdir -p $(BUILD)
	$(CC) -std=c11 -O2 $(WARN) -Werror $(UNITY_FRAMES) -fPIC -fvisibility=hidden -c core/tine.c -o $(BUILD)/unity.o
	$(CC) -std=c11 -O2 $(WARN) -Werror $(UNITY_FRAMES) -fPIC -fvisibility=hidden $(LUA_INC) -c lua/module.c -o $(BUILD)/unity_lua.o
UNITY_FRAMES = -Wframe-larger-than=16384

# A sanitizer has to be linked into the program, so these builds run busted in an interpreter of their own. What it needs
# itself of memory and time is no failure of ours: specs tagged #memory and #slow stay out. `make tsan SAN_TESTS=soak`
# does only that.
SAN_TESTS ?= test-core test-lua-each soak
SAN_OPT = -O1 -g -fno-omit-frame-pointer
SAN_BUSTED = $$(command -v $(BUSTED)) --ignore-lua --exclude-tags=memory,slow
export ASAN_OPTIONS ?= allocator_may_return_null=1
# (The thread sanitizer remembers every access: it is told to forget when memory runs short, and gets fewer random cases.)
export TSAN_OPTIONS ?= allocator_may_return_null=1:memory_limit_mb=6000

# Each file of specs in a process of its own. ThreadSanitizer keeps a frame for each error that C code raises past it, and
# copies all of them at each allocation: in one process the specs slow down to nothing.
test-lua-each: all $(HOSTS) $(ORACLES)
	@for f in spec/*_spec.lua spec/lua/*_spec.lua; do \
	  echo "$$f"; $(MAKE) --no-print-directory -s test-lua SPECS="$(SPECS) $$f" || exit 1; done

define sanitized
@$(MAKE) --no-print-directory BUILD=build/$@ OPT="$(SAN_OPT)" EXTRA="$(1)" TINE_LUA=$(CURDIR)/build/$@/spec/interpreter \
  BUSTED="$(CURDIR)/build/$@/spec/interpreter $(SAN_BUSTED)" $(SAN_TESTS)
endef

asan:
	$(call sanitized,-fsanitize=address)

ubsan:
	$(call sanitized,-fsanitize=undefined -fno-sanitize-recover=all)

tsan: export TINE_CASES ?= 1000
tsan:
	$(call sanitized,-fsanitize=thread)

# Tiny stacks, random blocks, yields and naps around every atomic operation, counters about to wrap round; and then all
# of it at once for a minute.
STRESS ?= 60
hostile:
	@$(MAKE) --no-print-directory BUILD=build/hostile EXTRA="-DTI_HOSTILE=1 -DTI_TESTING=1" test-core test-lua
	TINE_STRESS=$(STRESS) spec/patience build/hostile/test_core stress

# ----- Benchmarks: a peer that is not installed is not built, and pool.lua says so -----

BENCH_PEERS := $(addprefix $(BUILD)/bench/,pool_openmp pool_openmp_fast pool_tbb pool_tbb_fast pool_rayon \
                 throughput_openmp throughput_openmp_fast throughput_tbb throughput_rayon)
PEER_OPT = -O3 -march=native $(if $(findstring _fast,$@),-ffast-math)

# What all of throughput's C programs are made of.
THROUGHPUT = spec/bench/throughput/harness.h Makefile

# Debian's crates in place of those of the network; the copy keeps what cargo writes out of the sources.
CRATES = --config 'source.crates-io.replace-with="debian"' \
         --config 'source.debian.directory="/usr/share/cargo/registry"'

$(BUILD)/bench/pool $(BUILD)/bench/fair $(BUILD)/bench/latency: $(BUILD)/bench/%: spec/bench/%.c core/tine.h $(BUILD)/libtine.a Makefile
	@mkdir -p $(@D)
	$(LDQ) -std=c11 -O2 $(WARN) $(STRICT) $(EXTRA) -Icore $(CPPFLAGS) $< -o $@ $(BUILD)/libtine.a $(LDFLAGS) $(LIBS)

$(BUILD)/bench/pool_openmp $(BUILD)/bench/pool_openmp_fast: spec/bench/pool_openmp.c Makefile
	@mkdir -p $(@D)
	@$(CC) -std=c11 $(PEER_OPT) $(WARN) -fopenmp $< -o $@ 2>$@.log || rm -f $@

$(BUILD)/bench/pool_tbb $(BUILD)/bench/pool_tbb_fast: spec/bench/pool_tbb.cpp Makefile
	@mkdir -p $(@D)
	@$(CXX) -std=c++17 $(PEER_OPT) -Wall -Wextra $< -o $@ -ltbb 2>$@.log || rm -f $@

$(BUILD)/bench/pool_rayon: spec/bench/pool_rayon/Cargo.toml spec/bench/pool_rayon/src/main.rs Makefile
	@mkdir -p $(@D)/rayon
	@cp -r spec/bench/pool_rayon/. $(@D)/rayon/
	@cargo build --release --offline $(CRATES) --manifest-path $(@D)/rayon/Cargo.toml --target-dir $(@D)/rayon/target \
	  2>$@.log && cp $(@D)/rayon/target/release/pool_rayon $@ || rm -f $@

$(BUILD)/bench/throughput_rayon: spec/bench/throughput/rayon/Cargo.toml spec/bench/throughput/rayon/src/main.rs Makefile
	@mkdir -p $@.crate
	@cp -r spec/bench/throughput/rayon/. $@.crate/
	@RUSTFLAGS="-C target-cpu=native" cargo build --release --offline $(CRATES) --manifest-path $@.crate/Cargo.toml \
	  --target-dir $@.crate/target 2>$@.log && cp $@.crate/target/release/throughput_rayon $@ || rm -f $@

# Kernels of a host are compiled as it likes: here as its peers' loops are, but for the bits.
$(BUILD)/bench/throughput_tine: spec/bench/throughput/tine.c $(THROUGHPUT) core/tine.h $(BUILD)/libtine.a
	@mkdir -p $(@D)
	$(LDQ) -std=c11 $(PEER_OPT) $(BITS) $(WARN) $(STRICT) $(EXTRA) -Icore $(CPPFLAGS) $< -o $@ $(BUILD)/libtine.a $(LDFLAGS) $(LIBS)

$(BUILD)/bench/throughput_openmp $(BUILD)/bench/throughput_openmp_fast: spec/bench/throughput/openmp.c $(THROUGHPUT)
	@mkdir -p $(@D)
	@$(CC) -std=c11 $(PEER_OPT) $(WARN) -fopenmp $< -o $@ -lm 2>$@.log || rm -f $@

$(BUILD)/bench/throughput_tbb: spec/bench/throughput/tbb.cpp $(THROUGHPUT)
	@mkdir -p $(@D)
	@$(CXX) -std=c++17 $(PEER_OPT) -Wall -Wextra $< -o $@ -ltbb 2>$@.log || rm -f $@

# BENCH=--quick takes a minute or two in place of ten.
bench: all $(BUILD)/bench/pool $(BUILD)/bench/fair $(BUILD)/bench/latency $(BUILD)/bench/throughput_tine $(BENCH_PEERS)
	@$(BUILD)/bench/fair
	@for b in spec/bench/*.lua; do TINE_BUILD=$(BUILD) LUA_CPATH="./$(BUILD)/?.so;;" $(LUA) $$b $(BENCH) || exit 1; done

# Writes what the last `make bench` found into README.md and spec/bench/README.md.
bench-readme:
	TINE_BUILD=$(BUILD) $(LUA) spec/bench/throughput.lua --readme

# ----- The largest errors of the transcendental kernels: the table in core/kernel/README.md -----

ulp: $(BUILD)/bench/ulp
	$(BUILD)/bench/ulp

$(BUILD)/bench/ulp: spec/bench/ulp.c spec/core/ulp.h core/tine.h $(BUILD)/libtine.a Makefile
	@mkdir -p $(@D)
	$(LDQ) -std=c11 -O2 $(BITS) $(WARN) $(STRICT) $(EXTRA) -Icore $(CPPFLAGS) $< -o $@ $(BUILD)/libtine.a $(LDFLAGS) $(LIBS)

# ----- What is made of lua/api.lua and of tine.h's declarations, and committed: building needs no Lua -----

docs:
	@$(LUA) lua/generate.lua

# ----- Models of the pool's protocols, searched exhaustively by spin: spec/model/README.md -----

MODEL_CC = $(CC) -w -O2 -DSAFETY -DMEMLIM=1600

# Each model holds, and does so without the steps that a SPARE switch leaves out; with any MUTANT an error is found.
model: $(patsubst spec/model/%.pml,$(BUILD)/model/%.ok,$(wildcard spec/model/*.pml))

$(BUILD)/model/%.ok: spec/model/%.pml Makefile
	@command -v spin >/dev/null || { echo "spin is not installed: apt-get install spin"; exit 1; }
	@mkdir -p $(@D)
	@for s in HOLDS $$(grep -oE '(MUTANT|SPARE)_[A-Z_]+' $< | sort -u); do \
	  d=$(@D)/$*/$$s; rm -rf $$d; mkdir -p $$d; cp $< $$d; \
	  (cd $$d && spin -a -D$$s $*.pml && $(MODEL_CC) -o pan pan.c && ./pan -m100000 >out) || exit 1; \
	  case $$s in MUTANT_*) want='errors: [1-9]';; *) want='errors: 0';; esac; \
	  case $$s in MUTANT_*) part=;; *) part=$$(grep -E 'not completed|too small' $$d/out);; esac; \
	  echo "  spin $* $$s:$$(sed -n 's/.*\(errors: .*\)/ \1/p; s/ *\([0-9]*\) states, stored.*/, \1 states/p' $$d/out \
	    | tr -d '\n')"; \
	  if ! grep -q "$$want" $$d/out || [ -n "$$part" ]; then echo "$$d/out: wanted $$want $$part"; exit 1; fi; \
	  rm -f $$d/pan $$d/pan.?; \
	done
	@touch $@

# ----- Install -----

TO = $(DESTDIR)
STUBS = $(wildcard lua/library/tine.lua)
DOCS = LICENSE README.md CHANGELOG.md lua/README.md lua/reference.md
CMAKEDIR = $(LIBDIR)/cmake/tine
STRIPPED = $(if $(INSTALL_STRIP),$(STRIP) $(INSTALL_STRIP) $(1),:)

install: all
	$(INSTALL) -d "$(TO)$(LIBDIR)/pkgconfig" "$(TO)$(CMAKEDIR)" "$(TO)$(LUA_CDIR)" "$(TO)$(INCDIR)" "$(TO)$(DOCDIR)/lua"
	$(if $(STUBS),$(INSTALL) -d "$(TO)$(DATADIR)/tine/library")
	$(INSTALL) -m 644 core/tine.h "$(TO)$(INCDIR)/"
	$(INSTALL) -m 644 $(BUILD)/libtine.a $(NOSLEEF) "$(TO)$(LIBDIR)/"
	$(INSTALL) -m 755 $(SHARED) "$(TO)$(LIBDIR)/"
	$(INSTALL) -m 755 $(BUILD)/tine.so "$(TO)$(LUA_CDIR)/"
	$(call STRIPPED,"$(TO)$(LIBDIR)/libtine.a" "$(TO)$(LIBDIR)/$(LIBFILE)" "$(TO)$(LUA_CDIR)/tine.so")
	ln -sf $(LIBFILE) "$(TO)$(LIBDIR)/$(SONAME)"
	ln -sf $(SONAME) "$(TO)$(LIBDIR)/$(LIBLINK)"
	$(if $(STUBS),$(INSTALL) -m 644 $(STUBS) "$(TO)$(DATADIR)/tine/library/")
	for f in $(DOCS); do $(INSTALL) -m 644 $$f "$(TO)$(DOCDIR)/$$f" || exit 1; done
	@printf '%s\n' $(PC) >"$(TO)$(LIBDIR)/pkgconfig/tine.pc"
	@for f in tine-config.cmake tine-config-version.cmake; do \
	  sed $(CMAKE_SED) core/cmake/$$f.in >"$(TO)$(CMAKEDIR)/$$f" || exit 1; done

uninstall:
	rm -f "$(TO)$(INCDIR)/tine.h" "$(TO)$(LUA_CDIR)/tine.so" "$(TO)$(LIBDIR)/pkgconfig/tine.pc"
	rm -f "$(TO)$(LIBDIR)/libtine.a" "$(TO)$(LIBDIR)/libtine-nosleef.a" "$(TO)$(LIBDIR)/$(LIBLINK)"
	rm -f "$(TO)$(LIBDIR)/$(SONAME)" "$(TO)$(LIBDIR)/$(LIBFILE)" "$(TO)$(DATADIR)/tine/library/tine.lua"
	rm -f "$(TO)$(CMAKEDIR)/tine-config.cmake" "$(TO)$(CMAKEDIR)/tine-config-version.cmake"
	for f in $(DOCS); do rm -f "$(TO)$(DOCDIR)/$$f"; done
	@for d in "$(TO)$(DATADIR)/tine/library" "$(TO)$(DATADIR)/tine" "$(TO)$(DOCDIR)/lua" "$(TO)$(DOCDIR)" "$(TO)$(CMAKEDIR)"; \
	do rmdir "$$d" 2>/dev/null || true; done

# What is linked with libtine.a: SLEEF where it has an archive, so that programs can be linked statically; else what stands
# in for it. Who links the archive into a program that is not static names SLEEF himself: it has a shared library at least.
SLEEF_ARCHIVE = $(filter-out libsleef.a,$(shell $(CC) $(CFLAGS) -print-file-name=libsleef.a))
STATIC_LIBS = $(if $(NOSLEEF),$(if $(SLEEF_ARCHIVE),-lsleef,-ltine-nosleef)) -lm -pthread

# The text of tine.pc, a word a line. What is private is for --static. SLEEF is named as a library, not as a package:
# for packages pkg-config wants the development files of SLEEF, which who links to libtine.so need not have.
IN_PREFIX = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
PC = 'prefix=$(PREFIX)' 'libdir=$(call IN_PREFIX,$(LIBDIR))' 'includedir=$(call IN_PREFIX,$(INCDIR))' \
     'luacdir=$(call IN_PREFIX,$(LUA_CDIR))' '' 'Name: tine' 'Version: $(VERSION)' \
     'Description: Parallel pipelines over typed arrays: every core, the same bits' \
     'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -ltine' 'Libs.private: $(STATIC_LIBS)'

# From the folder of CMake's files up to the prefix, where all is in it, and down to the header.
UP = $(shell echo '$(patsubst $(PREFIX)/%,%,$(CMAKEDIR))' | sed 's![^/][^/]*!..!g')
MOVABLE = $(and $(filter $(PREFIX)/%,$(LIBDIR)),$(filter $(PREFIX)/%,$(INCDIR)))
CMAKE_INCLUDE = $(if $(MOVABLE),$${CMAKE_CURRENT_LIST_DIR}/$(UP)/$(patsubst $(PREFIX)/%,%,$(INCDIR)),$(INCDIR))
CMAKE_SED = -e 's!@INCLUDE@!$(CMAKE_INCLUDE)!' -e 's!@LIBFILE@!$(LIBFILE)!' -e 's!@SONAME@!$(SONAME)!' \
            -e 's!@LIBS@!m;-pthread!' -e 's!@VERSION@!$(VERSION)!' -e 's!@MAJOR@!$(word 1,$(subst ., ,$(VERSION)))!' \
            -e 's!@MINOR@!$(word 2,$(subst ., ,$(VERSION)))!' \
            -e "s!@POINTER@!$$(echo __SIZEOF_POINTER__ | $(CC) $(CFLAGS) -E -P -x c -)!"

# What luarocks calls: the module alone, where it says.
install-rock: $(BUILD)/tine.so
	$(INSTALL) -d $(DESTLIB)
	$(INSTALL) -m 755 $(BUILD)/tine.so $(DESTLIB)/
	$(call STRIPPED,$(DESTLIB)/tine.so)

# Rockspecs of this clone, where the committed ones name a public repository, and a source rock of its commit.
ROCK = $(abspath $(BUILD))/rock
ROCK_URL = s!git+https://example.org/tine.git!$(1)!
rock:
	@mkdir -p $(ROCK)
	git archive --prefix=tine-$(VERSION)/ -o $(ROCK)/tine-$(VERSION).tar.gz HEAD
	sed '$(call ROCK_URL,git+file://$(CURDIR))' tine-scm-1.rockspec >$(ROCK)/tine-scm-1.rockspec
	sed -e '$(call ROCK_URL,file://$(ROCK)/tine-$(VERSION).tar.gz)' -e '/tag = /d' tine-$(VERSION)-1.rockspec \
	  >$(ROCK)/tine-$(VERSION)-1.rockspec
	cd $(ROCK) && luarocks --lua-version 5.4 pack tine-$(VERSION)-1.rockspec

clean:
	rm -rf build

print-%:
	@echo '$($*)'

-include $(SHARED_OBJ:.o=.d) $(LUA_OBJ:.o=.d) $(MODULE_OBJ:.o=.d) $(TEST_OBJ:.o=.d)

.PHONY: check-all $(CHECK_LUA) $(CHECK_C) check-clang check-soak check-model check-header test-core-whole $(ORACLE_RUNS) \
        $(FUZZ_RUNS) fuzz-build fuzz-build-hostile $(CROSS_MACHINES:%=cross-run-%) oracle fuzz fuzz-run fuzz-replay cross cross-objects all help deps deps-build demo test test-build fresh test-core test-lua test-lua-each check strict clang soak lint header unity asan ubsan tsan hostile bench bench-readme ulp docs model install uninstall install-rock rock clean
.DELETE_ON_ERROR:
