# nnutils: lists, flags, generic rules.
#
#   make                 programs into bin/
#   make check           all tests (SAN=1: under ASan and UBSan)
#   make check T='image/* cli/dset-create'   some of them
#   make check-isa       the CPU backend's, as on older CPUs (ISA=AVX2)
#   make check-golden GOLDEN=DIR   against the outputs of Caffe in DIR
#   make demo bench lint fuzz man install uninstall clean
#
# One folder of lib/ is one module and becomes one archive; MODULES lists them
# highest first, which is also the link order.  What the machine has is probed
# by scripts/probe into $(OBJ)/config.mk and printed once.

VERSION = 0.1.0
PREFIX  = /usr/local
DESTDIR =
CC      = gcc
AR      = ar
NVCC    = nvcc
CFLAGS  = -O2 -g
SAN     = 0
JOBS    = $(shell nproc)

SANFLAGS_1    = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                -fno-omit-frame-pointer
SANFLAGS_fuzz = $(SANFLAGS_1) -fsanitize=fuzzer-no-link
SANFLAGS      = $(SANFLAGS_$(SAN))
BIN_0 = bin
BIN_1 = bin/san
BIN_fuzz = bin/fuzz
BIN   = $(BIN_$(SAN))
OBJ_0 = bin/obj
OBJ_1 = bin/obj-san
OBJ_fuzz = bin/obj-fuzz
OBJ   = $(OBJ_$(SAN))

MODULES  = speed zoo store report infer plot jobs recipe train ranks model onnx input nn device onednn ref graph \
           dset record tensors caffe archive http image layout metric json prog file base
