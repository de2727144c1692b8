# Each does all of its own set-up. See README.md.

.PHONY: run test setup setup-test

# Optimised, since it is what a new user judges us by; compiling takes a few minutes once, and seconds later.
run: setup
	cargo run --release

test: setup-test
	cargo test

setup:
	@.ci/setup

# A browser too.
setup-test:
	@.ci/setup test
