# Each does all of its own set-up. See README.md.

.PHONY: run test test-servers test-scaling test-readers test-api fuzz soak check bench setup setup-test setup-servers setup-scaling setup-readers \
  setup-api setup-bench bundles

# Optimised, since it is what a new user judges us by; compiling takes a few minutes once, and seconds later.
run: setup bundles
	cargo run --release

# Twice as many tests run at a time as there are processors, since most of them wait for PostgreSQL, for a browser or for a
# clock; at most sixteen, whose servers share the connections of one PostgreSQL.
test test-servers: export RUST_TEST_THREADS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); [ $$n -lt 8 ] && echo $$((2 * n)) || echo 16)

# Then lists the slowest tests.
test: setup-test bundles
	@.ci/slowest forget
	cargo test; status=$$?; .ci/slowest; .ci/servers newest && exit $$status

# What a run promises, on PostgreSQL 13 to 18, a standby and PgBouncer, what the doctor finds, and followers of the oldest and the newest;
# prints tables.
test-servers: setup-servers
	@.ci/servers

# Three servers behind HAProxy and nginx, which are restarted while wrk counts, and killed while twenty people work, as is the
# store, which Patroni keeps.
test-scaling: setup-scaling bundles
	RUST_TEST_THREADS=1 cargo test --test suite -- scaling:: --include-ignored --nocapture

# That DuckDB, polars, chDB, pandas, R, LibreOffice, curl and wget read a live clip in one run, that the code of Share/Export
# does as it is written, and that six programs find the values of each type in Parquet that PostgreSQL prints (with
# RENEW_FORMATS=1 that table of docs/formats.md is written anew); prints tables. `make test-readers ONLY=polars` tries these alone.
test-readers: setup-test setup-readers bundles
	@.ci/readers "$(ONLY)"
	@[ -n "$(ONLY)" ] || tests/readers/snippets.sh

# Calls the whole API with requests that Schemathesis generates from /api/openapi.json, as four visitors, for about five minutes: no
# response is a 5xx, and each status, content type, header and body is as described. `make test-api ONLY=member` runs one visitor alone.
test-api: setup-api bundles
	@.ci/api "$(ONLY)"

# Fuzzes six targets for SECONDS (600) each, and keeps the few inputs that together have the same coverage (tests/fuzz/corpus): every test
# run tries them. Needs `cargo install --locked cargo-fuzz` and a nightly toolchain. `make fuzz ONLY=ewkb SECONDS=60` fuzzes one target.
fuzz: bundles
	@.ci/fuzz "$(ONLY)" "$(SECONDS)"

# Runs every kind of client at once for MINUTES (20): nothing may be left of them, and memory may not grow. Then holds a crowd of 3,000
# connections, which needs `ulimit -n 10000`. Prints tables. `make soak ONLY=crowd` runs the crowd alone.
soak: export MINUTES ?= 20
soak: setup bundles
	RUST_TEST_THREADS=1 cargo test --release --test suite -- soak::$(ONLY) --include-ignored --nocapture

# Formatting, lints, the program without Parquet, and dependencies. The latter need cargo-deny; known vulnerabilities also need its database, from GitHub.
check: bundles
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo check --no-default-features
	@if cargo deny --version >/dev/null 2>&1; then \
	  cargo deny check licenses bans sources || exit 1; \
	  if cargo deny fetch db; then cargo deny check advisories; \
	  else echo "Vulnerabilities were not checked: their database cannot be fetched."; fi; \
	else echo "Dependencies were not checked: \`cargo install --locked cargo-deny\` first."; fi

# Compares with psql, nginx and pgbench; `make bench ONLY="live stored"` measures these parts alone. With
# BEFORE=/path/to/an/older/dataclips it compares with that build too. Standard output is the table alone: `make bench > table.md`.
bench: export BEFORE ?=
bench: setup-bench bundles
	@cargo bench --bench limits -- $(ONLY)

setup:
	@.ci/setup

# A browser, PgBouncer and HAProxy too.
setup-test:
	@.ci/setup test

# PgBouncer.
setup-servers:
	@.ci/setup servers

# HAProxy, nginx, wrk and Patroni.
setup-scaling:
	@.ci/setup scaling

# The programs that read clips.
setup-readers:
	@.ci/setup readers

# Python and curl.
setup-api:
	@.ci/setup api

# The browser, and what is measured against.
setup-bench:
	@.ci/setup bench

# The scripts that stand on npm packages, bundled into static/built.
bundles: setup
	@.ci/bundle
