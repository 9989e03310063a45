#!/usr/bin/env python3
"""Writes the sample company: raw exports, lists and truth.json. Seeded; the same bytes every time.

    python3 generate.py            write everything beside this file
    python3 generate.py --check    write to a temporary folder and compare with what is here

It never touches the files that are written by hand (README.md, tapeline.toml, *.py).
"""

import argparse
import gzip
import io
import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from generator import (bacula, borg, clock, company, lists, pgbackrest, restic,  # noqa: E402
                       runs, servicenow, storage, story, truth, vault, veeam)

MADE = ("exports", "lists", "truth.json")


def packed(text):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=9, mtime=0) as file:
        file.write(text.encode())
    return out.getvalue()


class Folder:
    """Collects files in memory, with what is known about each."""

    def __init__(self):
        self.files, self.truth = {}, {}

    def add(self, path, text, facts=None, compress=False):
        path += ".gz" if compress else ""
        self.files[path] = packed(text) if compress else text.encode()
        if isinstance(facts, int):
            facts = {"records": facts, "duplicate_same": 0, "duplicate_superseded": 0,
                     "quarantined": {}}
        if facts:
            self.truth[path] = facts

    def write(self, root):
        for path, data in sorted(self.files.items()):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def add_bacula(folder, made):
    for source in ("bacula-berlin", "bacula-staging"):
        director = bacula.Director(source, [r for r in made if r.system.source == source])
        base = f"exports/{source}"
        stamp = clock.stamp(company.CAPTURE, company.BERLIN)
        for name, text, facts in bacula.job_files(director):
            folder.add(f"{base}/{name}", text, facts, compress=True)
        text, count = bacula.log_file(director)
        folder.add(f"{base}/catalog_log_{stamp}.csv", text, count, compress=True)
        folder.add(f"{base}/catalog_client_{stamp}.csv", bacula.client_file(director),
                   len(director.systems))
        text, count = bacula.media_file(director)
        folder.add(f"{base}/catalog_media_{stamp}.csv", text, count, compress=True)
        pools = bacula.pool_file(director)
        folder.add(f"{base}/catalog_pool_{stamp}.csv", pools, pools.count("\n") - 1)


def add_others(folder, systems, made):
    for source in ("veeam-newyork", "veeam-dr"):
        mine = [run for run in made if run.system.source == source]
        for name, text, facts in veeam.files(source, mine):
            folder.add(f"exports/{source}/{name}", text, facts, compress=True)
    monthly, listings = restic.files([r for r in made if r.system.source == "restic-edge"])
    for name, text, facts in monthly:
        folder.add(f"exports/restic-edge/{name}", text, facts, compress=True)
    seen = set()
    for name, text, count, starts in listings:
        folder.add(f"exports/restic-edge/{name}", text, {
            "records": count, "duplicate_same": len(starts & seen), "duplicate_superseded": 0,
            "quarantined": {}}, compress=True)
        seen |= starts
    stamp = clock.stamp(company.CAPTURE, company.BERLIN)
    databases = [s for s in systems if s.source == "pgbackrest-berlin"]
    grouped = [(s, [run for run in made if run.system is s]) for s in databases]
    for system, mine in grouped:
        text, count = pgbackrest.log(mine)
        folder.add(f"exports/pgbackrest-berlin/{pgbackrest.stanza(system)}-backup_{stamp}.log", text,
                   count, compress=True)
    text, count = pgbackrest.info(grouped)
    folder.add(f"exports/pgbackrest-berlin/info_{stamp}.json", text, count, compress=True)
    found, listed = borg.listings([run for run in made if run.system.source == "borg-web"])
    for name, text, facts in found:
        folder.add(f"exports/borg-web/{name}", text, facts, compress=True)
    return listed


def build():
    systems = company.systems()
    made, expected = runs.simulate(systems)
    folder = Folder()
    add_bacula(folder, made)
    listed = add_others(folder, systems, made)
    change_list = servicenow.changes(systems)
    incidents = servicenow.incidents(systems, made, change_list)
    for name, text, facts in servicenow.files(incidents, change_list):
        folder.add(f"exports/servicenow/{name}", text, facts, compress=True)
    matrices, series = storage.matrices()
    for name, text, count in matrices:
        folder.add(f"exports/prometheus/{name}", text, count, compress=True)
    for name, text, count in storage.df_captures():
        folder.add(f"exports/df-dr-store01/{name}", text, count)
    tests_text, tests = lists.restore_tests(systems)
    folder.add("exports/records/restore_tests.csv", tests_text, len(tests))
    for name, (text, count) in (("credentials", lists.credentials_csv()),
                                ("maintenance_windows", lists.windows_csv(systems)),
                                ("config_snapshots", lists.config_csv(change_list))):
        folder.add(f"exports/records/{name}.csv", text, count)
    appliance = []
    for name, text, rows in vault.files():
        folder.add(f"exports/records/{name}.csv", text, len(rows))
        appliance.append(rows)
    for name, text in (("systems", lists.systems_csv(systems)),
                       ("policies", lists.policies_csv(systems)),
                       ("dependencies", lists.dependencies_csv()), ("prices", lists.prices_csv()),
                       ("growth_plans", lists.growth_plans_csv())):
        folder.add(f"lists/{name}.csv", text, text.count("\n") - 1)
    pools = truth.pools_truth(series, appliance)
    facts = collect(systems, made, expected, folder, change_list, incidents, pools, tests, listed)
    folder.add("truth.json", laid_out(facts))
    return folder


