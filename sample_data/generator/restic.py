"""restic 0.18: the wrapper's runs.jsonl (with the text of both streams) and `snapshots --json`."""

import hashlib
import json
import random

from . import clock, company, story
from .clock import DAY, SECOND

REPOSITORY = "rest:https://rest.edge.haldenfrey.example:8000/{system}/"
MINUS = -9223372036.854776  # what restic writes as duration when it skips an unchanged snapshot


def offset_time(at, nanos, zone_name):
    here = clock.wall(at, zone_name)
    text = here.strftime("%z")
    return f"{here:%Y-%m-%dT%H:%M:%S}.{at % SECOND:06d}{nanos:03d}{text[:3]}:{text[3:]}"


def identity(run, what):
    return hashlib.sha256(f"{what}:{run.system.system_id}:{run.start}".encode()).hexdigest()


def summary(run, rng):
    """The last line of `restic backup --json`."""
    files, new = run.files, max(1, run.files // 7)
    blobs = new + run.files // 9
    added = run.stored_bytes * 2
    begin = offset_time(run.start + 61_000, rng.randrange(1000), run.system.zone)
    value = {"message_type": "summary", "files_new": new // 3, "files_changed": new,
             "files_unmodified": run.system.files + files, "dirs_new": 0, "dirs_changed": 4,
             "dirs_unmodified": 60, "data_blobs": blobs, "tree_blobs": 5, "data_added": added,
             "data_added_packed": run.stored_bytes,
             "total_files_processed": run.system.files + files + new + new // 3,
             "total_bytes_processed": run.system.size_bytes + run.size_bytes,
             "total_duration": round((run.end - run.start) / SECOND - 0.11, 3),
             "backup_start": begin,
             "backup_end": offset_time(run.end - 49_000, rng.randrange(1000), run.system.zone)}
    if run.note == "unchanged":
        value.update(files_new=0, files_changed=0, dirs_changed=0, data_blobs=0, tree_blobs=0,
                     data_added=0, data_added_packed=0, total_duration=MINUS,
                     total_files_processed=value["files_unmodified"],
                     backup_end="0001-01-01T00:00:00Z")
    else:
        value["snapshot_id"] = identity(run, "snapshot")
    return value


def exit_error(code, message):
    return json.dumps({"message_type": "exit_error", "code": code, "message": message},
                      separators=(",", ":")) + "\n"


def streams(run, value):
    """(exit code, standard output, standard error) of one run."""
    text = json.dumps(value, separators=(",", ":")) + "\n"
    where = REPOSITORY.format(system=run.system.system_id)
    opened = "Fatal: unable to open config file: "
    hint = f"\nIs there a repository at the following location?\n{where}"
    if run.status == "ok":
        return 0, text, ""
    if run.status == "partial":
        path = "/srv/data/instruments/capture.lock"
        error = {"message_type": "error", "error": {"message": f"open {path}: permission denied"},
                 "during": "archival", "item": path}
        return 3, text, json.dumps(error, separators=(",", ":")) + "\n" + exit_error(
            3, "Warning: at least one source file could not be read")
    if run.status == "interrupted":
        return 137, "", ""
    if run.cause == "authentication":
        return 1, "", exit_error(1, f"{opened}unexpected HTTP response (401): 401 Unauthorized{hint}")
    if run.cause == "contention":
        return 11, "", exit_error(11, "unable to create lock in backend: repository is already "
                                  "locked by PID 4121 on edge-maint by root (UID 0, GID 0)\nlock was "
                                  "created at 2026-01-05 03:12:40 (18m2.11s ago)\nstorage ID "
                                  "9c0c9681\nthe `unlock` command can be used to remove stale locks")
    retry = ("Stat(<config/>) returned error, retrying after 1.143684609s: Head \"https://rest.edge."
             "haldenfrey.example:8000/config\": dial tcp 10.40.0.7:8000: connect: connection refused\n")
    return 1, "", retry + "\x1b[2K" + exit_error(
        1, f"{opened}Head \"{where}config\": dial tcp 10.40.0.7:8000: connect: connection refused{hint}")


def record(run, value):
    system = run.system
    code, out, err = streams(run, value)
    second = lambda at: clock.iso(at // SECOND * SECOND)
    start = None if run.status == "interrupted" else second(run.start)
    data = {"name": f"{system.system_id}-{second(run.start).replace(':', '').replace('-', '')}",
            "host": system.system_id, "job": f"{system.system_id}-data",
            "cmd": f"timeout 7200 restic backup --json --host {system.system_id} --tag {system.tier}"
                   f"{' --skip-if-unchanged' if system.system_id == 'kiosk-ny01' else ''} /srv/data",
            "start": start, "end": second(run.end + SECOND - 1), "exit_code": code}
    if run.status == "interrupted":
        data["signal"] = "SIGKILL"
    return json.dumps({**data, "stdout_text": out, "stderr_text": err}, separators=(",", ":"))


def snapshot(run, value, parent):
    system = run.system
    found = {"time": value["backup_start"]}
    if parent:
        found["parent"] = identity(parent, "snapshot")
    keep = ("backup_start", "backup_end", "files_new", "files_changed", "files_unmodified",
            "dirs_new", "dirs_changed", "dirs_unmodified", "data_blobs", "tree_blobs", "data_added",
            "data_added_packed", "total_files_processed", "total_bytes_processed")
    own = identity(run, "snapshot")
    return {**found, "tree": identity(run, "tree"), "paths": ["/srv/data"],
            "hostname": system.system_id, "username": "root", "tags": [system.tier],
            "program_version": "restic 0.18.0", "summary": {k: value[k] for k in keep},
            "id": own, "short_id": own[:8]}


def files(runs):
    """(monthly runs.jsonl, listings of the repository at two quarter ends)."""
    rng = random.Random(f"{story.SEED}:restic")
    order = sorted(runs, key=lambda run: (run.end, run.system.system_id))
    made = [(run, summary(run, rng)) for run in order]
    monthly, captures = [], company.monthly_captures(company.BERLIN)
    last = captures[-1] + 2 * clock.HOUR  # the wrappers in New York push later that morning
    begin = 0
    for captured in [*captures[:-1], last]:
        part = [record(run, value) for run, value in made if begin <= run.end < captured]
        text = "\n".join(part) + "\n"
        truth = {"records": len(part), "duplicate_same": 0, "duplicate_superseded": 0,
                 "quarantined": {}}
        stamp = clock.stamp(captured, company.BERLIN)
        if stamp.startswith("2026-03-01"):
            text += '{"name":"edge-ny02-20260301T042501Z","host":"edge-ny02","job":"edge-ny0\n'
            truth["records"] += 1
            truth["quarantined"]["bad-json"] = 1
        monthly.append((f"runs_{stamp}.jsonl", text, truth))
        begin = captured
    listings = []
    for captured in (captures[-4], last):
        kept, parents = [], {}
        for run, value in made:
            written = run.status in ("ok", "partial") and run.note != "unchanged"
            if not written or run.end >= captured:
                continue
            first_of_month = clock.month(run.start) != clock.month(
                parents[run.system.system_id].start) if run.system.system_id in parents else True
            if run.start >= captured - 16 * DAY or first_of_month:
                kept.append((run, snapshot(run, value, parents.get(run.system.system_id))))
            parents[run.system.system_id] = run
        listings.append((f"snapshots_{clock.stamp(captured, company.BERLIN)}.json",
                         json.dumps([entry for _, entry in kept], separators=(",", ":")) + "\n",
                         len(kept), {run.start for run, _ in kept}))
    return monthly, listings
