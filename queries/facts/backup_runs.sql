/*---
title  = "Logical backup runs"
grain  = "one row per run with its retries"
says   = "ok under a policy when any of its attempts is"
checks = ["unique(source_id, head_run_id)", "attempt_count >= 1"]

[columns]
source_id     = { type = "text",  says = "source" }
head_run_id   = { type = "text",  says = "first run" }
coverage      = { type = "text",  says = "attempts or survivors" }
system_id     = { type = "text",  says = "system" }
tier          = { type = "text",  says = "tier" }
environment   = { type = "text",  says = "environment" }
job_id        = { type = "text",  says = "job" }
anchor_at     = { type = "time",  says = "instant of the first run" }
attempt_count = { type = "int64", says = "attempts, those inside a row included" }
row_count     = { type = "int64", says = "rows of the export" }
unmapped_count = { type = "int64", says = "rows whose status word is not known" }
ok_attempt_strict_count  = { type = "int64", says = "ok attempts when warnings fail" }
ok_attempt_vendor_count  = { type = "int64", says = "ok attempts as the vendor counts" }
ok_attempt_lenient_count = { type = "int64", says = "ok attempts when warnings pass" }
first_strict_count  = { type = "int64", says = "1 when ok at the first attempt, warnings fail" }
first_vendor_count  = { type = "int64", says = "1 when ok at the first attempt, as the vendor counts" }
first_lenient_count = { type = "int64", says = "1 when ok at the first attempt, warnings pass" }
ok_strict_at  = { type = "time",  says = "when it was usable, warnings fail" }
ok_vendor_at  = { type = "time",  says = "when it was usable, as the vendor counts" }
ok_lenient_at = { type = "time",  says = "when it was usable, warnings pass" }
source_bytes  = { type = "int64", says = "greatest front-end size of its ok attempts" }
is_asked      = { type = "bool",  says = "an expected run that counts was matched with it" }
---*/
select
    ---------- grain
    source_id,
    head_run_id,
    ---------- the same in all rows of a run
    min(coverage)       as coverage,
    min(system_id)      as system_id,
    min(tier)           as tier,
    min(environment)    as environment,
    min(job_id)         as job_id,
    min(anchor_at)      as anchor_at,
    ---------- attempts
    sum(attempt_count)  as attempt_count,
    count(*)            as row_count,
    sum(case when outcome = 'unmapped' then 1 else 0 end)  as unmapped_count,
    sum(case when is_ok_strict then 1 else 0 end)          as ok_attempt_strict_count,
    sum(case when is_ok_vendor then 1 else 0 end)          as ok_attempt_vendor_count,
    sum(case when is_ok_lenient then 1 else 0 end)         as ok_attempt_lenient_count,
    ---------- first attempt: a row with several tries failed its first
    sum(case when place = 1 and attempt_count = 1 and is_ok_strict then 1 else 0 end)  as first_strict_count,
    sum(case when place = 1 and attempt_count = 1 and is_ok_vendor then 1 else 0 end)  as first_vendor_count,
    sum(case when place = 1 and attempt_count = 1 and is_ok_lenient then 1 else 0 end) as first_lenient_count,
    ---------- usable
    min(case when is_ok_strict then coalesce(usable_at, anchor_at) end)   as ok_strict_at,
    min(case when is_ok_vendor then coalesce(usable_at, anchor_at) end)   as ok_vendor_at,
    min(case when is_ok_lenient then coalesce(usable_at, anchor_at) end)  as ok_lenient_at,
    max(case when is_ok_lenient then source_bytes end)                    as source_bytes,
    max(case when is_asked then 1 else 0 end) = 1                         as is_asked
from {{ ref('chained_runs') }}
group by source_id, head_run_id