def laid_out(facts):
    """JSON with one line per member of the second level: short, and still readable in a diff."""
    parts = []
    for key, value in facts.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            parts.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def collect(systems, made, expected, folder, change_list, incidents, pools, tests, listed):
    of = lambda source: [run for run in made if run.system.source == source]
    sources = sorted({system.source for system in systems})
    quarantined = sum(sum(f["quarantined"].values()) for f in folder.truth.values())
    return {
        "about": "What was planted, counted by the generator; definitions: see README.md.",
        "seed": story.SEED, "as_of": clock.iso(company.AS_OF),
        "period": {"name": "2026Q3", "from": clock.iso(company.Q3[0]), "to": clock.iso(company.Q3[1])},
        "systems": {"all": len(systems), "by_tier": {t: sum(s.tier == t for s in systems)
                                                     for t in company.TIERS},
                    "by_environment": {e: sum(s.environment == e for s in systems)
                                       for e in ("prod", "staging", "dr")},
                    "without_policy": [s.system_id for s in systems if not s.has_policy],
                    "out_of_scope": [server[0] for server in company.SERVERS]},
        "runs_by_source": {s: len(listed) if s == "borg-web" else len(of(s)) for s in sources},
        "rates": truth.by_tier(made, expected),
        "bad_nights_gold": truth.bad_nights(expected),
        "missed": truth.silence(expected),
        "silent_failure": {"system_id": story.SILENT_SYSTEM, "days": len(story.SILENT_DAYS),
                           "first": story.SILENT_DAYS[0].isoformat(),
                           "last": story.SILENT_DAYS[-1].isoformat()},
        "empty_successes": [[r.system.system_id, clock.iso(r.start)] for r in made
                            if r.status == "empty"],
        "suspect_empty_incrementals": sum(r.note == "empty" and r.status == "ok" for r in made),
        "late": [[e.system.system_id, clock.iso(e.due)] for e in expected if e.outcome == "late"],
        "credential": {"account_id": "svc-restic-edge", "expires_at": clock.iso(story.EXPIRED[0]),
                       "rotated_at": clock.iso(story.EXPIRED[1]),
                       "failed_runs": [[r.system.system_id, clock.iso(r.start)] for r in made
                                       if r.system.system_id in story.EXPIRED_SYSTEMS
                                       and r.due and story.within(r.due, story.EXPIRED)]},
        "rpo_at_as_of": truth.exposure(systems, made),
        "drift": truth.drift(made),
        "failure_classes_q3_rows": truth.classes(made),
        "incidents": truth.incident_truth(incidents),
        "changes": truth.change_truth(change_list, made, incidents),
        "restore_tests": truth.restore_truth(systems, tests),
        "pools": pools,
        "survivors_sources": ["borg-web", "restic-edge-repository", "pgbackrest-berlin-repository"],
        "rows_in_a_fold": truth.ambiguous(made),
        "rescheduled": [[r.system.system_id, clock.iso(r.first_start)] for r in made
                        if r.note == "rescheduled"],
        "quarantined_total": quarantined,
        "files": dict(sorted(folder.truth.items())),
    }


def compare(folder):
    """Differences between a fresh run and the files here; content first, then the bytes."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        folder.write(fresh)
        names = lambda root: {str(p.relative_to(root)) for part in MADE
                              for p in ([root / part] if (root / part).is_file()
                                        else (root / part).rglob("*")) if p.is_file()}
        found = [f"{n}: only in one of the two" for n in sorted(names(fresh) ^ names(HERE))]
        for n in sorted(names(fresh) & names(HERE)):
            new, old = (fresh / n).read_bytes(), (HERE / n).read_bytes()
            if new != old:
                same = n.endswith(".gz") and gzip.decompress(new) == gzip.decompress(old)
                found.append(f"{n}: " + ("same content, another version of zlib" if same
                                         else "content differs"))
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    folder = build()
    if parser.parse_args().check:
        found = compare(folder)
        print("\n".join(found) if found else f"{len(folder.files)} files are the same")
        return 1 if found else 0
    folder.write(HERE)
    total = sum(map(len, folder.files.values()))
    print(f"{len(folder.files)} files, {total / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
