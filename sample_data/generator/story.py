"""What happened, and when: every planted fact of the sample company stands here."""

from datetime import date

from . import clock
from .company import BERLIN, NEW_YORK

SEED = "halden-frey-2026"

# Storage: the gold repository in Berlin is full for three nights (and the noon runs between).
GOLD_BACULA = ("crm-db01 wms-db01 hr-db01 edi-gw01 files01 files02 bi-db01 "
               "wms-app01 mail01 mail02").split()
GOLD_FULL = (clock.utc("2026-08-18T19:00Z"), clock.utc("2026-08-21T05:00Z"))
# Network: after a switch firmware change the clients of the gold tier cannot be reached.
NETWORK_OUT = (clock.utc("2026-09-08T18:00Z"), clock.utc("2026-09-10T06:00Z"))
# Drift: staging's backup network is moved to a shared VLAN; every job there takes longer.
DRIFT_FROM = clock.utc("2026-08-11T11:00Z")
DRIFT_FACTOR = 1.38
# Credential: the repository account of two restic clients expires and is rotated 33 hours later.
EXPIRED = (clock.utc("2026-07-14T00:00Z"), clock.utc("2026-07-15T09:20Z"))
EXPIRED_SYSTEMS = ("edge-ber01", "lab-ny01")
# Silence: a cron file is lost in a reinstallation; nobody notices, no incident is opened.
SILENT_SYSTEM, SILENT_DAYS = "lab-ber02", clock.days(date(2026, 8, 27), date(2026, 9, 1))
# Empty: the file system is not mounted; Bacula says T with 0 files.
EMPTY_SYSTEM, EMPTY_DAYS = "stg-crm-app01", clock.days(date(2026, 7, 20), date(2026, 7, 29))
# Recovery point objective violated at as_of.
FAILING_SYSTEM, FAILING_FROM = "ny-hr02", date(2026, 9, 28)
ABSENT_SYSTEM, ABSENT_FROM = "wiki01", date(2026, 9, 29)
# Maintenance in Berlin: two jobs are switched off, one is canceled by its operator.
MAINTENANCE = (clock.utc("2026-07-25T20:00Z"), clock.utc("2026-07-26T04:00Z"))
MAINTENANCE_SYSTEMS = ("files01", "files02", "dms01")
MAINTENANCE_CANCELED = "files02"
LATE = {("bi-db01", date(2026, 7, 12), 22), ("plm-db01", date(2026, 8, 9), 23)}
# Failures on the evening of a change to the same system (class configuration).
AFTER_CHANGE = {("mes-db01", date(2026, 7, 9), 16), ("plm-db01", date(2026, 7, 22), 23),
                ("stg-ci01", date(2026, 6, 16), 15), ("crm-db01", date(2026, 9, 24), 22),
                ("erp-app01", date(2026, 5, 20), 22), ("files01", date(2026, 3, 11), 22),
                ("dms01", date(2025, 11, 19), 23)}
CANCELED = {("stg-files01", date(2026, 8, 4), 14), ("plm-app01", date(2025, 9, 9), 23),
            ("bi-db01", date(2026, 2, 17), 22)}
# A second start while the scheduled one runs: refused by the director.
DUPLICATE = {("stg-ci01", date(2026, 7, 30), 3), ("files01", date(2026, 9, 17), 22),
             ("mail01", date(2025, 8, 13), 22), ("erp-db01", date(2026, 4, 2), 22)}
# The same in pgBackRest: lock held, [050].
PG_REFUSED = {("pg-telemetry", date(2026, 8, 30), 2), ("pg-billing", date(2025, 12, 7), 2)}
RESCHEDULED = {("crm-db01", date(2025, 6, 3), 22), ("mail02", date(2025, 8, 22), 22),
               ("files02", date(2025, 10, 14), 22), ("wms-db01", date(2026, 1, 20), 22),
               ("hr-db01", date(2026, 3, 5), 22), ("edi-gw01", date(2026, 5, 28), 22)}
