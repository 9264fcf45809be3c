# People, hooks and CI call the same names. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
RELEASE := -c release --static-swift-stdlib
SOURCES := Sources Tests bench Package.swift
# What carries a binary into bin/; a program that does not exist yet is left out.
PROGRAMS := laked lakectl lakesim

.PHONY: help setup build test check sim bench fmt proto proto-compare fuzz sanitize install clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## install what the build and the tests need; does nothing the second time
	@if [ -f .deps/.ready ] && [ -z "$$(find setup -newer .deps/.ready)" ]; then \
	  echo "setup: nothing to do"; \
	else setup/install && touch .deps/.ready; fi

build: setup ## build in release; programs go to bin/
	swift build $(RELEASE)
	@mkdir -p bin
	@for program in $(PROGRAMS); do \
	  built=$$(swift build $(RELEASE) --show-bin-path)/$$program; \
	  if [ -x $$built ]; then cp -f $$built bin/$$program.new && mv -f bin/$$program.new bin/$$program; fi; \
	done

test: build ## every test; ONLY=Journal,JSON tests those modules, LAKE_IO=epoll the other backend
	LAKE_ONLY=$(ONLY) swift test --parallel

check: setup ## format, layers, sizes of files and functions, generated files
	swift format lint -s -r $(SOURCES)
	LAKE_ONLY=TidyTests swift test
	@$(MAKE) --no-print-directory proto
	@if [ -n "$$(git status --porcelain -- '*/Generated/*')" ]; then \
	  git status --short -- '*/Generated/*'; echo "check: generated files are not current: commit what 'make proto' wrote"; exit 1; fi

fmt: ## format every source
	swift format -i -r $(SOURCES)

proto: ## write the Swift of every .proto file again
	@LAKE_ONLY=lakeproto swift build --product lakeproto
	@$$(LAKE_ONLY=lakeproto swift build --show-bin-path)/lakeproto .

proto-compare: ## our Protobuf and its JSON beside Python's, on 100,000 random messages; COUNT=…
	LAKE_ONLY=proto-peer swift build $(RELEASE) --product proto-peer
	.venv/bin/python Tests/Protocols/ProtobufPeer/run.py \
	  $$(LAKE_ONLY=proto-peer swift build $(RELEASE) --show-bin-path)/proto-peer --count $(or $(COUNT),100000)