PROGRAMS = $(patsubst src/%.c,%,$(wildcard src/*.c))

WARN     = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
           -Wpointer-arith -Wwrite-strings -Wvla -Wundef \
           -Wno-missing-field-initializers
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(SANFLAGS) $(CFLAGS) \
           -Ilib -I$(OBJ)/gen -DNNUTILS_VERSION='"$(VERSION)"' -MMD -MP
# Loops over bytes and numbers, which pay for what -O3 does.
# Nobody asks for floating-point exceptions, and without them loops that choose
# between numbers take several at once.
CFLAGS_image = -O3 -fno-trapping-math
CFLAGS_graph = -O3 -fno-math-errno
CFLAGS_ref = -O3

empty    =
space    = $(empty) $(empty)
# make V=1 shows whole commands.
Q        = $(if $(V),,@)
say      = $(if $(V),,@echo '  $(1)')

ifneq ($(filter-out clean uninstall,$(or $(MAKECMDGOALS),all)),)
-include $(OBJ)/config.mk
endif

src_of   = $(wildcard lib/$(1)/*.c lib/$(1)/*/*.c lib/$(1)/*/*/*.c)
obj_of   = $(patsubst %.c,$(OBJ)/%.o,$(call src_of,$(1)))
# What all modules that are opened at run time carry.
BELOW    = $(call src_of,base) $(call src_of,file) $(call src_of,prog)
LIBSRC   = $(foreach m,$(MODULES),$(call src_of,$(m)))
ARCHIVES = $(foreach m,$(MODULES),$(if $(call src_of,$(m)),$(OBJ)/lib$(m).a))
PROGS    = $(PROGRAMS:%=$(BIN)/%)
LINK     = $(CC) $(SANFLAGS) $(LDFLAGS) -rdynamic

# The GPU backend is a module that programs open at run time (base/module.h), so
# that one build serves machines with and without a GPU.  It carries
# position-independent copies of base and graph for what a program may not have
# linked.
CUDA_SRC = $(wildcard lib/cuda/*.cu lib/cuda/*.c)
CUDA_SO  = $(if $(and $(filter 1,$(CUDA)),$(filter 0,$(SAN)),$(CUDA_SRC)),\
           $(BIN)/nnutils-cuda.so)
CUDA_OBJ = $(addprefix $(OBJ)/pic/,$(addsuffix .o,$(basename $(CUDA_SRC) \
           $(BELOW) $(call src_of,graph))))
# Code for the GPUs of CUDA_ARCH, and PTX for what comes after them.
NVCCFLAGS = -O3 -std=c++17 --extended-lambda $(foreach a,$(CUDA_ARCH),-gencode \
           arch=compute_$(a),code=sm_$(a)) -gencode \
           arch=compute_$(lastword $(CUDA_ARCH)),code=compute_$(lastword $(CUDA_ARCH))
CUDA_ARCH = 80 90

# HDF5 is another: reading it takes a library that brings thirty others, which
# few runs need.
HDF5_SRC = $(wildcard lib/hdf5/*.c)
HDF5_SO  = $(BIN)/nnutils-hdf5.so
HDF5_OBJ = $(addprefix $(OBJ)/pic/,$(HDF5_SRC:.c=.o))
HDF5_LIB = $(OBJ)/pic/libhdf5_below.a
HDF5_BELOW = $(addprefix $(OBJ)/pic/,$(patsubst %.c,%.o,$(BELOW) \
           $(call src_of,caffe)))

# The same plans and kernels with loops of this machine in place of the GPU and
# its libraries (lib/cuda/host), for the tests where there is no GPU.
EMU_CU   = $(wildcard lib/cuda/*.cu)
EMU_C    = $(filter-out lib/cuda/rt_%.c,$(wildcard lib/cuda/*.c)) \
           $(wildcard lib/cuda/host/*.c) $(BELOW) $(call src_of,graph)
EMU_OBJ  = $(EMU_CU:%.cu=$(OBJ)/emu/%.o) $(EMU_C:%.c=$(OBJ)/pic/%.o)
EMU_SO   = $(OBJ)/emu/nnutils-cuda.so

# The exchange over MPI is a third, built where mpicc is.
MPI_SO   = $(if $(filter 1,$(MPI)),$(BIN)/nnutils-mpi.so)
MPI_OBJ  = $(addprefix $(OBJ)/pic/,$(patsubst %.c,%.o,$(wildcard lib/mpi/*.c)))

# Means over GPUs are a fourth, built where NCCL is; and its place in the
# emulator.
NCCL_SO  = $(if $(and $(filter 1,$(NCCL)),$(CUDA_SO)),$(BIN)/nnutils-nccl.so)
NCCL_OBJ = $(addprefix $(OBJ)/pic/,$(patsubst %.c,%.o,$(wildcard lib/nccl/*.c)))
EMU_NCCL = $(OBJ)/emu/nnutils-nccl.so
EMU_NCCL_OBJ = $(addprefix $(OBJ)/pic/,$(patsubst %.c,%.o,\
           $(wildcard lib/nccl/host/*.c)))

# T picks tests by tests/$(T).c and .bats; those under tests/fuzz are apart.
T        = */*
PICKED   = $(wildcard $(T:%=tests/%.c))
TESTS    = $(patsubst %.c,$(OBJ)/%,$(filter-out tests/fuzz/% tests/bench/%,$(PICKED)))
FUZZ     = $(patsubst %.c,%,$(filter-out %/driver.c %/seeds.c,\
           $(filter tests/fuzz/%,$(PICKED))))

all: $(ARCHIVES) $(PROGS) $(HDF5_SO) $(CUDA_SO) $(MPI_SO) $(NCCL_SO)

$(OBJ)/config.mk: scripts/probe
	@mkdir -p $(@D)
	@CC='$(CC)' NVCC='$(NVCC)' CUDA='$(CUDA)' sh scripts/probe >$@.tmp && \
	    mv $@.tmp $@

# The message types of Caffe and ONNX, generated by protobuf-c.
PROTO = $(OBJ)/gen/caffe/caffe.pb-c
ONNX_PROTO = $(OBJ)/gen/onnx/onnx.pb-c
define proto_rule
$(OBJ)/gen/$(1)/$(1).pb-c.c: lib/$(1)/$(1).proto
	@mkdir -p $$(@D)
	$(call say,PROTO $$<)
	$(Q)protoc-c --proto_path=lib/$(1) --c_out=$$(@D) $$<
$(OBJ)/gen/$(1)/$(1).pb-c.h: $(OBJ)/gen/$(1)/$(1).pb-c.c ;
$(OBJ)/gen/$(1)/$(1).pb-c.o: $(OBJ)/gen/$(1)/$(1).pb-c.c
	$(Q)$(CC) -std=c11 -O1 $(SANFLAGS) -I$$(@D) -c -o $$@ $$<
endef
$(foreach m,caffe onnx,$(eval $(call proto_rule,$(m))))

# Loops that are worth vectorising.
$(addprefix $(OBJ)/lib/,record/pixels.o nn/layers/arith/cell.o \
    infer/classes/tsne.o): CFLAGS += -O3

$(OBJ)/%.o: %.c | $(PROTO).h $(ONNX_PROTO).h
	@mkdir -p $(@D)
	$(call say,CC    $<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS_$(word 2,$(subst /, ,$*))) -c -o $@ $<

# The standard nets are part of nets.o (.incbin).
$(OBJ)/lib/nn/nets.o: $(wildcard lib/nn/nets/*.prototxt lib/nn/nets/*/*.prototxt)

# What they cost is worked out once, by building them all.
COSTS    = $(OBJ)/libcosts.a
$(OBJ)/scripts/net-costs: $(OBJ)/scripts/net-costs.o $(ARCHIVES)
	$(call say,LINK  $@)
	$(Q)$(LINK) -o $@ $< $(ARCHIVES) -Wl,--as-needed $(LIBS) -lm -lpthread -ldl
$(OBJ)/gen/nn/costs.c: $(OBJ)/scripts/net-costs
	@mkdir -p $(@D)
	@$< >$@.tmp && mv $@.tmp $@
$(COSTS): $(OBJ)/gen/nn/costs.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $(<:.c=.o) $<
	@rm -f $@
	$(Q)$(AR) rcs $@ $(<:.c=.o)

define archive_rule
$(OBJ)/lib$(1).a: $(call obj_of,$(1)) $(if $(filter caffe onnx,$(1)),$(OBJ)/gen/$(1)/$(1).pb-c.o)
	$(call say,AR    $$@)
	@rm -f $$@
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call archive_rule,$(m))))

