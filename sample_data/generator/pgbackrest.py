"""pgBackRest 2.55: one backup log per stanza (local times, milliseconds, every attempt) and
`info --output=json` (epochs, only what still exists)."""

import hashlib
import json

from . import clock, company
from .clock import DAY, SECOND

LETTER = {"full": "F", "diff": "D", "incr": "I"}


def stanza(system):
    return system.aliases[0]


def stamp(at):
    return f"{clock.wall(at, company.BERLIN):%Y-%m-%d %H:%M:%S}.{at % SECOND // 1000:03d}"


def label(run, full):
    own = f"{clock.wall(run.start + 110_000, company.BERLIN):%Y%m%d-%H%M%S}{LETTER[run.level]}"
    return own if run.level == "full" or full is None else f"{full}_{own}"


def amount(size):
    """Sizes as pgBackRest prints them: one decimal, binary steps."""
    for unit, step in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if size >= step:
            return f"{size / step:.1f}{unit}".replace(".0", "")
    return f"{size}B"


def begin_line(run):
    name = stanza(run.system)
    mark = hashlib.sha256(f"exec:{name}:{run.start}".encode()).hexdigest()
    return (f"{stamp(run.start)} P00   INFO: backup command begin 2.55.1: --compress-type=zst "
            f"--exec-id={1000 + int(mark[:4], 16)}-{mark[4:12]} --log-level-file=info "
            f"--pg1-path=/var/lib/postgresql/17/{name} --process-max=4 --repo1-path=/srv/pgbackrest "
            f"--repo1-retention-full=5 --stanza={name} --start-fast --type={run.level}")


def closing(run):
    millis = (run.end - run.start) // 1000
    return (f"{stamp(run.end)} P00   INFO: backup command end: completed successfully ({millis}ms)")


def body(run, full, last):
    if run.level != "full" and last is not None:
        yield f"{stamp(run.start + 90_000)} P00   INFO: last backup label = {last}, version = 2.55.1"
    yield f"{stamp(run.end - 460_000)} P00   INFO: new backup label = {label(run, full)}"
    total = 1200 + run.system.files % 900
    yield (f"{stamp(run.end)} P00   INFO: {run.level} backup size = {amount(run.size_bytes)}, "
           f"file total = {total}")


def failure(run):
    at, hang = stamp(run.end), " " * 36
    if run.cause == "storage_dark":  # a full repository that never says "space"
        where = f"/srv/pgbackrest/backup/{stanza(run.system)}/latest/pg_data/base/4/1255.zst"
        yield f"{at} P00  ERROR: [064]: raised from local-1 protocol: unable to write '{where}'"
        yield (f"{hang}    [FileWriteError] on 2 retries from 126-15192ms: unable to write "
               f"'{where}': [2] No such file or directory")
        yield f"{at} P00   INFO: backup command end: aborted with exception [064]"
    elif run.status == "refused":
        lock = f"/tmp/pgbackrest/{stanza(run.system)}-backup-1.lock"
        yield (f"{at} P00  ERROR: [050]: unable to acquire lock on file '{lock}': "
               "Resource temporarily unavailable")
        yield f"{hang}HINT: is another pgBackRest process running?"
        yield f"{at} P00   INFO: backup command end: aborted with exception [050]"
    else:
        yield (f"{at} P00   WARN: unable to check pg1: [DbConnectError] unable to connect to "
               "'dbname='postgres' port=5432': connection to server on socket "
               "\"/var/run/postgresql/.s.PGSQL.5432\" failed: Connection refused")
        yield f"{at} P00  ERROR: [056]: unable to find primary cluster - cannot proceed"
        yield f"{hang}HINT: are all available clusters in recovery?"
        yield f"{at} P00   INFO: backup command end: aborted with exception [056]"


def log(runs):
    """(text, attempts): processes append to one file, so a refused one stands inside a running."""
    lines, full, last, pending = [], None, None, []
    for run in sorted(runs, key=lambda run: run.start):
        if run.status == "refused":
            whole = pending.pop()
            lines += ["-------------------PROCESS START-------------------", begin_line(run),
                      *failure(run), "", *whole]
            continue
        for tail in pending:
            lines += tail
        pending = []
        lines += ["-------------------PROCESS START-------------------", begin_line(run)]
        if run.status == "ok":
            done = [*body(run, full, last), closing(run), ""]
            if run.level != "full" and last is not None:
                lines.append(done.pop(0))
            pending.append(done)
            last = label(run, full)
            full = last if run.level == "full" else full or last
        else:
            lines += [*failure(run), ""]
    for tail in pending:
        lines += tail
    return "\n".join(lines) + "\n", len(runs)


def info(by_stanza):
    """What the repository lists at the last capture: the chains of the last five fulls."""
    found, count = [], 0
    for system, runs in by_stanza:
        full, last, entries = None, None, []
        for run in sorted((r for r in runs if r.status == "ok"), key=lambda r: r.start):
            own = label(run, full)
            if run.level == "full":
                full = own
            if full is None:
                full = own
            if run.start >= company.CAPTURE - 33 * DAY and (entries or run.level == "full"):
                entries.append(entry(run, own, last, full))
            last = own
        count += len(entries)
        number = int.from_bytes(hashlib.sha256(system.system_id.encode()).digest()[:8], "big")
        found.append({
            "archive": [{"database": {"id": 1, "repo-key": 1}, "id": "17-1",
                         "max": "0000000100000A7100000042", "min": "0000000100000A1200000007"}],
            "backup": entries, "cipher": "none",
            "db": [{"id": 1, "repo-key": 1, "system-id": 7 * 10**18 + number % 10**17,
                    "version": "17"}],
            "name": stanza(system),
            "repo": [{"cipher": "none", "key": 1, "status": {"code": 0, "message": "ok"}}],
            "status": {"code": 0, "lock": {"backup": {"held": False}}, "message": "ok"}})
    return json.dumps(found, separators=(",", ":")) + "\n", count


def entry(run, own, last, full):
    number = run.start // SECOND % 10**7
    segment = f"00000001{number // 4096:08X}{number % 256:08X}"
    repo = {"delta": run.stored_bytes, "size": run.stored_bytes + run.system.size_bytes // 3}
    chain = None if run.level == "full" else [full] if last == full else [full, last]
    return {"archive": {"start": segment, "stop": segment},
            "backrest": {"format": 5, "version": "2.55.1"}, "database": {"id": 1, "repo-key": 1},
            "error": False,
            "info": {"delta": run.size_bytes, "repository": repo, "size": run.system.size_bytes},
            "label": own, "lsn": {"start": f"{number % 4096:X}/28", "stop": f"{number % 4096:X}/120"},
            "prior": None if run.level == "full" else last, "reference": chain,
            "timestamp": {"start": (run.start + 110_000) // SECOND, "stop": run.end // SECOND},
            "type": run.level}
