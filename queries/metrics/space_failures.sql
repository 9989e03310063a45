/*---
title  = "Days on which jobs found no room in a pool"
grain  = "one row per pool and day on which runs that write to it failed for lack of space"
says   = "by the text of the failure and the target that the run names; a forecast takes a nearly full pool as full on such a day, so that a growth that had no room is not learned from"
checks = ["unique(pool, day)"]
needs  = ["storage_samples"]

[columns]
pool      = { type = "text",  says = "pool as in storage_use; a run whose target is no pool is left out" }
day       = { type = "text",  says = "YYYY-MM-DD, UTC" }
full_at   = { type = "time",  says = "first of the failures" }
failure_n = { type = "int64", says = "runs that failed for lack of space" }
---*/
with failed as (
    select f.source_id as source_id, r.target_id as target_id, r.target_name as target_name, f.anchor_at as anchor_at
    from {{ ref('failure_causes') }} as f
    join {{ ref('job_runs') }} as r on f.source_id = r.source_id and f.run_id = r.run_id
    where f.rule_id = 'text-no-space' and f.anchor_at < {{ var('as_of') }}
),
placed as (
    select coalesce(s.pool, k.pool, i.pool, m.pool) as pool, f.anchor_at as anchor_at, day(f.anchor_at) as day
    from failed as f
    left join {{ ref('pools') }} as s on f.source_id = s.source_id and f.target_id = s.pool_id
    left join {{ ref('pools') }} as k on f.target_name = k.pool
    left join {{ ref('pool_ids') }} as i on f.target_id = i.pool_id
    left join {{ ref('pool_ids') }} as m on f.target_name = m.pool_id
)
select pool, day, min(anchor_at) as full_at, count(*) as failure_n
from placed
where pool is not null
group by pool, day
order by day nulls last, pool nulls last