# Which commit it was, for -V -v: of the programs alone, lest each commit links
# all tests again.  What is known stays when git will not say (make install by
# another user).
$(OBJ)/commit.c: FORCE
	@mkdir -p $(@D)
	@commit=$$(sh scripts/commit) || [ ! -e $@ ] || exit 0; \
	    echo "const char nnutils_commit[] = \"$${commit:-unknown}\";" >$@.tmp; \
	    cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@
$(OBJ)/commit.o: $(OBJ)/commit.c
	$(Q)$(CC) -std=c11 $(SANFLAGS) -c -o $@ $<

$(PROGS): $(BIN)/%: $(OBJ)/src/%.o $(OBJ)/commit.o $(ARCHIVES) $(COSTS)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(LINK) -o $@ $< $(OBJ)/commit.o $(ARCHIVES) $(COSTS) -Wl,--as-needed $(LIBS) -lm -lpthread -ldl

$(OBJ)/pic/%.o: %.c | $(PROTO).h
	@mkdir -p $(@D)
	$(call say,CC    $< (for a module))
	$(Q)$(CC) $(ALL_CFLAGS) $(CFLAGS_$(word 2,$(subst /, ,$*))) $(NVINC) \
	    -fPIC -c -o $@ $<

$(OBJ)/pic/caffe.pb-c.o: $(PROTO).c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O1 $(SANFLAGS) -fPIC -I$(<D) -c -o $@ $<

$(OBJ)/pic/%.o: %.cu
	@mkdir -p $(@D)
	$(call say,NVCC  $<)
	$(Q)$(NVCC) $(NVCCFLAGS) -Xcompiler -fPIC -Ilib -MMD -MP -c -o $@ $<

$(BIN)/nnutils-cuda.so: $(CUDA_OBJ)
	$(call say,LINK  $@)
	$(Q)$(NVCC) $(NVCCFLAGS) -shared -o $@ $^ $(NVLIBS) -lcrypto -lpthread

