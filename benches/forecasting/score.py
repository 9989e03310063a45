"""Scores of `tapeline forecast` and of statsforecast on the same series, side by side.

Each line of a file: {"id", "m", "h", "periods", "y", "test"}. `m` is the season of the scores
(MASE, Naive2), `periods` are the seasons that a forecaster is told may exist. Scores are those of
the M4 competition: OWA is the mean of sMAPE and MASE, each over that of Naive2; MSIS at 95 %.
"""

import argparse
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict

import numpy as np

ALPHA = 0.05


def read(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as lines:
        return [json.loads(line) for line in lines if line.strip()]


# ------------------------------------------------------------------ scores


def smape(actual, ahead):
    size = np.abs(actual) + np.abs(ahead)
    miss = np.abs(actual - ahead)
    return 200 * np.mean(np.divide(miss, size, out=np.zeros_like(miss), where=size > 0))


def scale(y, m):
    m = m if len(y) > m else 1
    return np.mean(np.abs(y[m:] - y[:-m]))


def is_seasonal(y, m):
    """The 90 % test of the M4 competition."""
    if m < 2 or len(y) < 3 * m:
        return False
    flat = y - y.mean()
    r = np.array([flat[: len(y) - k] @ flat[k:] for k in range(m + 1)]) / (flat @ flat)
    return abs(r[m]) > 1.645 * np.sqrt((1 + 2 * np.sum(r[1:m] ** 2)) / len(y))


def naive2(y, m, h):
    """Last value, with classical multiplicative seasonal indices when the test passes."""
    if not is_seasonal(y, m) or np.any(y <= 0):
        return np.repeat(y[-1], h)
    window = np.ones(m) / m
    if m % 2 == 0:
        window = np.concatenate([[0.5], np.ones(m - 1), [0.5]]) / m
    trend = np.convolve(y, window, "valid")
    first = len(window) // 2
    ratio = y[first : first + len(trend)] / trend
    phase = np.arange(first, first + len(trend)) % m
    index = np.array([ratio[phase == p].mean() for p in range(m)])
    index /= index.mean()
    n = len(y)
    return y[-1] / index[(n - 1) % m] * index[np.arange(n, n + h) % m]


class Score:
    def __init__(self):
        self.smape, self.mase, self.inside, self.msis = [], [], [], []
        self.cpu_s = 0.0

    def add(self, one, ahead, lo=None, hi=None):
        actual, per = np.array(one["test"], float), scale(np.array(one["y"], float), one["m"])
        if per == 0:
            return
        self.smape.append(smape(actual, ahead))
        self.mase.append(np.mean(np.abs(actual - ahead)) / per)
        if lo is not None:
            below, above = np.maximum(lo - actual, 0), np.maximum(actual - hi, 0)
            self.inside.append(np.mean((lo <= actual) & (actual <= hi)))
            self.msis.append(np.mean(hi - lo + 2 / ALPHA * (below + above)) / per)

    def row(self, name, base):
        s, a = np.mean(self.smape), np.mean(self.mase)
        owa = (s / np.mean(base.smape) + a / np.mean(base.mase)) / 2
        inside = f"{100 * np.mean(self.inside):9.2f}" if self.inside else f"{'-':>9}"
        msis = f"{np.mean(self.msis):8.3f}" if self.msis else f"{'-':>8}"
        per_ms = 1000 * self.cpu_s / len(self.smape)
        return f"{name:<22}{owa:8.4f}{s:9.3f}{a:8.3f}{inside}{msis}{per_ms:10.2f}"


# ------------------------------------------------------------------ forecasters


def tapeline(program, series):
    """Series with the same horizon and periods go into one CSV and one process."""
    score, missing = Score(), []
    groups = defaultdict(list)
    for one in series:
        groups[one["h"], tuple(one["periods"])].append(one)
    for (h, periods), own in groups.items():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "series.csv")
            with open(path, "w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file)
                rows.writerow(["series", "step", "value"])
                for at, one in enumerate(own):
                    rows.writerows([at, step, repr(v)] for step, v in enumerate(one["y"], 1))
            period = ",".join(str(p) for p in periods) or "0"
            command = [program, "forecast", path, "--series", "series", "--value", "value"]
            command += ["--horizon", str(h), "--period", period, "--levels", "0.95"]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            ran = subprocess.run(command + ["--format", "csv"], capture_output=True, text=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if ran.returncode != 0:
                sys.exit(f"tapeline failed:\n{ran.stderr}")
            score.cpu_s += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found = defaultdict(dict)
        for row in csv.DictReader(ran.stdout.splitlines()):
            bounds = [float(row[name]) for name in ("median", "p025", "p975")]
            found[int(row["series"])][int(row["step"])] = bounds
        for at, one in enumerate(own):
            if len(found[at]) != h:
                missing.append(one["id"])
                continue
            ahead, lo, hi = np.array([found[at][step] for step in range(1, h + 1)]).T
            score.add(one, ahead, lo, hi)
    if missing:
        sys.exit(f"no forecast for {len(missing)} series, such as {missing[:5]}")
    return score


def peers(names, series):
    """statsforecast, one fit a series; MSTL only where there are periods."""
    from statsforecast.models import MSTL, AutoETS, Theta

    scores = {name: Score() for name in names}
    scores |= {"mean of ETS, MSTL": Score()} if {"AutoETS", "MSTL"} <= set(names) else {}
    for one in series:
        y, h, periods = np.array(one["y"], float), one["h"], one["periods"]
        m = one["m"]
        trend = AutoETS(model="ZZN")
        # A season that is too long for ETS states is none; MSTL needs two cycles.
        fitting = [p for p in periods if len(y) >= 2 * p + 1]
        models = {
            "Theta": Theta(season_length=m),
            "AutoETS": AutoETS(season_length=m if m <= 24 else 1),
            "MSTL": MSTL(season_length=fitting, trend_forecaster=trend) if fitting else trend,
        }
        means = {}
        for name in names:
            start = time.process_time()
            got = models[name].forecast(y=y, h=h, level=[95])
            scores[name].cpu_s += time.process_time() - start
            means[name] = got["mean"]
            scores[name].add(one, got["mean"], got["lo-95"], got["hi-95"])
        if "mean of ETS, MSTL" in scores:
            scores["mean of ETS, MSTL"].add(one, (means["AutoETS"] + means["MSTL"]) / 2)
    return scores


# ------------------------------------------------------------------ speed

# Name, series, values, season, arguments of the program, goal.
SPEEDS = [
    ("730 days with a limit", 400, 730, 7,
     ["--horizon", "365", "--period", "7,365", "--threshold", "2000"], "CPU <= 5 ms a series"),
    ("730 days without", 400, 730, 7, ["--horizon", "365", "--period", "7,365"], "-"),
    ("1,000 of 200 months, a total", 1000, 200, 12,
     ["--horizon", "18", "--period", "12", "--total"], "-"),
    ("100,000 series of 200 months", 100_000, 200, 12,
     ["--horizon", "18", "--period", "12"], "wall clock <= 120 s on 2 cores"),
]


def generated(file, series, n, period):
    """Growth, a season, noise; 16 shapes, each series of its own height."""
    random = np.random.default_rng(1)
    step = np.arange(n)
    season = 8 * np.sin(2 * np.pi * step / period)
    shapes = [
        100 + 0.5 * step + season + np.cumsum(random.normal(0, 1, n)) + random.normal(0, 2, n)
        for _ in range(16)
    ]
    file.write("series,step,value\n")
    for one in range(series):
        values = (shapes[one % 16] + 300 + one % 977).tolist()
        file.writelines(f"{one},{at},{v:.3f}\n" for at, v in enumerate(values, 1))


def speed(program):
    print(f"\n{'':<32}{'wall s':>8}{'CPU s':>8}{'ms a series':>13}   goal")
    for name, series, n, period, options, goal in SPEEDS:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "series.csv")
            with open(path, "w", encoding="utf-8") as file:
                generated(file, series, n, period)
            command = [program, "forecast", path, "--series", "series", "--value", "value"]
            command += options + ["--format", "csv"]
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            with open(os.devnull, "w", encoding="utf-8") as nowhere:
                subprocess.run(command, stdout=nowhere, stderr=nowhere, check=True)
            wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{name:<32}{wall:8.1f}{cpu:8.1f}{1000 * cpu / series:13.2f}   {goal}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", help="series, .jsonl or .jsonl.gz")
    parser.add_argument("--tapeline", default="target/release/tapeline")
    parser.add_argument("--peers", default="Theta,AutoETS,MSTL", help="of statsforecast; '' = none")
    parser.add_argument("--first", type=int, help="only so many series of each file")
    parser.add_argument("--speed", action="store_true", help="time generated series too")
    asked = parser.parse_args()
    if not asked.files and not asked.speed:
        parser.error("give files, --speed or both")
    for path in asked.files:
        series = read(path)[: asked.first]
        base = Score()
        for one in series:
            base.add(one, naive2(np.array(one["y"], float), one["m"], one["h"]))
        print(f"\n{os.path.basename(path)}: {len(series)} series, {len(base.smape)} scored")
        print(f"{'':<22}{'OWA':>8}{'sMAPE':>9}{'MASE':>8}{'cover %':>9}{'MSIS':>8}{'CPU ms':>10}")
        print(base.row("Naive2", base))
        print(tapeline(asked.tapeline, series).row("tapeline", base), flush=True)
        names = [name for name in asked.peers.split(",") if name]
        for name, score in (peers(names, series) if names else {}).items():
            print(score.row(name, base), flush=True)
    if asked.speed:
        speed(asked.tapeline)


if __name__ == "__main__":
    main()
