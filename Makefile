# PREACHES: portable recovery. `make demo` and `make check` do everything, installs included.
# One non-recursive Makefile; every folder's sources are found by wildcard.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDARY:

B := build
DEFAULT_ARCHES := x86_64 i686 aarch64 s390x mips m68k hppa
# The rest of core/layout/arch.c's table: `make all-arches`, `make matrix ARCHES=all`.
OTHER_ARCHES := riscv64 arm ppc64 ppc sparc64 alpha
ARCHES := default
override ARCHES := $(patsubst default,$(DEFAULT_ARCHES),$(patsubst all,$(DEFAULT_ARCHES) $(OTHER_ARCHES),$(ARCHES)))
CC ?= gcc
MAKEFLAGS += -j$(shell nproc) --no-print-directory
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wmissing-prototypes -Wstrict-prototypes $(if $(CI),-Werror)
OPT ?= -O2 -g
PKGS := glib-2.0 gio-2.0 gio-unix-2.0 libelf libzstd liblz4 liblzma openssl
LLVM := /usr/lib/llvm-19

# ---- what is linked into user programs: C11 + libc, once per architecture ----
RT_DIRS := core/layout core/convert core/image core/runtime
RT_SRC := $(sort $(wildcard $(addsuffix /*.c,$(RT_DIRS))))
# The stack is unwound through it (core/runtime/unwind.c).
RT_FLAGS := -std=gnu11 $(OPT) -fexceptions -ffp-contract=off -fsigned-char $(WARN) -I$(B)/include
triple = $(or $(triple_$(1)),$(1)-linux-gnu)
triple_arm := arm-linux-gnueabihf
triple_ppc64 := powerpc64-linux-gnu
triple_ppc := powerpc-linux-gnu
cc_x86_64 := gcc
cc_of = $(or $(cc_$(1)),$(call triple,$(1))-gcc)
flags_i686 := -msse2 -mfpmath=sse

# $(1) = architecture
define RT_RULES
RT_OBJ_$(1) := $$(RT_SRC:%.c=$(B)/rt/$(1)/%.o)
$(B)/rt/$(1)/%.o: %.c $(B)/include/xxhash.h | deps
	@mkdir -p $$(@D)
	$$(Q)$(call cc_of,$(1)) $$(RT_FLAGS) $$(flags_$(1)) -MMD -MP -c -o $$@ $$<
$(B)/lib/$(1)/libpreaches.a: $$(RT_OBJ_$(1))
	@mkdir -p $$(@D); rm -f $$@
	$$(Q)$(if $(cc_$(1)),ar,$(call triple,$(1))-ar) rcs $$@ $$^
-include $$(RT_OBJ_$(1):.o=.d)
endef
$(foreach a,$(DEFAULT_ARCHES) $(OTHER_ARCHES),$(eval $(call RT_RULES,$(a))))

$(B)/include/xxhash.h: | deps
	@mkdir -p $(@D)
	$(Q)cp /usr/include/xxhash.h $@

# ---- the tools: GLib ----
Q := $(if $(V),,@)
TOOL_DIRS := core/cc core/protocol core/agent core/cmd simnet faultinject results
TOOL_SRC := $(sort $(wildcard $(addsuffix /*.c,$(TOOL_DIRS))))
# A file that has a main() is <something>_main.c; everything else is library code.
MAINS := $(filter %_main.c,$(TOOL_SRC))
CC_LIB := $(filter-out %_main.c,$(wildcard core/cc/*.c))
HOST_LIB := $(filter-out %_main.c $(CC_LIB),$(TOOL_SRC))
BUILDID = $(shell git -C . describe --always --dirty 2>/dev/null)
TOOL_FLAGS = -std=gnu11 $(OPT) -ffp-contract=off $(WARN) -I. -I$(B)/include \
  $(shell pkg-config --cflags $(PKGS)) -I$(LLVM)/include $(SAN)
TOOL_LIBS = $(shell pkg-config --libs $(PKGS)) -lcsv -lm
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
$(B)/obj/%.o: %.c $(B)/include/xxhash.h | deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOL_FLAGS) -MMD -MP -c -o $@ $<
-include $(patsubst %.o,%.d,$(call obj,$(TOOL_SRC) $(RT_SRC)))

# The runtime's layout, convert and image code serves the tools too (not the runtime itself).
$(B)/libcore.a: $(call obj,$(filter-out core/runtime/%,$(RT_SRC)) $(HOST_LIB))
	$(Q)rm -f $@; $(AR) rcs $@ $^
$(B)/libcc.a: $(call obj,$(CC_LIB))
	$(Q)rm -f $@; $(AR) rcs $@ $^

BINS := $(B)/bin/preaches-cc $(B)/bin/preaches $(B)/bin/preaches-lab
$(B)/bin/preaches-cc: core/cc/cc_main.c $(B)/libcc.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOL_FLAGS) -o $@.new $(call obj,$<) $(B)/libcc.a $(B)/libcore.a $(TOOL_LIBS) -L$(LLVM)/lib -Wl,-rpath,$(LLVM)/lib -lclang-19
	@mv $@.new $@
$(B)/bin/preaches-cc: $(call obj,core/cc/cc_main.c)
$(B)/bin/preaches: $(call obj,core/cmd/preaches_main.c) $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@.new $^ $(SAN) $(TOOL_LIBS)
	@mv $@.new $@
# The id of a simulated run names these sources, not what a compiler made of them: the same bytes from all.
$(B)/include/sources.h: $(TOOL_SRC) $(RT_SRC) $(wildcard $(addsuffix /*.h,$(TOOL_DIRS) $(RT_DIRS)))
	@mkdir -p $(@D)
	$(Q)printf '#define PREACHES_SOURCES "%.32s"\n' "$$(cat $(sort $^) | sha256sum)" >$@
$(call obj,results/lab_common.c): $(B)/include/sources.h
$(B)/bin/preaches-lab: $(call obj,results/lab_main.c) $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@.new $^ $(SAN) $(TOOL_LIBS)
	@mv $@.new $@

RTLIBS := $(foreach a,$(ARCHES),$(B)/lib/$(a)/libpreaches.a)
$(B)/lib/gen.h: core/runtime/gen.h
	@mkdir -p $(@D)
	$(Q)cp $< $@
OWN_UNITS := $(patsubst core/cc/library/%,$(B)/lib/%,$(wildcard core/cc/library/*.c))
$(B)/lib/%.c: core/cc/library/%.c
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(B)/lib/overlay.so: core/cc/overlay/overlay.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(OPT) $(WARN) -fPIC -shared -o $@ $<
OWN_HEADERS := $(B)/lib/narrow/bits/wordsize.h
$(B)/lib/narrow/%: core/cc/overlay/narrow/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
TOOLCHAIN := $(B)/bin/preaches-cc $(RTLIBS) $(B)/lib/gen.h $(OWN_UNITS) $(OWN_HEADERS) $(B)/lib/overlay.so

# ---- programs under checkpoint: our own, and the feature programs of tests/matrix ----
CACHED_PCC := PREACHES_CACHE=$(CURDIR)/$(B)/cache $(B)/bin/preaches-cc
PCC := $(CACHED_PCC) --arch=default
# The feature programs of another set of architectures, or with other sites, stand in a folder of their own.
comma := ,
empty :=
MATRIX := $(B)/matrix
ifneq ($(ARCHES),$(DEFAULT_ARCHES))
MATRIX := $(B)/matrix-$(words $(ARCHES))
endif
# How polls and frames are done in them (core/cc/README.md): make matrix SITES=patch.
SITES ?= unwind
OF_SITES := $(if $(filter-out unwind,$(SITES)),-$(SITES))
MATRIX := $(MATRIX)$(OF_SITES)
PCC_MATRIX := $(CACHED_PCC) --arch=$(subst $(empty) $(empty),$(comma),$(ARCHES)) --sites=$(SITES)
WORKLOADS := $(patsubst workloads/%.c,$(B)/workloads/%,$(wildcard workloads/*.c))
FEATURES := $(patsubst tests/matrix/%.c,$(MATRIX)/%,$(wildcard tests/matrix/*.c)) $(MATRIX)/units
$(B)/workloads/%: workloads/%.c $(TOOLCHAIN)
	@mkdir -p $(@D)
	$(Q)$(PCC) -O2 -o $@ $< -lm
$(MATRIX)/units: $(wildcard tests/matrix/units/*.c) $(TOOLCHAIN)
	@mkdir -p $(@D)
	$(Q)$(PCC_MATRIX) -O2 -o $@ $(filter %.c,$^)
$(MATRIX)/%: tests/matrix/%.c $(TOOLCHAIN)
	@mkdir -p $(@D)
	$(Q)$(PCC_MATRIX) -O2 -o $@ $< -lm

# ---- tests ----
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c tests/hostile/*_main.c))
$(B)/tests/%: tests/%.c $(B)/libcc.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(B)/libcc.a $(B)/libcore.a $(TOOL_LIBS) -L$(LLVM)/lib -Wl,-rpath,$(LLVM)/lib -lclang-19
-include $(TESTS:%=%.d)
# The differential fuzzer: one program of several files.
FUZZ := $(B)/tests/fuzz/fuzz
$(FUZZ): $(wildcard tests/fuzz/*.[ch]) $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(TOOL_FLAGS) -o $@ $(filter %.c,$^) $(B)/libcore.a $(TOOL_LIBS)

# The coverage-guided one, of image reader and converter: clang's libFuzzer and sanitizers.
FUZZ_CC ?= clang
FUZZ_FLAGS := -std=gnu11 -O1 -g -ffp-contract=off -fsigned-char -fsanitize=fuzzer,address,undefined \
  -fno-sanitize-recover=undefined -Wall -Wextra -I. -I$(B)/include
FUZZ_IMAGE := $(B)/tests/hostile/image_fuzz
FUZZ_OBJ := $(patsubst %.c,$(B)/fuzz/%.o,tests/hostile/image_fuzz.c $(filter-out core/runtime/%,$(RT_SRC)))
$(B)/fuzz/%.o: %.c $(B)/include/xxhash.h | deps
	@command -v $(FUZZ_CC) >/dev/null || { echo "fuzz-image: no $(FUZZ_CC): it needs clang and libclang-rt-dev, or FUZZ_CC=CLANG" >&2; exit 1; }
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<
-include $(FUZZ_OBJ:.o=.d)
$(FUZZ_IMAGE): $(FUZZ_OBJ)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^

.PHONY: all runtime tools workloads features programs tests deps demo check check-build matrix chains real layers \
  bench bench-check papers papers-quick validate campaign e2e fuzz fuzz-image sanitize clean
all: runtime tools workloads
runtime: $(RTLIBS) $(B)/lib/gen.h $(OWN_UNITS) $(OWN_HEADERS) $(B)/lib/overlay.so
tools: $(BINS)
workloads: $(WORKLOADS)
features: $(FEATURES)
programs: workloads features
tests: $(TESTS) $(FUZZ)

# Installs what is missing, and says so first; DEPS=skip refuses to install.
deps:
	@ARCHES="$(ARCHES)" ./tests/deps.sh

# The main job: killed on one architecture, finished on another.
demo: $(BINS) $(TOOLCHAIN) $(WORKLOADS)
	@rm -rf results/out/demo
	$(B)/bin/preaches-lab run papers/ssu-fuchs-1998/recovery.ini --out results/out/demo

check-build: $(BINS) $(TOOLCHAIN) $(WORKLOADS) $(FEATURES) $(TESTS) $(FUZZ)
check: check-build
	@tests/layers.sh
	@tests/run.sh

matrix: $(BINS) $(TOOLCHAIN) $(FEATURES)
	@PREACHES_ARCHES="$(ARCHES)" tests/matrix/all.sh results/out/matrix$(OF_SITES).csv $(MATRIX)

# Where what is drawn at random begins (chains, fuzz).
SEED ?= 1
# Chains of ten hops over random architectures, a checkpoint at every poll; CHAINS=N a program, SEED=N, SITES=patch.
chains: $(BINS) $(TOOLCHAIN) $(FEATURES)
	@PREACHES_ARCHES="$(ARCHES)" CHAINS="$(or $(CHAINS),20)" SEED="$(SEED)" tests/matrix/chains.sh results/out/chains$(OF_SITES).csv $(MATRIX)

# Unmodified programs from Debian source packages; PROGRAM="bzip2 lua" ARCHES= STOPS= PAIRS= SIZE=quick.
real: $(BINS) $(TOOLCHAIN)
	@ARCHES="$(ARCHES)" tests/real/all.sh results/out/real.csv

layers:
	@tests/layers.sh

bench: $(BINS) $(TOOLCHAIN) $(WORKLOADS)
	@mkdir -p results/out
	$(B)/bin/preaches-lab bench --out results/out/bench.csv
bench-check: $(BINS) $(TOOLCHAIN) $(WORKLOADS)
	@mkdir -p results/out
	$(B)/bin/preaches-lab bench --gated --out results/out/bench.csv --check results/baseline/bench.csv

# Workstations: agents on the loopback and (as root) in network namespaces, and their protocol in virtual time.
e2e: $(BINS) $(TOOLCHAIN) $(B)/workloads/paced $(B)/tests/hostile/protocol_main
	@PREACHES_E2E_TIMES=$${PREACHES_E2E_TIMES:-3} prove -v --timer tests/e2e/agents.t tests/e2e/operator.t tests/e2e/files.t tests/e2e/encrypted.t tests/e2e/relay.t tests/e2e/namespaces.t tests/e2e/real.t tests/e2e/protocol.t

# Every configuration of papers/, and an index page; papers-quick: fewer replications, within 5 minutes.
papers: $(BINS) $(TOOLCHAIN) $(WORKLOADS)
	@papers/run.sh results/out/papers
papers-quick: $(BINS) $(TOOLCHAIN) $(WORKLOADS)
	@papers/run.sh --quick results/out/papers

# Is the simulator right? Its predictions against agents in network namespaces (root); SET=development: on
# the scenarios that the model was made with.
SET ?= scored
validate: $(BINS) $(TOOLCHAIN) $(B)/workloads/paced
	@papers/validation/run.sh results/out/validation $(SET)

# The fault campaigns: N cases of kills and damage on a real program, or (CLASS=protocol) N seeds of
# fault schedules for the protocol in virtual time.
N ?= 500
CLASS ?= process
campaign: check-build
	@mkdir -p results/out
ifeq ($(CLASS),protocol)
	$(B)/tests/hostile/protocol_main --cases=$(N) --out=results/out/campaign.csv
else
	$(B)/tests/hostile/campaign_main $(N) 1998 results/out/campaign.csv $(B)/workloads/tree 60 3
endif

# N random programs from SEED on, through chains of architectures; goes on where it was interrupted.
fuzz: $(BINS) $(TOOLCHAIN) $(FUZZ)
	$(FUZZ) -n $(N) -s $(SEED)

# Image reader and converter for SECONDS (120) on images changed with coverage for a guide; an input that fails is kept.
FUZZ_SEEDS := $(addprefix $(B)/matrix/,bit_fields flexible hints_overlay unions)
fuzz-image: $(FUZZ_IMAGE) $(B)/tests/hostile/image_main $(BINS) $(TOOLCHAIN) $(FUZZ_SEEDS)
	@PATH="$(CURDIR)/$(B)/bin:$$PATH" tests/hostile/fuzz_image.sh $(B)/tests/hostile results/out/fuzz-image $(if $(filter command line,$(origin SECONDS)),$(SECONDS),120) $(SEED) $(FUZZ_SEEDS)

# The unit tests under AddressSanitizer and UndefinedBehaviorSanitizer. Leaks are not looked for: the
# arena's memory is mapped at fixed addresses, which the leak checker does not search for pointers.
sanitize:
	$(MAKE) B=build/san SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" OPT="-O1 -g" tests
	ASAN_OPTIONS=detect_leaks=0 prove -j2 $$(find build/san/tests/unit -name "test_*" -perm -u+x -type f | sort) :: --tap

clean:
	rm -rf $(B) results/out
