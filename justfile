# The verbs of this repository. Nothing here that cargo cannot do alone.

# compile
build:
    cargo build --locked

# everything that must pass before a merge, without foreign tools
test:
    cargo test --locked

# as the integration server does
ci:
    .ci/run

# lints as errors
lint:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# licences, advisories, origins of dependencies (needs cargo-deny)
audit:
    cargo deny --locked check

# the reference page of metrics, from the headers of queries/
metrics:
    cargo run --locked -- metrics --markdown > METRICS.md

# format
fmt:
    cargo fmt

# the main job on the sample company
sample:
    cargo run --locked -- run

# ten questions side by side with DuckDB
bench:
    benches/run.sh

# make the sample company's exports again
generate:
    python3 sample_data/generate.py

# long tests
nightly:
    cargo test --locked --release -- --ignored
