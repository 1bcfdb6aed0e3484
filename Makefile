# Everything that is done with this repository, by name. `make help` tells what.

export CARGO_TARGET_DIR := $(shell scripts/target-dir)
export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := help
.PHONY: help build release install release-verify demo test simulate test-pages test-long test-planted vectors bench lint deb image packages check-packages check-release

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "make %-14s %s\n", $$1, $$2 }'

build: ## set up the machine and build `indelible` and `indelible-verify`
	scripts/setup build
	cargo build --locked --workspace
	@echo "built: $(CARGO_TARGET_DIR)/debug/indelible and $(CARGO_TARGET_DIR)/debug/indelible-verify"

demo: build ## from an empty directory to a verified bundle, an altered one found out, and a report
	scripts/demo

test: ## set up the machine and run every test, each kind of fault at least once
	scripts/setup test
	scripts/test

simulate: ## run the engine under chance on one thread; SEEDS=N says how many seeds, SEED=N which is the first
	scripts/setup test
	INDELIBLE_SIMULATION_SEED=$(or $(SEED),0) INDELIBLE_SIMULATION_SEEDS=$(or $(SEEDS),10000) \
		cargo test --locked --workspace --lib whatever_chance_does -- --nocapture

test-pages: ## lay out every page of a report in Chromium and measure it; PICTURES=DIR keeps what it saw
	scripts/setup pages
	scripts/look-at-reports $(if $(PICTURES),--pictures $(PICTURES))

test-long: ## the campaigns: the same faults in the full counts, written down in docs/campaigns.md
	scripts/setup test
	scripts/test-long $(CAMPAIGN)

test-planted: ## plant faults and show which test catches each; SHARD=I/N, BASE=REVISION choose some
	scripts/setup test
	scripts/test-planted $(if $(SHARD),--shard $(SHARD)) $(if $(BASE),--base $(BASE))

vectors: ## write tests/vectors/ again, from docs/evidence-format.md as it is now
	scripts/setup test
	tests/strangers/make-vectors

bench: ## measure against the raw limits and UmaDB; BENCH="--help" tells what else
	scripts/setup build
	benches/run $(or $(BENCH),compare)

lint: ## format, clippy, the protos, and whether each planted fault still applies
	scripts/setup lint
	scripts/lint

release: build ## both programs stripped, the verifier static, with manual pages, unit, what they are made of, and checksums
	scripts/release

# What `make release` made is installed as it is: nothing is built as root.
install: ## put what `make release` made under PREFIX (/usr/local), below DESTDIR
	@test -x $(CARGO_TARGET_DIR)/release/bin/indelible || { echo "run \`make release\` first" >&2; exit 2; }
	install -d $(DESTDIR)$(or $(PREFIX),/usr/local)
	cp -r $(CARGO_TARGET_DIR)/release/bin $(CARGO_TARGET_DIR)/release/share $(CARGO_TARGET_DIR)/release/lib \
		$(DESTDIR)$(or $(PREFIX),/usr/local)/

release-verify: ## build `indelible-verify` as one static program, stripped, and try it in an empty root
	scripts/setup build
	scripts/release-verify $(OUT)

deb: release ## the Debian package, in `packages` of the target directory
	scripts/deb

image: release ## the container's image as an OCI archive, made without Docker, in `packages` of the target directory
	scripts/image

packages: release ## both, and what they are made of, and nothing else; KEY=FILE signs them with that SSH key
	rm -rf $(CARGO_TARGET_DIR)/packages
	scripts/deb
	scripts/image
	cp $(CARGO_TARGET_DIR)/release/share/doc/indelible/indelible.cdx.json $(CARGO_TARGET_DIR)/packages/
	$(if $(KEY),scripts/sign-release --key $(KEY))

check-packages: release ## install, upgrade, run, remove and verify the packages, as root
	scripts/setup packages
	scripts/check-packages

check-release: check-packages ## the packages; licences and known vulnerabilities of everything that is built in
	scripts/setup lint
	scripts/check-release