$(HDF5_LIB): $(HDF5_BELOW) $(OBJ)/pic/$(notdir $(PROTO)).o
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(HDF5_SO): $(HDF5_OBJ) $(HDF5_LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -shared -o $@ $^ -Wl,--as-needed \
	    $(LIBS_hdf5) $(LIBS) -lpthread

# As the solver's arithmetic on the host: a product and a sum are two roundings.
$(OBJ)/pic/lib/cuda/k_update.o: NVCCFLAGS += -fmad=false

$(OBJ)/emu/%.o: %.cu
	@mkdir -p $(@D)
	$(call say,CXX   $< (emulated))
	$(Q)$(CXX) -x c++ -std=c++17 -O2 -g -Wall -Wextra -ffp-contract=off \
	    -DCU_HOST $(SANFLAGS) -fPIC -Ilib -MMD -MP -c -o $@ $<

$(EMU_SO): $(EMU_OBJ)
	$(call say,LINK  $@)
	$(Q)$(CC) $(SANFLAGS) -shared -o $@ $^ -lcrypto -lm -lpthread

$(BIN)/nnutils-mpi.so: $(MPI_OBJ) $(HDF5_LIB)
	$(call say,LINK  $@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -shared -o $@ $^ -Wl,--as-needed \
	    $(LIBS_mpi) $(LIBS) -lpthread

$(BIN)/nnutils-nccl.so: $(NCCL_OBJ) $(HDF5_LIB)
	$(call say,LINK  $@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -shared -o $@ $^ -Wl,--as-needed \
	    $(LIBS_nccl) $(LIBS) -lpthread

$(EMU_NCCL): $(EMU_NCCL_OBJ) $(HDF5_LIB)
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -shared -o $@ $^ -Wl,--as-needed \
	    $(LIBS) -lpthread

# A test under tests/MODULE/x.c is linked with the library and cmocka.
EMU_TESTS = $(addprefix $(OBJ)/tests/,graph/ops cuda/plan cuda/reduce train/need)
$(sort $(TESTS) $(EMU_TESTS)): %: %.o $(ARCHIVES) $(COSTS)
	$(call say,LINK  $@)
	$(Q)$(LINK) -o $@ $< $(ARCHIVES) $(COSTS) -Wl,--as-needed $(LIBS) -lcmocka \
	    -lm -lpthread -ldl

# Layer plug-ins of examples/, which their tests load.
PLUGINS  = $(patsubst %.c,$(OBJ)/%.so,$(wildcard examples/plugin-layer/*.c))
$(PLUGINS): $(OBJ)/%.so: %.c lib/nn/layer.h lib/nn/plugin.h $(wildcard lib/graph/*.h) | $(PROTO).h
	@mkdir -p $(@D)
	$(call say,LINK  $@)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -fPIC -o $@ $<

# tests/fuzz/MODULE-x.c is linked with MODULE and those below it, and with a
# driver: libFuzzer's (make fuzz) and what writes its seeds, or ours, which make
# check runs under ASan.  clang's OpenMP is another than gcc's.
from     = $(if $(filter $(1),$(firstword $(2))),$(2),\
           $(if $(2),$(call from,$(1),$(wordlist 2,99,$(2)))))
fuzz_libs = $(filter $(ARCHIVES),$(patsubst %,$(OBJ)/lib%.a,\
           $(call from,$(firstword $(subst -, ,$(1))),$(MODULES))))
FUZZ_DRIVER = $(OBJ)/tests/fuzz/$(if $(filter fuzz,$(SAN)),seeds,driver).o

define fuzz_rule
$(OBJ)/$(1): $(OBJ)/$(1).o $(FUZZ_DRIVER) $(call fuzz_libs,$(notdir $(1)))
	$(call say,LINK  $$@)
	$(Q)$(LINK) $(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer) -o $$@ \
	    $$^ -Wl,--as-needed $(if $(filter fuzz,$(SAN)),-fopenmp) $(LIBS) -lm \
	    -lpthread -ldl
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(f))))
fuzz-tests: $(FUZZ:%=$(OBJ)/%) $(HDF5_SO)

fuzz:
	@$(MAKE) --no-print-directory SAN=fuzz CC=clang \
	    T='$(or $(filter fuzz/%,$(T)),fuzz/*)' fuzz-tests
	@echo 'built in bin/obj-fuzz/tests/fuzz; sh scripts/fuzz-run runs them'

EMU_WANTED = $(if $(filter tests/cuda/%,$(wildcard $(T:%=tests/%.c) $(T:%=tests/%.bats))),\
           $(EMU_SO) $(EMU_NCCL) $(EMU_TESTS) $(addprefix $(OBJ)/tests/bench/,nets ceiling))

check: all $(TESTS) $(PLUGINS) $(PROTO).h $(EMU_WANTED)
	$(if $(FUZZ),@$(MAKE) --no-print-directory SAN=1 T='$(T)' fuzz-tests)
	@OBJ=$(OBJ) BIN=$(BIN) SAN=$(SAN) CC='$(CC)' JOBS=$(JOBS) \
	    sh scripts/run-tests $(foreach t,$(T),'$(t)')

# The backend's tests as on older CPUs; ISA=AVX2,SSE41 and T pick some.
check-isa:
	@MAKE='$(MAKE)' sh scripts/check-isa $(if $(ISA),-i '$(ISA)') \
	    $(if $(filter command,$(firstword $(origin T))),$(foreach t,$(T),'$(t)'))

# Any folder laid out like ../shared/golden: outputs of Caffe, ours beside them.
GOLDEN_TESTS = $(addprefix $(OBJ)/tests/,nn/golden train/golden \
               train/golden_runs)
check-golden: all $(GOLDEN_TESTS)
	@rc=0; for p in $(GOLDEN_TESTS); do \
	    NNUTILS_MODULES=$(BIN) CMOCKA_MESSAGE_OUTPUT=TAP $$p $(GOLDEN) \
	    >$(OBJ)/golden.tap || rc=1; grep -v '^ok' $(OBJ)/golden.tap; done; \
	    exit $$rc

# Any folder of models of ONNX with their outputs: which are right.
check-onnx: all $(OBJ)/tests/onnx/cases
	NNUTILS_MODULES=$(BIN) $(OBJ)/tests/onnx/cases $(ONNX)

demo: all
	PATH="$(CURDIR)/$(BIN):$$PATH" $(MAKE) -C examples/mnist

# tests/bench/X.c measures inside the library, tests/bench/X.sh runs it and the
# peers; T='bench/X' picks some.
BENCH    = $(patsubst %.c,$(OBJ)/%,$(filter tests/bench/%,$(PICKED)))
$(patsubst %.c,$(OBJ)/%,$(wildcard tests/bench/*.c)): %: %.o $(ARCHIVES)
	$(call say,LINK  $@)
	$(Q)$(LINK) -o $@ $< $(ARCHIVES) -Wl,--as-needed $(LIBS) -lm -lpthread -ldl

bench: all $(BENCH)
	@PATH="$(CURDIR)/$(BIN):$$PATH" OBJ=$(OBJ) sh scripts/bench \
	    $(foreach t,$(T),'$(t)')

lint: $(OBJ)/config.mk $(PROTO).h $(ONNX_PROTO).h
	@CC='$(CC)' OBJ=$(OBJ) sh scripts/lint

# Man pages come from the option tables and are kept in the tree.
man: all
	for p in $(PROGRAMS); do \
	    $(BIN)/$$p --help=man >man/$$p.1 || exit 1; done

STRIP   = strip
DEST    = $(DESTDIR)$(PREFIX)
BINDIR  = $(DEST)/bin
LIBDIR  = $(DEST)/lib/nnutils
INCDIR  = $(DEST)/include/nnutils
PKGDIR  = $(DEST)/share/pkgconfig
MANDIR  = $(DEST)/share/man
DOCDIR  = $(DEST)/share/doc/nnutils
# Each shell looks for the completion of a program in a file of its own name.
COMPDIR = $(DEST)/share/bash-completion/completions
ZSHDIR  = $(DEST)/share/zsh/site-functions
FISHDIR = $(DEST)/share/fish/vendor_completions.d
PAGES   = $(wildcard man/*.[1-9])
DOCS    = README.md LICENSE $(wildcard docs/*.md)
TOUR    = $(wildcard docs/tour/*.png)
# What a layer plug-in may include: lib/nn/layer.h and what that and
# examples/plugin-layer are made of.
PLUGIN_H = base/err.h base/mem.h base/rng.h graph/graph.h graph/op.h \
           graph/shape.h nn/layer.h
EXAMPLES = $(shell cd examples && find . -type f ! -name '*.so')

# DESTDIR and PREFIX may hold blanks.  STRIP= keeps the symbols of debuggers.
install: all
	install -d '$(BINDIR)' '$(LIBDIR)' '$(PKGDIR)' '$(DOCDIR)' '$(COMPDIR)' \
	    '$(ZSHDIR)' '$(FISHDIR)'
	install $(if $(STRIP),-s --strip-program='$(STRIP)') $(PROGS) '$(BINDIR)'
	install -m 644 $(if $(STRIP),-s --strip-program='$(STRIP)') $(HDF5_SO) \
	    $(CUDA_SO) $(MPI_SO) $(NCCL_SO) '$(LIBDIR)'
	for h in $(PLUGIN_H); do \
	    install -D -m 644 lib/$$h '$(INCDIR)'/$$h || exit 1; done
	install -D -m 644 $(PROTO).h '$(INCDIR)'/caffe/caffe.pb-c.h
	umask 022; printf '%s\n' 'prefix=$(subst $(space),\ ,$(PREFIX))' \
	    'Name: nnutils' 'Description: layer plug-ins of nnutils' \
	    'Version: $(VERSION)' 'Requires.private: libprotobuf-c' \
	    'Cflags: -I$${prefix}/include/nnutils' >'$(PKGDIR)'/nnutils.pc
	for p in $(PAGES); do install -D -m 644 -t '$(MANDIR)'/man$${p##*.} $$p || \
	    exit 1; done
	install -m 644 $(DOCS) '$(DOCDIR)'
	install -D -m 644 -t '$(DOCDIR)'/tour $(TOUR)
	for e in $(EXAMPLES); do install -D -m 644 examples/$$e \
	    '$(DOCDIR)'/examples/$$e || exit 1; done
	umask 022; for p in $(PROGRAMS); do \
	    $(BIN)/$$p --completion=bash >'$(COMPDIR)'/$$p && \
	    $(BIN)/$$p --completion=zsh >'$(ZSHDIR)'/_$$p && \
	    $(BIN)/$$p --completion=fish >'$(FISHDIR)'/$$p.fish || exit 1; done

# Only what was installed, and folders of ours that are empty then.
uninstall:
	for p in $(PROGRAMS); do \
	    rm -f '$(BINDIR)'/$$p '$(COMPDIR)'/$$p '$(ZSHDIR)'/_$$p \
	    '$(FISHDIR)'/$$p.fish || exit 1; done
	for p in $(notdir $(PAGES)); do \
	    rm -f '$(MANDIR)'/man$${p##*.}/$$p || exit 1; done
	for h in $(PLUGIN_H) caffe/caffe.pb-c.h; do \
	    rm -f '$(INCDIR)'/$$h || exit 1; done
	for d in $(notdir $(DOCS)) $(TOUR:docs/%=%) $(EXAMPLES:%=examples/%); do \
	    rm -f '$(DOCDIR)'/$$d || exit 1; done
	rm -f '$(PKGDIR)'/nnutils.pc '$(LIBDIR)'/nnutils-cuda.so \
	    '$(LIBDIR)'/nnutils-hdf5.so '$(LIBDIR)'/nnutils-mpi.so \
	    '$(LIBDIR)'/nnutils-nccl.so
	for d in '$(LIBDIR)' '$(INCDIR)' '$(DOCDIR)'; do [ ! -d "$$d" ] || \
	    find "$$d" -depth -type d -empty -delete; done

clean:
	rm -rf bin

FORCE:
.PHONY: FORCE all check check-isa check-golden check-onnx demo bench lint fuzz fuzz-tests man install uninstall clean
# Not .SECONDARY: of a header that is gone it would keep what was made with it.
.PRECIOUS: %.o %.c
-include $(LIBSRC:%.c=$(OBJ)/%.d) $(OBJ)/scripts/net-costs.d $(PROGRAMS:%=$(OBJ)/src/%.d) $(wildcard $(OBJ)/tests/*/*.d) \
    $(FUZZ:%=$(OBJ)/%.d) $(sort $(CUDA_OBJ:.o=.d) $(EMU_OBJ:.o=.d) \
    $(MPI_OBJ:.o=.d) $(NCCL_OBJ:.o=.d) $(EMU_NCCL_OBJ:.o=.d) $(HDF5_OBJ:.o=.d) $(HDF5_BELOW:.o=.d))
