"""Bacula catalog tables as PostgreSQL's COPY ... CSV HEADER writes them (version 15).

Local times without a zone; `jobtdate` is the UTC epoch of the end; an empty string is `""`, a null
is nothing at all; log texts span lines. One director per source, each with its own JobIds.
"""

import random

from . import clock, company, story
from .clock import DAY, SECOND

JOB_COLUMNS = (
    "jobid,job,name,type,level,clientid,jobstatus,schedtime,starttime,endtime,realendtime,"
    "realstarttime,jobtdate,volsessionid,volsessiontime,jobfiles,jobbytes,readbytes,joberrors,"
    "jobmissingfiles,poolid,filesetid,priorjobid,priorjob,purgedfiles,hasbase,hascache,reviewed,"
    "comment,filetable,isvirtualfull,compressratio,rate,lastreadstorageid,lastreaddevice,"
    "writestorageid,writedevice,statusinfo,encrypted")
MEDIA_COLUMNS = (
    "mediaid,volumename,slot,poolid,mediatype,mediatypeid,labeltype,firstwritten,lastwritten,"
    "labeldate,voljobs,volfiles,volblocks,volparts,volcloudparts,volmounts,volbytes,volabytes,"
    "volapadding,volholebytes,volholes,voltype,volerrors,volwrites,volcapacitybytes,lastpartbytes,"
    "volstatus,enabled,recycle,actiononpurge,cacheretention,volretention,voluseduration,maxvoljobs,"
    "maxvolfiles,maxvolbytes,inchanger,storageid,deviceid,mediaaddressing,volreadtime,volwritetime,"
    "endfile,endblock,locationid,recyclecount,initialwrite,scratchpoolid,recyclepoolid,comment,"
    "protected,useprotect,volencrypted")
POOL_COLUMNS = (
    "poolid,name,numvols,maxvols,useonce,usecatalog,acceptanyvolume,volretention,cacheretention,"
    "voluseduration,maxvoljobs,maxvolfiles,maxvolbytes,maxpoolbytes,autoprune,recycle,"
    "actiononpurge,pooltype,labeltype,labelformat,enabled,scratchpoolid,recyclepoolid,nextpoolid,"
    "migrationhighbytes,migrationlowbytes,migrationtime")
BUILD = "15.0.3 (25Mar25) x86_64-pc-linux-gnu,debian,trixie/sid"
POOLS = {"platinum": (1, "Platinum"), "gold": (2, "Gold"), "silver": (3, "Silver"),
         "bronze": (4, "Bronze")}
STATUS = {"ok": "T", "partial": "T", "empty": "T", "warning": "T", "canceled": "A",
          "refused": "A", "interrupted": "f", "running": "R", "failed": "f"}
INFO = {"connectivity": "[DE0029]", "authentication": "[DE0064]", "configuration": "[DE0031]"}
COPY_DAYS = 1  # each monthly export begins this many days before its month


class Director:
    """One catalog: gives numbers to runs and keeps its log."""

    def __init__(self, source, runs):
        self.name = "bk-dir" if source == "bacula-berlin" else "stg-dir"
        self.storage = "bk" if source == "bacula-berlin" else "stg"
        self.source = source
        self.systems = []
        for run in runs:
            if run.system not in self.systems:
                self.systems.append(run.system)
        first = 41_200 if source == "bacula-berlin" else 44_600
        order = sorted(runs, key=lambda run: (sched(run), run.system.system_id, run.start))
        self.jobs = [(first + n, run) for n, run in enumerate(order)]

    def client_id(self, system):
        return 1 + self.systems.index(system)


def sched(run):
    return run.due if run.due is not None else run.start - 2 * SECOND


def unique_name(number, run):
    at = clock.wall(sched(run), company.BERLIN)
    return f"{run.system.system_id}-daily.{at:%Y-%m-%d_%H.%M.%S}_{number % 60:02d}"


