#!/usr/bin/env python3
"""Counts the raw exports again, without the generator, and compares with truth.json.

It reads the vendors' files with its own small readers and its own rules; it shares no code with
generator/. Exit 0: everything agrees.

    python3 check.py
"""

import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
Q3 = (datetime(2026, 7, 1, tzinfo=timezone.utc), datetime(2026, 10, 1, tzinfo=timezone.utc))
AS_OF = datetime(2026, 10, 1, 6, tzinfo=timezone.utc)
PROBLEMS = []


def text(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def files(folder, start):
    return sorted((HERE / "exports" / folder).glob(f"{start}*"))


def same(what, found, told):
    if found != told:
        PROBLEMS.append(f"{what}: counted {found}, truth.json says {told}")


def local(words, pattern, zone):
    naive = datetime.strptime(words, pattern)
    at = naive.replace(tzinfo=zone)
    if at.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None) != naive:
        raise ValueError("time-gap")
    return at


def utc(words):
    return datetime.fromisoformat(words.replace("Z", "+00:00")).astimezone(timezone.utc)


def read_bacula(source, truth, systems):
    """(system, anchor, kind) per job; kind: ok warning failed refused running."""
    clients = {row["clientid"]: row["name"] for row in csv.DictReader(
        text(files(source, "catalog_client")[0]).splitlines())}
    messages = defaultdict(str)
    for row in csv.DictReader(text(files(source, "catalog_log")[0]).splitlines(keepends=True)):
        messages[row["jobid"]] += row["logtext"]
    jobs = {}
    for path in files(source, "catalog_job"):
        facts, counts = truth["files"][str(path.relative_to(HERE))], Counter()
        rows = list(csv.reader(text(path).splitlines()))
        header = rows.pop(0)
        for cells in rows:
            row = dict(zip(header, cells))
            if len(cells) != len(header):
                counts["ragged-row"] += 1
            elif not row["jobid"] or not row["job"]:
                counts["key-null"] += 1
            else:
                if row["jobid"] in jobs:
                    counts["same" if jobs[row["jobid"]] == row else "superseded"] += 1
                jobs[row["jobid"]] = row
        same(f"{path.name} records", len(rows), facts["records"])
        same(f"{path.name} duplicates", (counts["same"], counts["superseded"]),
             (facts["duplicate_same"], facts["duplicate_superseded"]))
        same(f"{path.name} quarantined", {k: v for k, v in counts.items() if "-" in k},
             facts["quarantined"])
    found = []
    for row in jobs.values():
        log = messages[row["jobid"]]
        kind = {"T": "ok", "f": "failed", "A": "failed", "R": "running"}[row["jobstatus"]]
        if "Duplicate job not allowed" in log:
            kind = "refused"
        if kind == "ok" and row["level"] == "F" and row["jobfiles"] == "0":
            kind = "failed"
        if kind == "ok" and row["joberrors"] != "0":
            kind = "warning"
        name = systems[clients[row["clientid"]]]
        anchor = local(row["schedtime"], "%Y-%m-%d %H:%M:%S", BERLIN)
        if row["endtime"] and kind != "running":
            epoch = datetime.fromtimestamp(int(row["jobtdate"]), timezone.utc)
            naive = datetime.strptime(row["endtime"], "%Y-%m-%d %H:%M:%S")
            if epoch.astimezone(BERLIN).replace(tzinfo=None) != naive:
                PROBLEMS.append(f"{source} job {row['jobid']}: jobtdate and endtime differ")
        found.append((name, anchor, kind, 1, f"canceled by hand: {'stopped by the user' in log}"))
    same(f"{source} runs", len(found), truth["runs_by_source"][source])
    return found


def read_veeam(source, truth, systems):
    tasks = {}
    for path in files(source, "Veeam"):
        facts, counts = truth["files"][str(path.relative_to(HERE))], Counter()
        rows = list(csv.reader(text(path).splitlines()))
        header = rows.pop(0)
        for cells in rows:
            row = dict(zip(header, cells))
            try:
                if len(cells) != len(header):
                    raise ValueError("ragged-row")
                if not row["VMName"]:
                    raise ValueError("key-null")
                at = local(row["CreationTime"], "%m/%d/%Y %H:%M:%S", NEW_YORK)
                if not row["BackupSize"].isdigit():
                    raise ValueError("number-unparsed")
            except ValueError as reason:
                counts[str(reason)] += 1
                continue
            key = (row["JobName"], row["VMName"], row["CreationTime"])
            counts["same"] += key in tasks
            tasks[key] = (row, at)
        same(f"{path.name} records", len(rows), facts["records"])
        same(f"{path.name} duplicates", counts.pop("same", 0), facts["duplicate_same"])
        same(f"{path.name} quarantined", dict(counts), facts["quarantined"])
    kinds = {"Success": "ok", "Warning": "warning", "Failed": "failed"}
    same(f"{source} runs", len(tasks), truth["runs_by_source"][source])
    attempts = Counter()
    found = []
    for row, at in sorted(tasks.values(), key=lambda pair: pair[1]):
        attempts[row["VMName"]] = attempts[row["VMName"]] + 1 if row["IsRetry"] == "True" else 1
        found.append((systems[row["VMName"].lower()], at, kinds[row["Status"]],
                      attempts[row["VMName"]], ""))
    return found


