/*---
title  = "Days on which jobs found no room in a pool"
grain  = "one row per pool and day on which runs that write to it failed for storage"
says   = "failures of class storage that are not of media, damaged data or a restore, of runs whose target is a pool of samples by its id or name (see pool_places; a backup product's own pool over another's file system is none). A forecast takes a pool that is at least 90 % full as full on such a day, so that a growth that had no room is not learned from"
checks = ["unique(pool, day)"]
needs  = ["storage_samples"]

[columns]
pool      = { type = "text",  says = "pool as in storage_use; a run whose target is no pool is left out" }
day       = { type = "text",  says = "YYYY-MM-DD, UTC" }
full_at   = { type = "time",  says = "first of the failures" }
failure_n = { type = "int64", says = "runs that failed for lack of space" }
---*/
with failed as (
    select f.source_id as source_id, coalesce(r.target_id, '') as place_id, coalesce(r.target_name, '') as place_name,
           f.anchor_at as anchor_at, day(f.anchor_at) as day
    from {{ ref('failure_causes') }} as f
    join {{ ref('job_runs') }} as r on f.source_id = r.source_id and f.run_id = r.run_id
    where f.class = 'storage' and f.rule_id not in ('text-no-media', 'text-media-error', 'text-damaged')
      and r.operation in ('backup', 'log_backup', 'copy', 'replication', 'archive') and f.anchor_at < {{ var('as_of') }}
)
select p.pool as pool, f.day as day, min(f.anchor_at) as full_at, count(*) as failure_n
from failed as f
join {{ ref('pool_places') }} as p
    on f.source_id = p.source_id and f.place_id = p.place_id and f.place_name = p.place_name
group by p.pool, f.day
order by day nulls last, pool nulls last