# The director died with jobs running: rewritten rows without a real end.
REWRITTEN = {("plm-app01", date(2026, 5, 17), 23), ("plm-db01", date(2026, 5, 17), 23)}
# Still running when a monthly export was taken; finished in the next one.
LONG_AT_CAPTURE = {("erp-db01", date(2026, 9, 1), 4), ("erp-db01", date(2026, 3, 1), 4)}
RUNNING_AT_END = ("erp-db01", date(2026, 10, 1), 4)
RESTIC_PARTIAL = {("edge-ny01", date(2025, 7, 8), 11), ("lab-ber01", date(2025, 11, 12), 20),
                  ("edge-ber02", date(2026, 2, 3), 23)}
RESTIC_KILLED = {("lab-ny01", date(2026, 4, 21), 20)}
# The run of this night starts before the clock is set back and ends after it: end < start.
FOLD_LONG = {("pg-telemetry", date(2025, 10, 26), 2), ("pg-orders", date(2025, 10, 26), 2)}
BORG_ABSENT = {("intranet01", date(2025, 9, 14), 1), ("repo01", date(2026, 1, 30), 1),
               ("web01", date(2026, 6, 4), 1)}
# Random part: chance that a run finally fails, per tier.
FAIL = {"platinum": 0.0007, "gold": 0.0008, "silver": 0.0009, "bronze": 0.0011}
PARTIAL, WARNING = 0.004, 0.008
VEEAM_FIRST_FAILS, VEEAM_RETRY_OK = 0.012, 0.85

BAD_NIGHTS = ["2026-08-18", "2026-08-19", "2026-08-20", "2026-09-08", "2026-09-09"]


def within(at, span):
    return span[0] <= at < span[1]


def planned(system, due):
    """The planted outcome of one due instant as (status, class), or None: leave it to chance."""
    name, here = system.system_id, clock.wall(due, system.zone)
    day, hour = here.date(), here.hour
    key = (name, day, hour)
    if name in MAINTENANCE_SYSTEMS and within(due, MAINTENANCE):
        return ("canceled", None) if name == MAINTENANCE_CANCELED else ("absent", None)
    if name in GOLD_BACULA and within(due, GOLD_FULL):
        return ("failed", "storage")
    if name in GOLD_BACULA and within(due, NETWORK_OUT):
        return ("failed", "connectivity")
    if name in EXPIRED_SYSTEMS and within(due, EXPIRED):
        return ("failed", "authentication")
    if name == SILENT_SYSTEM and day in SILENT_DAYS:
        return ("absent", None)
    if name == EMPTY_SYSTEM and day in EMPTY_DAYS:
        return ("empty", None)
    if name == FAILING_SYSTEM and due >= clock.local(NEW_YORK, FAILING_FROM, 0):
        return ("failed", "unknown")
    if name == ABSENT_SYSTEM and due >= clock.local(BERLIN, ABSENT_FROM, 0):
        return ("absent", None)
    if key in BORG_ABSENT:
        return ("absent", None)
    for keys, outcome in ((LATE, ("late", None)), (AFTER_CHANGE, ("failed", "configuration")),
                          (CANCELED, ("canceled", None)), (REWRITTEN, ("rewritten", None)),
                          (RESCHEDULED, ("rescheduled", None)), (LONG_AT_CAPTURE, ("long", None)),
                          (RESTIC_PARTIAL, ("partial", "source_data")),
                          (RESTIC_KILLED, ("interrupted", "interrupted")),
                          (FOLD_LONG, ("fold", None)), (DUPLICATE, ("ok", None)),
                          (PG_REFUSED, ("ok", None))):
        if key in keys:
            return outcome
    if key == RUNNING_AT_END:
        return ("running", None)
    quiet = name in [*GOLD_BACULA, SILENT_SYSTEM, FAILING_SYSTEM, ABSENT_SYSTEM, "web01"]
    if quiet and due >= clock.utc("2026-07-01"):
        return ("ok", None)
    return None
