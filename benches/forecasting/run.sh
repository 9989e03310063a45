#!/usr/bin/env bash
# Builds, and scores `tapeline forecast` beside statsforecast on files of series.
#   benches/forecasting/run.sh [FILE.jsonl[.gz]...] [--speed] [other options of score.py]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { sed -n 2,3p "$0" >&2; exit 2; }
[ -n "${TAPELINE:-}" ] || cargo build --release --locked
python3 -m venv target/forecasting
target/forecasting/bin/pip install --quiet --disable-pip-version-check \
    -r benches/forecasting/requirements.txt
target/forecasting/bin/python -W ignore benches/forecasting/score.py \
    --tapeline "${TAPELINE:-target/release/tapeline}" "$@"
