/*---
title  = "Runs with the logical run they belong to"
grain  = "one row per counted leaf run of a backup"
says   = "a run and its later retries within 24 h form one logical run, named by its first run"
checks = ["unique(source_id, run_id)"]

[columns]
source_id     = { type = "text",  says = "source" }
run_id        = { type = "text",  says = "run" }
head_run_id   = { type = "text",  says = "first run of the logical run" }
place         = { type = "int64", says = "position in the logical run, from 1" }
coverage      = { type = "text",  says = "attempts or survivors" }
level         = { type = "text",  says = "full, incremental ..." }
trigger       = { type = "text",  says = "what started it" }
job_id        = { type = "text",  says = "job" }
object_name   = { type = "text",  says = "what was protected" }
system_id     = { type = "text",  says = "system" }
tier          = { type = "text",  says = "tier" }
environment   = { type = "text",  says = "environment" }
media_server  = { type = "text",  says = "mover" }
started_at    = { type = "time",  says = "first start known" }
usable_at     = { type = "time",  says = "earliest instant of a restore" }
anchor_at     = { type = "time",  says = "instant by which it is filed" }
duration_us   = { type = "int64", says = "duration" }
attempt_count = { type = "int64", says = "tries inside the row" }
outcome       = { type = "text",  says = "computed outcome" }
outcome_reason = { type = "text", says = "why" }
is_ok_strict  = { type = "bool",  says = "ok when warnings fail" }
is_ok_vendor  = { type = "bool",  says = "ok as the vendor counts warnings" }
is_ok_lenient = { type = "bool",  says = "ok when warnings pass" }
source_bytes  = { type = "int64", says = "front-end size" }
---*/
with excused as (
    -- canceled by its operator while a maintenance window covered the start
    select distinct r.source_id as source_id, r.run_id as run_id
    from {{ ref('stg_job_runs') }} as r
    join {{ ref('expected_runs') }} as e
        on r.system_id = e.system_id and r.anchor_at >= e.due_at - interval '1 hours'
       and r.anchor_at <= e.deadline_at
    where r.outcome = 'canceled' and e.in_maintenance
),
counted as (
    select r.*
    from {{ ref('stg_job_runs') }} as r
    left join excused as x on r.source_id = x.source_id and r.run_id = x.run_id
    where r.operation = 'backup' and r.is_counted and not r.is_rollup and x.run_id is null
),
runs as (
    select
        counted.*,
        lag(anchor_at, 1) over (
            partition by source_id, job_id, object_name order by anchor_at nulls first, run_id nulls first
        ) as before_at
    from counted
),
heads as (
    select
        runs.*,
        case when is_retry and micros_between(before_at, anchor_at) <= 86400000000 then 0 else 1 end as is_head
    from runs
),
chains as (
    select
        heads.*,
        sum(is_head) over (
            partition by source_id, job_id, object_name order by anchor_at nulls first, run_id nulls first
            rows between unbounded preceding and current row
        ) as chain_no
    from heads
),
places as (
    select
        chains.*,
        row_number() over (
            partition by source_id, job_id, object_name, chain_no order by anchor_at nulls first, run_id nulls first
        ) as place
    from chains
),
named as (
    select
        places.*,
        max(case when place = 1 then run_id end) over (
            partition by source_id, job_id, object_name, chain_no
        ) as head_run_id
    from places
)
select
    ---------- identity
    source_id, run_id, head_run_id, place, coverage, level, trigger, job_id, object_name,
    system_id, tier, environment, media_server,
    ---------- instants
    started_at, usable_at, anchor_at, duration_us,
    ---------- outcome
    attempt_count, outcome, outcome_reason, is_ok_strict, is_ok_vendor, is_ok_lenient, source_bytes
from named
