/*---
title  = "Runs with the logical run they belong to"
grain  = "one row per counted leaf run of a backup"
says   = "a run and its later retries form one logical run, named by its first run: within 24 h, and until the next due instant"
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
usable_at     = { type = "time",  says = "earliest instant of a restore, else end, else start" }
anchor_at     = { type = "time",  says = "instant by which it is filed" }
duration_us   = { type = "int64", says = "duration" }
attempt_count = { type = "int64", says = "tries inside the row, and failed ones before it of which only the number is known" }
outcome       = { type = "text",  says = "computed outcome" }
outcome_reason = { type = "text", says = "why" }
is_ok_strict  = { type = "bool",  says = "ok when warnings fail" }
is_ok_vendor  = { type = "bool",  says = "ok as the vendor counts warnings" }
is_ok_lenient = { type = "bool",  says = "ok when warnings pass" }
source_bytes  = { type = "int64", says = "front-end size" }
is_asked      = { type = "bool",  says = "decided an expected run that counts" }
---*/
with early as (
    select policy_id, max(micros(early_s)) as early_us
    from {{ ref('policies') }}
    group by policy_id
),
dues as (
    select e.system_id as system_id, e.due_at as due_at, add_micros(e.due_at, 0 - coalesce(p.early_us, 0)) as opens_at
    from {{ ref('expected_runs') }} as e
    left join early as p on e.policy_id = p.policy_id
    where e.operation = 'backup'
),
asked as (
    select distinct run_source_id, run_id
    from {{ ref('expected_runs') }}
    where operation = 'backup' and run_id is not null and outcome not in ('excluded', 'pending')
),
counted as (
    select
        r.*,
        coalesce(r.started_at, r.anchor_at)         as begun_at,
        case when r.is_retry then 1 else 0 end      as retry_no,
        a.run_id is not null                        as is_asked
    from {{ ref('stg_job_runs') }} as r
    left join asked as a on r.source_id = a.run_source_id and r.run_id = a.run_id
    where r.operation = 'backup' and r.is_counted and r.is_in_scope and not r.is_rollup
),
ordered as (
    -- one order for all: windows over many small partitions sort one column much faster than four
    select
        counted.*,
        row_number() over (
            order by begun_at nulls first, retry_no nulls first, run_id nulls first, source_id nulls first
        ) as turn_no
    from counted
),
blocks as (
    -- block 0: retries whose first run no export holds
    select
        ordered.*,
        sum(1 - retry_no) over (
            partition by source_id, job_id, object_name order by turn_no nulls first
            rows between unbounded preceding and current row
        ) as block_no
    from ordered
),
firsts as (
    select blocks.*, min(begun_at) over (partition by source_id, job_id, object_name, block_no) as first_at
    from blocks
),
cuts as (
    -- a retry begun after the next due instant answers for that one, unless its first run was early for it
    select f.source_id as source_id, f.run_id as run_id, count(*) as cut_no
    from firsts as f
    join dues as d
        on f.system_id = d.system_id and f.first_at < d.due_at and f.begun_at >= d.due_at and f.first_at < d.opens_at
    where f.retry_no = 1
    group by f.source_id, f.run_id
),
segments as (
    select
        f.*,
        coalesce(c.cut_no, 0) as cut_no,
        case when micros_between(f.first_at, f.begun_at) > 86400000000 then 1 else 0 end as over_no
    from firsts as f
    left join cuts as c on f.source_id = c.source_id and f.run_id = c.run_id
),
places as (
    select
        segments.*,
        row_number() over (
            partition by source_id, job_id, object_name, block_no, cut_no, over_no order by turn_no nulls first
        ) as place
    from segments
),
named as (
    select
        places.*,
        max(case when place = 1 then run_id end) over (
            partition by source_id, job_id, object_name, block_no, cut_no, over_no
        ) as head_run_id,
        case when place = 1 and block_no + cut_no + over_no = 0
             then greatest(greatest(coalesce(attempt_no, 2), 2) - attempt_count, 0) else 0 end as unseen_count
    from places
)
select
    ---------- identity
    source_id, run_id, head_run_id, place, coverage, level, trigger, job_id, object_name,
    system_id, tier, environment, media_server,
    ---------- instants
    started_at, coalesce(usable_at, ended_at, begun_at) as usable_at, anchor_at, duration_us,
    ---------- outcome
    attempt_count + unseen_count as attempt_count,
    outcome, outcome_reason, is_ok_strict, is_ok_vendor, is_ok_lenient, source_bytes, is_asked
from named
