# Each does all of its own set-up. See README.md.

.PHONY: run test bench setup setup-test setup-bench bundles

# Optimised, since it is what a new user judges us by; compiling takes a few minutes once, and seconds later.
run: setup bundles
	cargo run --release

test: setup-test bundles
	cargo test

# Compares with psql, nginx and pgbench; `make bench ONLY="live stored"` measures these parts alone.
bench: setup-bench bundles
	cargo bench --bench limits -- $(ONLY)

setup:
	@.ci/setup

# A browser too.
setup-test:
	@.ci/setup test

# The browser, and what is measured against.
setup-bench:
	@.ci/setup bench

# The scripts that stand on npm packages, bundled into static/built.
bundles: setup
	@.ci/bundle
