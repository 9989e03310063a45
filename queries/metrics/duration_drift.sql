/*---
title  = "Durations against the quarter before, by environment"
grain  = "one row per ok run; after the step one per environment and level"
says   = "shift of log durations (Hodges-Lehmann) of the jobs that ran in both: this period and the one of the same length before it"
needs  = ["job_runs"]

[columns]
workload = { type = "text",  says = "environment and level" }
half     = { type = "text",  says = "now or before" }
duration_us = { type = "int64", says = "duration" }

[[steps]]
step   = "compare"
kind   = "samples"
group  = ["workload"]
arm    = "half"
base   = "before"
value  = "duration_us"
is_log = true
min_n  = 20

[[steps]]
step   = "adjust"
p      = "p"
---*/
with spans as (
    select cast({{ var('from') }} as timestamp) as from_at,
           cast({{ var('to') }} as timestamp)   as to_at
),
runs as (
    select r.source_id as source_id, r.job_id as job_id, r.object_name as object_name, r.environment as environment,
           r.level as level, r.duration_us as duration_us,
           case when r.anchor_at >= s.from_at then 'now' else 'before' end as half
    from {{ ref('stg_job_runs') }} as r cross join spans as s
    where r.operation = 'backup' and r.is_ok_lenient and r.is_in_scope and not r.is_rollup and r.duration_us > 0
      and r.anchor_at >= s.from_at - (s.to_at - s.from_at) and r.anchor_at < s.to_at
),
matched as (
    select
        runs.*,
        min(half) over (partition by source_id, job_id, object_name, level) as first_half,
        max(half) over (partition by source_id, job_id, object_name, level) as last_half
    from runs
)
select
    coalesce(environment, 'unknown') || ' / ' || coalesce(level, 'any level') as workload,
    half,
    duration_us
from matched
where first_half <> last_half
order by workload nulls last, half nulls last, duration_us nulls last