def read_restic(truth, systems):
    found = []
    for path in files("restic-edge", "runs_"):
        facts, bad = truth["files"][str(path.relative_to(HERE))], 0
        lines = text(path).splitlines()
        for line in lines:
            try:
                run = json.loads(line)
            except json.JSONDecodeError:
                bad += 1
                continue
            kind = "ok" if run["exit_code"] == 0 else "failed"
            found.append((systems[run["host"]], utc(run["start"] or run["end"]), kind, 1, ""))
        same(f"{path.name} records", len(lines), facts["records"])
        same(f"{path.name} quarantined", bad, sum(facts["quarantined"].values()))
    same("restic-edge runs", len(found), truth["runs_by_source"]["restic-edge"])
    return found


def read_pgbackrest(truth, systems):
    found = []
    for path in files("pgbackrest-berlin", ""):
        if not path.name.endswith(".log.gz"):
            continue
        open_runs = []
        for line in text(path).splitlines():
            begin = re.match(r"(\S+ \S+) P00   INFO: backup command begin .*--stanza=(\S+)", line)
            if begin:
                at = local(begin[1], "%Y-%m-%d %H:%M:%S.%f", BERLIN)
                open_runs.append([systems[begin[2]], at, "running", 1, ""])
                found.append(open_runs[-1])
            elif "backup command end: " in line:
                words = line.split("backup command end: ")[1]
                open_runs.pop()[2] = "ok" if words.startswith("completed") else \
                    "refused" if "[050]" in words else "failed"
    same("pgbackrest runs", len(found), truth["runs_by_source"]["pgbackrest-berlin"])
    return [tuple(run) for run in found]


def check_rates(runs, truth, tiers):
    """S1, S2 and S3 of the quarter under the vendors' own rules."""
    table = defaultdict(Counter)
    good = ("ok", "warning")
    for source_runs in runs:
        chains = {}
        for name, at, kind, attempt, note in sorted(source_runs, key=lambda r: (r[0], r[1])):
            in_maintenance = name == "files02" and "True" in note and \
                datetime(2026, 7, 25, 20, tzinfo=timezone.utc) <= at.astimezone(timezone.utc) \
                < datetime(2026, 7, 26, 4, tzinfo=timezone.utc)
            if kind in ("refused", "running") or in_maintenance:
                continue
            first = at if attempt == 1 else chains[name]
            chains[name] = first
            if Q3[0] <= first < Q3[1]:
                cell = table[tiers[name]]
                cell["n"] += 1
                cell["k"] += kind in good
                cell["runs"] += attempt == 1
                cell["first"] += attempt == 1 and kind in good
                cell["final"] += kind in good
    for tier, cell in sorted(table.items()):
        told = truth["rates"]["q3"][tier]
        same(f"attempt rate {tier}", [cell["k"], cell["n"]], told["attempt"]["vendor"])
        same(f"first-attempt rate {tier}", [cell["first"], cell["runs"]],
             told["first_attempt"]["vendor"])
        same(f"final rate {tier}", [cell["final"], cell["runs"]], told["final"]["vendor"])


def check_incidents(truth):
    path = files("servicenow", "incident_2026-10")[0]
    words = {"1": "critical", "2": "high", "3": "medium", "4": "low"}
    spans, opened = defaultdict(list), Counter()
    stamp = "%Y-%m-%d %H:%M:%S"
    for row in json.loads(text(path))["result"]:
        at = datetime.strptime(row["opened_at"], stamp).replace(tzinfo=timezone.utc)
        wrong = row["closed_at"] and row["resolved_at"] and row["closed_at"] < row["resolved_at"]
        if not Q3[0] <= at < Q3[1] or row["state"] == "8" or wrong:
            continue
        severity = words[row["priority"]]
        opened[severity] += 1
        if row["resolved_at"]:
            end = datetime.strptime(row["resolved_at"], stamp).replace(tzinfo=timezone.utc)
            spans[severity].append(int((end - at).total_seconds()))
    for severity, told in truth["incidents"]["q3"].items():
        same(f"incidents {severity}", opened[severity], told["n"])
        same(f"resolution times {severity}", sorted(spans[severity]), told["resolve_s"])


