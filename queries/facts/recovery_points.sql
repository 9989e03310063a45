/*---
title  = "Recovery points"
grain  = "one row per instant whose data a system can return to"
says   = "points listed by a repository, and runs that protect data; failed integrity never counts"

[columns]
system_id   = { type = "text", says = "system" }
as_of_at    = { type = "time", says = "instant whose data it holds" }
usable_at   = { type = "time", says = "earliest instant of a restore" }
until_at    = { type = "time", says = "expired or deleted; null = still there" }
---*/
with listed as (
    select n.system_id as system_id, p.taken_at as as_of_at, p.usable_at as usable_at,
           p.expires_at as expires_at, p.deleted_at as deleted_at
    from {{ ref('restore_points') }} as p
    join {{ ref('system_names') }} as n on p.system_ref = n.name
    where p.integrity <> 'failed' and p.taken_at < {{ var('as_of') }}
),
made as (
    select system_id, coalesce(as_of_at, started_at) as as_of_at, usable_at
    from {{ ref('stg_job_runs') }}
    where protects_data and operation = 'backup' and not is_rollup
      and system_id <> 'unresolved' and outcome <> 'partial'
),
points as (
    select system_id, as_of_at, coalesce(usable_at, as_of_at) as usable_at,
           case when deleted_at < expires_at or expires_at is null then deleted_at else expires_at end as until_at
    from listed
    union all
    select system_id, as_of_at, coalesce(usable_at, as_of_at) as usable_at, cast(null as timestamp) as until_at
    from made
)
select distinct system_id, as_of_at, usable_at, until_at
from points
where as_of_at is not null and usable_at < {{ var('as_of') }}
