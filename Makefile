# People, hooks and CI call the same names. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
RELEASE := -c release --static-swift-stdlib
SOURCES := Sources Tests bench Package.swift
# What goes to bin/; benchmarks are built by those who run them.
PROGRAMS := laked lakectl lakesim

.PHONY: help run stop setup build test check sim bench fmt docs golden proto proto-compare series-cases \
  series-replay series-compare iceberg-compare s3-tests test-spark fuzz sanitize install clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## install what the build and the tests need; does nothing the second time
	@if [ -f .deps/.ready ] && [ -z "$$(find setup -newer .deps/.ready)" ]; then \
	  echo "setup: nothing to do"; \
	else setup/install && touch .deps/.ready; fi

build: setup ## build in release; programs go to bin/
	LAKE_ONLY=$$(echo $(PROGRAMS) | tr ' ' ,) swift build $(RELEASE)
	@mkdir -p bin
	@for program in $(PROGRAMS); do \
	  built=$$(swift build $(RELEASE) --show-bin-path)/$$program; \
	  if [ -x $$built ]; then cp -f $$built bin/$$program.new && mv -f bin/$$program.new bin/$$program; fi; \
	done

run: build ## build, start laked on ./.lake, load the sample on first use, open the dashboard
	@deploy/run

stop: ## end what `make run` has started
	@deploy/stop

test: build ## every test; ONLY=Journal,JSON tests those modules, LAKE_IO=epoll the other backend
	LAKE_ONLY=$(ONLY) swift build --build-tests
	LAKE_ONLY=$(ONLY) Tests/run $(ONLY)

check: setup ## format, layers, sizes of files and functions, generated files
	swift format lint -s -r $(SOURCES)
	LAKE_ONLY=TidyTests swift test
	@$(MAKE) --no-print-directory proto
	@if [ -n "$$(git status --porcelain -- '*/Generated/*')" ]; then \
	  git status --short -- '*/Generated/*'; echo "check: generated files are not current: commit what 'make proto' wrote"; exit 1; fi

fmt: ## format every source
	swift format -i -r $(SOURCES)

docs: ## write man/ and completions/ again, from the command table
	@LAKE_ONLY=lakedocs swift build --product lakedocs
	@$$(LAKE_ONLY=lakedocs swift build --show-bin-path)/lakedocs .

golden: ## write the stored outputs of lakectl and the pictures of the dashboard again; review the diff
	LAKE_GOLDEN=write LAKE_ONLY=LakectlCommands swift test --filter LakectlCommandsTests
	LAKE_GOLDEN=write LAKE_ONLY=Dashboard swift test --filter DashboardTests.GoldenTests

proto: ## write the Swift of every .proto file again
	@LAKE_ONLY=lakeproto swift build --product lakeproto
	@$$(LAKE_ONLY=lakeproto swift build --show-bin-path)/lakeproto .

series-cases: ## BanyanDB's public cases against our series service; CHECKOUT=its tree
	LAKE_ONLY=series-model-front swift build --product series-model-front
	@Tests/Services/TimeSeries/Program/run \
	  $$(LAKE_ONLY=series-model-front swift build --show-bin-path)/series-model-front $(CHECKOUT)

series-replay: build ## the same against laked, flushed, merged, restarted and killed; ARGUMENTS=--etcd URL --master-key FILE
	SERIES_PROTO=$(CHECKOUT)/api/proto .venv/bin/python Tests/Services/TimeSeries/Program/replay.py \
	  bin/laked $(CHECKOUT) $$(mktemp -d) --split $(ARGUMENTS)

series-compare: build ## random time series queries beside plain rules: SEED=… COUNT=sets of rows; ARGUMENTS=more
	.venv/bin/python Tests/Services/TimeSeries/Program/differential.py bin/laked $$(mktemp -d) \
	  --seed $(or $(SEED),1) --worlds $(or $(COUNT),8) $(ARGUMENTS)

proto-compare: ## our Protobuf and its JSON beside Python's, on 100,000 random messages; COUNT=…
	LAKE_ONLY=proto-peer swift build $(RELEASE) --product proto-peer
	.venv/bin/python Tests/Protocols/ProtobufPeer/run.py \
	  $$(LAKE_ONLY=proto-peer swift build $(RELEASE) --show-bin-path)/proto-peer --count $(or $(COUNT),100000)