def check_rest(truth, in_scope):
    seen = set()
    for path in files("borg-web", "borg_list"):
        archives = json.loads(text(path))["archives"]
        facts = truth["files"][str(path.relative_to(HERE))]
        same(f"{path.name} records", len(archives), facts["records"])
        same(f"{path.name} duplicates", sum(a["id"] in seen for a in archives),
             facts["duplicate_same"])
        seen |= {a["id"] for a in archives}
    same("borg archives", len(seen), truth["runs_by_source"]["borg-web"])
    tests = list(csv.DictReader(text(HERE / "exports/records/restore_tests.csv").splitlines()))
    same("restore tests", len(tests), truth["restore_tests"]["all"])
    same("failed restore tests", [[t["test_id"], t["system_ref"]] for t in tests
                                  if t["outcome"] == "failed"], truth["restore_tests"]["failed"])
    same("never tested", sorted(in_scope - {t["system_ref"] for t in tests}),
         truth["restore_tests"]["never_tested"])
    for metric, key in (("size", "size_bytes"), ("avail", "available_bytes")):
        document = json.loads(text(files("prometheus", f"query_range_filesystem_{metric}")[0]))
        last = {f"{s['metric']['instance']} {s['metric']['mountpoint']}": int(s["values"][-1][1])
                for s in document["data"]["result"]}
        same(f"pools {metric}", last, {p["pool"]: p[key] for name, p in truth["pools"].items()
                                       if name != "vault-ny01"})


def check_appliance(truth):
    """The appliance's last sample, its mean ratio over a month, and what comes back from it."""
    told = truth["pools"]["vault-ny01"]
    rows = {}
    for name in ("storage_samples", "restore_points"):
        path = HERE / f"exports/records/{name}.csv"
        rows[name] = list(csv.DictReader(text(path).splitlines()))
        same(f"{name} records", len(rows[name]), truth["files"][f"exports/records/{name}.csv"]
             ["records"])
    used = [(int(r["used_bytes"]), int(r["logical_bytes"])) for r in rows["storage_samples"]]
    last = rows["storage_samples"][-1]
    for key in ("size_bytes", "used_bytes", "available_bytes", "logical_bytes"):
        same(f"appliance {key}", int(last[key]), told[key])
    same("appliance last sample", last["at"], told["last_sample_at"])
    same("appliance capacity", {int(r["used_bytes"]) + int(r["available_bytes"])
                                for r in rows["storage_samples"]}, {told["capacity_bytes"]})
    month = sum(logical / taken for taken, logical in used[-31:]) / 31
    middle = told["reduction_ratio_now_of_the_process"] \
        - 15 * told["reduction_ratio_change_per_day_of_the_process"]
    same("appliance ratio within 0.3 %", abs(month / middle - 1) < 0.003, True)
    points = rows["restore_points"]
    back = [[max(r["expires_at"], r["immutable_until"]), int(r["stored_bytes"])] for r in points
            if utc(max(r["expires_at"], r["immutable_until"])) > AS_OF]
    same("points", (len(points), len(back)), (told["points"], told["points_at_as_of"]))
    same("points deleted when they expired", [r["deleted_at"] for r in points if r["deleted_at"]],
         [r["expires_at"] for r in points if utc(r["expires_at"]) <= AS_OF])
    same("roll-off", sorted(back), [[r["at"], r["bytes"]] for r in told["roll_off"]])


def main():
    truth = json.loads(text(HERE / "truth.json"))
    systems, tiers, outside = {}, {}, []
    for row in csv.DictReader(text(HERE / "lists/systems.csv").splitlines()):
        if row["is_in_scope"] == "false":
            outside.append(row["system_id"])  # the backup servers: no runs, no tests
            continue
        for name in [row["system_id"], *row["aliases"].split(";")]:
            systems[name] = row["system_id"]
        if not row["valid_to"]:
            tiers[row["system_id"]] = row["tier"]
    same("systems", (len(tiers), outside),
         (truth["systems"]["all"], truth["systems"]["out_of_scope"]))
    runs = [read_bacula("bacula-berlin", truth, systems),
            read_bacula("bacula-staging", truth, systems),
            read_veeam("veeam-newyork", truth, systems), read_veeam("veeam-dr", truth, systems),
            read_restic(truth, systems), read_pgbackrest(truth, systems)]
    check_rates(runs, truth, tiers)
    check_incidents(truth)
    check_rest(truth, set(systems.values()))
    check_appliance(truth)
    print("\n".join(PROBLEMS) if PROBLEMS else
          f"{sum(map(len, runs))} runs, incidents, tests and pools agree with truth.json")
    return 1 if PROBLEMS else 0


if __name__ == "__main__":
    sys.exit(main())
