# Each does all of its own set-up. See README.md.

.PHONY: run test setup setup-test bundles

# Optimised, since it is what a new user judges us by; compiling takes a few minutes once, and seconds later.
run: setup bundles
	cargo run --release

test: setup-test bundles
	cargo test

setup:
	@.ci/setup

# A browser too.
setup-test:
	@.ci/setup test

# The scripts that stand on npm packages, bundled into static/built.
bundles: setup
	@.ci/bundle
