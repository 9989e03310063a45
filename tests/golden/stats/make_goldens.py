"""Writes goldens.json: expected values of src/stats from independent libraries.

Pinned: Python 3.11, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0, lifelines 0.30.3.
Run: python make_goldens.py   (the output is committed; tests only read it)
"""
import itertools
import json
import pathlib

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

rng = np.random.default_rng(20260101)
out = {}

# ---- special functions: rows of arguments, then the value
big = [(500_000, 500_001, 0.5), (995_000, 5_001, 0.995), (1e6, 1e6, 0.5005), (995_000, 5_001, 0.9948)]
small = [(0.5, 0.5, 0.3), (2.5, 0.5, 0.99), (20, 81, 0.15), (1, 92, 1e-4), (28.3, 1.4, 0.97), (5, 0.5, 0.7)]
rows = [list(map(float, r)) + [float(special.betainc(*r))] for r in small + big]
out["betainc"] = rows
inv = [(0.025, 91, 2), (0.975, 92, 1), (0.025, 27.8, 2.01), (0.025, 4_985, 16), (0.975, 995_001, 5_000),
       (0.5, 500_000, 500_000), (1e-6, 3, 90), (0.05, 736, 1)]
out_inv = [list(map(float, (p, a, b))) + [float(special.betaincinv(a, b, p))] for p, a, b in inv]
g = [(0.5, 0.2), (1, 3.7), (3, 8.8), (11, 4.8), (100, 120), (1000, 950), (2.5, 0.1)]
ginv = [(0.025, 3), (0.975, 4), (0.025, 10), (0.975, 11), (0.975, 1), (0.025, 1000), (0.975, 100_001)]
t = [(0.5, 1), (2.18, 8.7), (1.96, 1e4), (5.0, 3), (30.0, 2), (-1.3, 12), (1e-3, 5)]
tinv = [(0.975, 1), (0.975, 9), (0.975, 199), (0.975, 1e4), (0.9995, 4), (0.025, 9), (0.6, 30)]
out["special"] = {
    "betainc": rows,
    "betaincinv": out_inv,
    "gammainc": [[float(a), float(x), float(special.gammainc(a, x))] for a, x in g],
    "gammaincinv": [[float(p), float(a), float(special.gammaincinv(a, p))] for p, a in ginv],
    "t_sf": [[float(x), float(df), float(stats.t.sf(x, df))] for x, df in t],
    "t_ppf": [[float(p), float(df), float(stats.t.ppf(p, df))] for p, df in tinv],
}
del out["betainc"]

# ---- proportions
cases = [(0, 7), (3, 7), (7, 7), (91, 92), (24, 30), (995, 1000), (4985, 5000), (1, 100_000)]
out["proportion"] = [
    {"k": k, "n": n,
     "wilson": [float(v) for v in proportion_confint(k, n, method="wilson")],
     "exact": [float(v) for v in (lambda c: (c.low, c.high))(
         stats.binomtest(k, n).proportion_ci(0.95, method="exact"))]}
    for k, n in cases]
out["newcombe"] = [
    [*c, *map(float, confint_proportions_2indep(*c, method="newcomb", compare="diff", correction=False))]
    for c in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 3, 25), (99, 100, 195, 200)]]

# ---- counts
out["fisher"] = [[*c, float(stats.fisher_exact([[c[0], c[1] - c[0]], [c[2], c[3] - c[2]]])[1])]
                 for c in [(9, 60, 12, 400), (0, 5, 5, 5), (3, 10, 3, 10), (40, 1000, 10, 900)]]

# ---- samples
samples = []
for n, m, shift, step in [(6, 5, 0.0, 0), (12, 15, 0.7, 0), (30, 20, 0.3, 0), (25, 25, 0.5, 0.5), (8, 40, 0.2, 1.0)]:
    x, y = rng.normal(shift, 1, n), rng.lognormal(0, 0.6, m)
    if step:
        x, y = np.round(x / step) * step, np.round(y / step) * step
    u = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=True)
    w = stats.ttest_ind(x, y, equal_var=False)
    b = stats.brunnermunzel(x, y)
    samples.append({"x": x.tolist(), "y": y.tolist(), "u": float(u.statistic), "u_p": float(u.pvalue),
                    "welch_t": float(w.statistic), "welch_p": float(w.pvalue),
                    "bm_w": float(b.statistic), "bm_p": float(b.pvalue)})
out["samples"] = samples

