/*---
title  = "Recovery points"
grain  = "one row per instant whose data a system can return to"
says   = "points listed by a repository, and backups and log backups that protect data and of which no listing tells; failed integrity never counts, partial runs only where a policy says so"

[columns]
system_id   = { type = "text", says = "system" }
as_of_at    = { type = "time", says = "instant whose data it holds" }
usable_at   = { type = "time", says = "earliest instant of a restore" }
until_at    = { type = "time", says = "expired, deleted or no longer listed; null = still there" }
---*/
with listed as (
    select source_id, run_id, system_id, taken_at, usable_at, until_at, integrity
    from {{ ref('stg_restore_points') }}
    where system_id is not null
),
told as (
    select distinct source_id, run_id
    from listed
    where run_id is not null
),
lenient as (
    select distinct system_id
    from {{ ref('policies') }}
    where partial_counts and valid_from <= {{ var('as_of') }} and (valid_to is null or valid_to > {{ var('as_of') }})
),
made as (
    select r.system_id as system_id, coalesce(r.as_of_at, r.started_at) as as_of_at,
           coalesce(r.usable_at, r.ended_at, r.as_of_at, r.started_at) as usable_at
    from {{ ref('stg_job_runs') }} as r
    left join told as t on r.source_id = t.source_id and r.run_id = t.run_id
    left join lenient as l on r.system_id = l.system_id
    where r.protects_data and r.operation in ('backup', 'log_backup') and not r.is_rollup
      and r.system_id <> 'unresolved' and t.run_id is null
      and (r.outcome <> 'partial' or l.system_id is not null)
),
points as (
    select system_id, taken_at as as_of_at, usable_at, until_at
    from listed
    where integrity <> 'failed'
    union all
    select system_id, as_of_at, usable_at, cast(null as timestamp) as until_at
    from made
)
select distinct system_id, as_of_at, usable_at, until_at
from points
where as_of_at is not null and usable_at < {{ var('as_of') }}