iceberg-compare: ## our Iceberg library beside PyIceberg, fastavro and DuckDB on random values; COUNT=…
	LAKE_ONLY=iceberg-peer swift build $(RELEASE) --product iceberg-peer
	.venv/bin/python Tests/Protocols/IcebergPeer/run.py --extensions .deps/extensions --count $(or $(COUNT),2000) \
	  $$(LAKE_ONLY=iceberg-peer swift build $(RELEASE) --show-bin-path)/iceberg-peer

sim: ## simulated workloads: make sim SEED=81723 WORKLOAD=journal SEEDS=1000
	LAKE_ONLY=lakesim swift build $(RELEASE) --product lakesim
	$$(swift build $(RELEASE) --show-bin-path)/lakesim --seed $(or $(SEED),1) --seeds $(or $(SEEDS),200) \
	  $(if $(WORKLOAD),--workload $(WORKLOAD))

fuzz: ## one parser under libFuzzer: make fuzz TARGET=json SECONDS_MAX=60; without TARGET, their names
	LAKE_ONLY=lakefuzz swift build --product lakefuzz --sanitize=fuzzer -Xswiftc -DLIBFUZZER \
	  --scratch-path .build/fuzzer
	@mkdir -p .build/corpus/$(TARGET)
	LAKE_FUZZ=$(TARGET) .build/fuzzer/debug/lakefuzz -max_total_time=$(or $(SECONDS_MAX),60) \
	  .build/corpus/$(TARGET)

s3-tests: build ## Ceph's s3-tests against laked: CHECKOUT=… SET=core|list-v2|broad
	.venv/bin/python Tests/System/s3-tests/run.py $(CHECKOUT) bin --set $(or $(SET),broad)

test-spark: build ## Spark with Iceberg's own library on the catalog; downloads 400 MB the first time
	setup/spark
	.venv/bin/python Tests/Services/Catalog/client/spark.py bin/laked .deps/spark

# The modules whose threads and memory are worth a sanitizer's time.
SANITIZED := Runtime,Journal,HTTP,HTTPServing
# Freed memory that is held back for checks must not look like a server that grows; the tests end loops
# whose tasks still wait, and what those hold is no leak of a daemon's. One test after the other: what
# is ten times slower runs into deadlines when all run at once.
export ASAN_OPTIONS := detect_leaks=0:quarantine_size_mb=16
export TSAN_OPTIONS := suppressions=$(CURDIR)/Tests/Sanitizers/thread.txt halt_on_error=0

sanitize: setup ## the tests of Runtime, Journal and HTTP under the thread and the address sanitizer
	LAKE_ONLY=$(SANITIZED) swift test --no-parallel --sanitize=thread --scratch-path .build/thread
	LAKE_ONLY=$(SANITIZED) swift test --no-parallel --sanitize=address --scratch-path .build/address

bench: setup ## every benchmark beside its peer; ONLY=http runs one
	@for script in bench/*/run; do \
	  name=$$(basename $$(dirname $$script)); \
	  if [ -z "$(ONLY)" ] || [ "$(ONLY)" = $$name ]; then echo "== $$name"; $$script || exit 1; fi; \
	done

PREFIX ?= /usr/local
install: build ## copy the programs to PREFIX/bin and the engine to PREFIX/lib/lakeworks
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/lakeworks
	for program in bin/*; do install -m 755 $$program $(DESTDIR)$(PREFIX)/bin/; done
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
	  $(DESTDIR)$(PREFIX)/share/man/man7 $(DESTDIR)$(PREFIX)/share/man/man8
	for section in 1 5 7 8; do install -m 644 man/*.$$section $(DESTDIR)$(PREFIX)/share/man/man$$section/; done
	install -D -m 644 completions/lakectl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/lakectl
	install -D -m 644 completions/_lakectl $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_lakectl
	install -D -m 644 completions/lakectl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/lakectl.fish
	install -m 644 .deps/lib/libduckdb.so $(DESTDIR)$(PREFIX)/lib/lakeworks/

clean: ## remove what was built, keep what was installed
	rm -rf .build bin