def job_row(director, number, run, captured):
    """One row of the Job table as it stood at a capture."""
    system = run.system
    unfinished = run.end is None or run.end >= captured
    status = "R" if unfinished else STATUS[run.status]
    if run.cause == "storage":
        status = "A"  # a blocked job that runs into its time limit is written as canceled
    local = lambda at: clock.plain(at, company.BERLIN)
    end = "" if unfinished else local(run.end)
    real_end = "" if run.note == "rewritten" else end
    epoch = (run.start if unfinished else run.end) // SECOND
    errors = {"partial": 1, "failed": 2 if run.cause in ("storage", "configuration") else 1}
    seconds = 1 if unfinished else max(1, (run.end - run.start) // SECOND)
    files, size = (0, 0) if unfinished else (run.files, run.size_bytes)
    rate = f"{size / seconds / 1000:.1f}".removesuffix(".0")
    tier = POOLS[system.tier_at(run.start)]
    device = "" if run.status == "refused" else f"File{tier[1]}Dev"
    info = INFO.get(run.cause, "") or '""'
    return ",".join(str(value) for value in (
        number, unique_name(number, run), f"{system.system_id}-daily", "B", run.level,
        director.client_id(system), status, local(sched(run)), local(run.start), end, real_end,
        local(run.start), epoch, number % 9000, 1_742_985_122, files, size, size,
        0 if unfinished else errors.get(run.status, 0), 0, tier[0],
        100 + director.client_id(system), 0, '""', 0, 0, 0, 0, '""', "File", 0, 0, rate, 0, '""',
        tier[0], device or '""', info, 0))


def messy_rows(captured):
    """Rows that cannot be loaded: a cut line and a row without its key."""
    return {
        "2026-02-01": [("ragged-row", "44901,hr-db01-daily.2026-01-31_22.10.00_21,hr-db01-daily,B,I")],
        "2026-06-01": [("key-null", ",".join([
            "", '""', "crm-db01-daily", "B", "I", "5", "T", "2026-05-14 22:00:00",
            "2026-05-14 22:00:02", "2026-05-14 22:09:40", "2026-05-14 22:09:40",
            "2026-05-14 22:00:02", "1778789380", "0", "1742985122", "12", "99120", "99120", "0",
            "0", "2", "105", "0", '""', "0", "0", "0", "0", '""', "File", "0", "0", "0.2", "0",
            '""', "2", "FileGoldDev", '""', "0"]))],
    }.get(captured, [])


def job_files(director):
    """Monthly exports of the Job table: (name, text, truth about the file)."""
    files, seen = [], {}
    for captured in company.monthly_captures(company.BERLIN):
        day = clock.wall(captured, company.BERLIN).date()
        begin = clock.local(company.BERLIN, month_before(day), 0) - COPY_DAYS * DAY
        lines, truth = [JOB_COLUMNS], {"records": 0, "duplicate_same": 0, "duplicate_superseded": 0,
                                       "quarantined": {}}
        for number, run in director.jobs:
            if not begin <= run.start < captured:
                continue
            line = job_row(director, number, run, captured)
            lines.append(line)
            truth["records"] += 1
            if number in seen:
                same = seen[number] == line
                truth["duplicate_same" if same else "duplicate_superseded"] += 1
            seen[number] = line
        if director.source == "bacula-berlin":
            for reason, line in messy_rows(day.isoformat()):
                lines.insert(len(lines) // 2, line)
                truth["records"] += 1
                truth["quarantined"][reason] = truth["quarantined"].get(reason, 0) + 1
        stamp = clock.stamp(captured, company.BERLIN)
        files.append((f"catalog_job_{stamp}.csv", "\n".join(lines) + "\n", truth))
    return files


def month_before(day):
    return day.replace(day=1, month=day.month - 1) if day.month > 1 else \
        day.replace(day=1, month=12, year=day.year - 1)


def summary(director, number, run, termination):
    local = lambda at: f"{clock.wall(at, company.BERLIN):%d-%b-%Y %H:%M:%S}"
    error = "Error: " if "Error" in termination else ""
    elapsed = max(1, (run.end - run.start) // SECOND)
    return (f"{director.name} JobId {number}: {error}Bacula {director.name} 15.0.3 (25Mar25):\n"
            f"  Build OS:               x86_64-pc-linux-gnu debian trixie/sid\n"
            f"  JobId:                  {number}\n"
            f"  Job:                    {unique_name(number, run)}\n"
            f"  Backup Level:           {'Full' if run.level == 'F' else 'Incremental'}\n"
            f"  Client:                 \"{run.system.system_id}-fd\" {BUILD}\n"
            f"  Scheduled time:         {local(sched(run))}\n"
            f"  Start time:             {local(run.start)}\n"
            f"  End time:               {local(run.end)}\n"
            f"  Elapsed time:           {elapsed // 60} mins {elapsed % 60} secs\n"
            f"  FD Files Written:       {run.files:,}\n"
            f"  FD Bytes Written:       {run.size_bytes:,}\n"
            f"  Termination:            {termination}\n\n")


def log_of(director, number, run):
    """(instant, text) lines of one run that was not simply good."""
    name, unique, start = run.system.system_id, unique_name(number, run), run.start
    me, client = f"{director.name} JobId {number}: ", f"{name}-fd JobId {number}: "
    device = f"{director.storage}-sd JobId {number}: "
    pool = POOLS[run.system.tier_at(start)][1]
    begin = (start, f"{me}Start Backup JobId {number}, Job={unique}\n")
    address = f"{name}-fd on 10.20.1.{30 + director.client_id(run.system)}:9102"
    end = lambda words: (run.end, summary(director, number, run, words))
    bad, canceled = "*** Backup Error ***", "Backup Canceled"
    if run.status == "refused":
        running = max(n for n, r in director.jobs if r.system is run.system and n < number)
        return [(start, f"{me}Fatal error: JobId {running} already running. "
                        "Duplicate job not allowed.\n"), end(canceled)]
    if run.status == "canceled":
        return [begin, (run.end, f"{device}askdir.c:998 Job was stopped by the user.\n"),
                end(canceled)]
    if run.note == "rescheduled":
        first = run.first_start
        words = f"{clock.wall(first + 9 * SECOND, company.BERLIN):%d-%b-%Y %H:%M}"
        again = f"{clock.wall(start, company.BERLIN):%d-%b-%Y %H:%M}"
        return [(first, f"{me}Start Backup JobId {number}, Job={unique}\n"),
                (first + 9 * SECOND, f"{me}Fatal error: [DE0029] Unable to connect to Client: "
                                     f"{address}. ERR=Connection refused\n"),
                (first + 9 * SECOND, f"{me}Rescheduled Job {unique} at {words} to re-run in 1900 "
                                     f"seconds ({again}).\n"),
                begin, end("Backup OK")]
    if run.note == "rewritten":
        return []
    if run.note == "empty":
        return [begin, end("Backup OK")]
    if run.status == "partial":
        path = f"/srv/{name}/data/session-{number % 977}.lock"
        return [begin, (start + 40 * SECOND, f"{client}     Could not open \"{path}\": "
                                             "ERR=Permission denied\n"),
                end("Backup OK -- with warnings")]
    if run.cause == "storage":
        volume, where = f"{pool}-{number % 9000:04d}", f"(/srv/backup/{pool.lower()})"
        return [
            begin,
            (start, f"{me}Using Device \"File{pool}Dev\" to write.\n"),
            (start + 50 * SECOND, f"{device}Warning: [SW0201] Out of freespace caused End of Volume "
             f"\"{volume}\" at 9418985 on device \"File{pool}Dev\" {where}. Write of 64512 bytes "
             "got 18199.\n"),
            (start + 50 * SECOND, f"{device}\n\nWARNING: device is full! Please add more disk space "
             f"then ...\n\nPlease mount append Volume \"{volume}\" or label a new one for:\n"
             f"    Job:          {unique}\n    Storage:      \"File{pool}Dev\" {where}\n"
             f"    Pool:         {pool}\n    Media type:   File{pool}\n"),
            (run.end, f"{me}Fatal error: Max run time exceeded. Job canceled.\n"),
            (run.end, f"{device}askdir.c:998 Job was stopped by the user.\n"),
            end(canceled)]
    if run.cause == "connectivity":
        why = "Connection timed out" if story.within(run.due, story.NETWORK_OUT) else \
            "Connection refused"
        return [begin, (run.end, f"{me}Fatal error: [DE0029] Unable to connect to Client: {address}."
                                 f" ERR={why}\n"), end(bad)]
    if run.cause == "authentication":
        return [begin,
                (run.end, f"{me}Fatal error: [DE0064] TLS Connect failure. Check the passwords. "
                          "ERR=error:0A00041B:SSL routines::tlsv1 alert decrypt error \n"),
                (run.end, f"{me}Warning: Unexpected Client Job message: "
                          "2999 Authentication failed.\n\n"), end(bad)]
    return [begin,
            (start + 1 * SECOND, f"{client}shell command: run ClientBeforeJob "
             f"\"/etc/bacula/scripts/before-{name}\"\n"),
            (start + 2 * SECOND, f"{client}Error: Runscript: ClientBeforeJob returned non-zero "
             "status=2. ERR=Child exited with code 2\n"),
            (start + 2 * SECOND, f"{me}Fatal error: [DE0031] Bad response to RunBeforeNow command: "
             "wanted 2000 OK RunBeforeNow, got 2905 Bad RunBeforeNow command.\n"), end(bad)]


def log_file(director):
    """The Log table, only of jobs that were not simply good, and of no job (JobId 0)."""
    rng = random.Random(f"{story.SEED}:log:{director.source}")
    entries = []
    for number, run in director.jobs:
        notable = run.status not in ("ok", "running") or run.note in ("rescheduled", "empty")
        if notable and run.end is not None:
            entries += [(at, number, text) for at, text in log_of(director, number, run)]
    for first in clock.first_of_months(company.FIRST_DAY, company.LAST_DAY):
        at = clock.local(company.BERLIN, first, 5, int(20 * rng.random()))
        entries.append((at, 0, f"{director.name} JobId 0: Begin pruning Jobs older than "
                               "1 year 6 months .\n"))
    entries.sort(key=lambda entry: (entry[0], entry[1]))
    lines = ["logid,jobid,time,logtext"]
    for number, (at, job, text) in enumerate(entries, 1):
        quoted = text.replace('"', '""')
        lines.append(f'{number},{job},{clock.plain(at, company.BERLIN)},"{quoted}"')
    return "\n".join(lines) + "\n", len(entries)


def client_file(director):
    lines = ["clientid,name,uname,plugins,autoprune,fileretention,jobretention"]
    for system in director.systems:
        lines.append(f'{director.client_id(system)},{system.system_id}-fd,"{BUILD}",bpipe(2),1,'
                     "5184000,47304000")
    return "\n".join(lines) + "\n"


def pool_file(director):
    tiers = sorted({system.tier for system in director.systems}, key=company.TIERS.index)
    lines = [POOL_COLUMNS]
    for tier in tiers:
        number, name = POOLS[tier]
        days = company.RETENTION_DAYS[tier]
        lines.append(f"{number},{name},20,40,0,1,0,{days * 86400},0,0,0,0,536870912000,0,1,1,0,"
                     f"Backup,0,{name}-,1,0,0,0,0,0,0")
    return "\n".join(lines) + "\n"


def media_file(director):
    """Volumes as they stood at the last export."""
    rng = random.Random(f"{story.SEED}:media:{director.source}")
    tiers = sorted({system.tier for system in director.systems}, key=company.TIERS.index)
    lines, number = [MEDIA_COLUMNS], 0
    for tier in tiers:
        pool, name = POOLS[tier]
        for index in range(1, 21):
            number += 1
            last = company.CAPTURE - (20 - index) * 9 * DAY - int(DAY * rng.random())
            first = last - int((6 + 3 * rng.random()) * DAY)
            local = lambda at: clock.plain(at, company.BERLIN)
            size = int(536_870_912_000 * (0.97 + 0.03 * rng.random())) if index < 20 else \
                int(536_870_912_000 * rng.random())
            blocks, jobs = size // 64512, 40 + int(90 * rng.random())
            state = "Full" if index < 20 else "Append"
            lines.append(
                f"{number},{name}-{index:04d},0,{pool},File{name},0,0,{local(first)},{local(last)},"
                f"{local(first)},{jobs},0,{blocks},0,0,{jobs},{size},0,0,0,0,1,0,{blocks + 1},0,0,"
                f"{state},1,1,0,0,{company.RETENTION_DAYS[tier] * 86400},0,0,0,536870912000,0,{pool},"
                f"0,0,0,{jobs * 350_000_000},0,{size - 1},0,0,,0,0,,0,0,0")
    return "\n".join(lines) + "\n", number