# ---- Kolmogorov-Smirnov: SciPy without ties, all permutations with ties


def ks_d(x, y):
    grid = sorted(set(x) | set(y))
    return max(abs(sum(v <= g for v in x) * len(y) - sum(v <= g for v in y) * len(x)) for g in grid)


def ks_permutation(x, y):
    pooled, n = list(x) + list(y), len(x)
    d, hits, total = ks_d(x, y), 0, 0
    for chosen in itertools.combinations(range(len(pooled)), n):
        a = [pooled[i] for i in chosen]
        b = [pooled[i] for i in range(len(pooled)) if i not in chosen]
        hits += ks_d(a, b) >= d
        total += 1
    return d / (n * len(y)), hits / total


ks = []
for n, m in [(6, 5), (20, 31), (80, 75)]:
    x, y = rng.normal(0, 1, n), rng.normal(0.6, 1, m)
    r = stats.ks_2samp(x, y, method="exact")
    ks.append({"how": "scipy exact", "x": x.tolist(), "y": y.tolist(), "d": float(r.statistic), "p": float(r.pvalue)})
for x, y in [([1, 1, 2, 2, 3], [1, 2, 2, 3, 3]), ([1, 1, 1, 2, 5, 5], [2, 3, 3, 5, 6, 6, 6]), ([0, 0, 0, 1], [1, 1, 2, 2])]:
    d, p = ks_permutation(x, y)
    ks.append({"how": "all permutations", "x": list(map(float, x)), "y": list(map(float, y)), "d": d, "p": p})
out["ks"] = ks

# ---- Benjamini-Hochberg
p = rng.uniform(0, 0.2, 15)
out["bh"] = {"p": p.tolist(), "adjusted": multipletests(p, method="fdr_bh")[1].tolist()}

# ---- Spearman
pairs = []
for n, step in [(10, 0), (40, 1.0)]:
    x = rng.normal(0, 2, n)
    y = x + rng.normal(0, 2, n)
    if step:
        x, y = np.round(x), np.round(y)
    pairs.append({"x": x.tolist(), "y": y.tolist(), "rho": float(stats.spearmanr(x, y).statistic)})
out["spearman"] = pairs

# ---- BCa of a mean, resamples given
values = rng.lognormal(0, 1, 12)
indices = rng.integers(0, 12, (400, 12))
theta = np.sort(values[indices].mean(axis=1))
observed = values.mean()
z0 = stats.norm.ppf(((theta < observed).sum() + 0.5 * (theta == observed).sum()) / len(theta))
jack = np.array([np.delete(values, i).mean() for i in range(12)])
d = jack.mean() - jack
a = (d ** 3).sum() / (6 * (d ** 2).sum() ** 1.5)
levels = [float(stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))) for z in stats.norm.ppf([0.025, 0.975])]
out["bca"] = {"values": values.tolist(), "indices": indices.tolist(),
              "lo": float(np.quantile(theta, levels[0])), "hi": float(np.quantile(theta, levels[1]))}

# ---- survival
surv = []
for n in [8, 40, 150]:
    t1 = np.ceil(rng.exponential(20, n)).astype(int)
    c1 = np.ceil(rng.uniform(1, 60, n)).astype(int)
    entry = np.minimum(np.floor(rng.uniform(0, 6, n)).astype(int), np.minimum(t1, c1) - 1)
    duration, seen = np.minimum(t1, c1), t1 <= c1
    km = KaplanMeierFitter(alpha=0.05).fit(duration, seen)
    ci = km.confidence_interval_
    truncated = KaplanMeierFitter().fit(duration, seen, entry=entry)
    half = n // 2
    lr = logrank_test(duration[:half], duration[half:], seen[:half], seen[half:])
    times = sorted(set(duration[seen].tolist()))
    surv.append({
        "duration": duration.tolist(), "seen": seen.astype(int).tolist(), "entry": entry.tolist(), "times": times,
        "s": [float(km.predict(t)) for t in times],
        "lo": [float(ci.iloc[:, 0][t]) for t in times], "hi": [float(ci.iloc[:, 1][t]) for t in times],
        "s_truncated": [float(truncated.predict(t)) for t in times],
        "log_rank": float(lr.test_statistic), "log_rank_p": float(lr.p_value)})
out["survival"] = surv

path = pathlib.Path(__file__).with_name("goldens.json")
path.write_text(json.dumps(out, indent=None, separators=(",", ":")) + "\n")
