#!/usr/bin/env bash
# Builds, makes a history of 10 million runs, loads it, and asks ten questions side by side with DuckDB.
#   benches/run.sh [RUNS] [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-10000000}
folder=${2:-target/bench}
cargo build --release --locked
python3 -m venv target/python
target/python/bin/pip install --quiet --disable-pip-version-check -r tests/python/requirements.txt
mkdir -p "$folder"
cp benches/history/tapeline.toml "$folder/"
[ -f "$folder/data/storage_samples/all.parquet" ] ||
    target/python/bin/python benches/history/generate.py "$folder/data" --runs "$runs"
/usr/bin/env time -f 'load: %U s user, %S s system, %e s wall, %M KiB' \
    target/release/tapeline -C "$folder" load 2>&1 | tail -n 5 || true
target/python/bin/python benches/history/compare.py "$folder" target/release/tapeline
