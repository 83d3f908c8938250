# The daily commands. Packages are installed by scripts/setup.sh, never from here.
.PHONY: all test lint fmt docs asan tsan exact coverage fuzz bench bench-peers parity install dist clean help
.NOTPARALLEL:
JOBS := $(shell nproc)
CONFIGURE_FAILED = { echo "make: CMake could not configure; scripts/setup.sh installs what is missing" >&2; exit 1; }
SOURCES = $$(find src tests -name '*.[ch]pp')
BENCH_CONFIGS = $(sort $(wildcard configs/bench/*.yaml))

all:                ## build build/cnnctl (Release)
	@test -f build/CMakeCache.txt || cmake --preset release || $(CONFIGURE_FAILED)
	@cmake --build build --target cnnctl --parallel $(JOBS)

test: all           ## build and run the whole test suite
	@cmake --build build --parallel $(JOBS)
	@ctest --test-dir build --output-on-failure --no-tests=error --parallel $(JOBS)

asan tsan exact:    ## the tests under ASan + UBSan; under TSan; in double precision
	@cmake --preset $@ || $(CONFIGURE_FAILED)
	@cmake --build --preset $@ --parallel $(JOBS)
	@ctest --preset $@

coverage fuzz parity: ## the parsers' line coverage (gcovr); libFuzzer on them (clang); entries against PyTorch
	@scripts/$@.sh

lint:               ## folder order, file sizes, format, shell scripts
	@scripts/check-includes.sh
	@scripts/check-sizes.sh
	@if command -v clang-format >/dev/null; then clang-format --dry-run -Werror $(SOURCES); else echo "lint: no clang-format here"; fi
	@if command -v shellcheck >/dev/null; then shellcheck -x scripts/*.sh scripts/lib/*.sh tests/scripts/* .ci/run; else echo "lint: no shellcheck here"; fi

fmt:                ## format every source file
	@clang-format -i $(SOURCES)

docs: all           ## write configs/README.md from what the code declares
	@build/cnnctl config reference > configs/README.md

bench: all          ## speed of the six benchmark nets
	@for config in $(BENCH_CONFIGS); do build/cnnctl bench $$config || exit 1; done

bench-peers: all    ## the same against PyTorch, and an epoch with everything in it
	@scripts/bench-peers.sh
	@scripts/bench-epoch.sh

install: all        ## install below PREFIX (/usr/local), in DESTDIR
	@cmake --install build --prefix $(or $(PREFIX),/usr/local)

dist:               ## dist/cnnctl-VERSION-SYSTEM.tar.gz, which runs on other systems as it is
	@scripts/make-dist.sh

clean:              ## remove what was built; runs and datasets stay
	@rm -rf build build-asan build-tsan build-exact build-coverage build-fuzz build-dist dist

help:               ## this list
	@sed -n 's/^\([a-z -]*\):.*## /make \1\t/p' Makefile | expand -t 26
