/*---
title  = "Space that comes back when recovery points expire"
grain  = "one row per pool, object and instant at which points of it expire"
says   = "only of what is no longer backed up: elsewhere new points come as old ones go, and both are in the trend already. No longer = its system is out of service and has had no new point for retired_days, or no policy asks for points of it and it has had none for silent_days more than its longest gap between points, as far as its source tells. A lock that ends later than the retention counts; one without an end gives nothing back. What came back before the newest sample of the pool is in that sample"
checks = ["unique(pool, object_name, back_at)"]
needs  = ["restore_points"]

[columns]
pool        = { type = "text",  says = "pool as in storage_use; a point whose place is no pool is left out" }
object_name = { type = "text",  says = "system, else object as reported" }
back_at     = { type = "time",  says = "end of retention (as reported, else by the policy) or of the lock" }
point_n     = { type = "int64", says = "points" }
unsized_n   = { type = "int64", says = "of them without a stored size; what they give back is not known" }
bytes       = { type = "int64", says = "stored bytes that come back; null = no size known" }

[vars]
retired_days = { default = 7, says = "days without a new point after which an object whose system is out of service is taken as finished" }
silent_days = { default = 35, says = "days without a new point, on top of its longest gap between points, after which an object that no policy asks for is taken as finished" }
---*/
with asked as (
    select system_id, max(retention_s) as retention_s,
           max(case when valid_to is null or valid_to > {{ var('as_of') }} then 1 else 0 end) as is_valid
    from {{ ref('policies') }}
    where valid_from <= {{ var('as_of') }}
      and operation in ('backup', 'log_backup', 'copy', 'replication', 'archive')
    group by system_id
),
retired as (
    select system_id, max(case when in_service_to <= {{ var('as_of') }} then 1 else 0 end) as is_retired
    from {{ ref('system_names') }}
    group by system_id
),
points as (
    select source_id, system_id, coalesce(system_id, object_name, '') as object_name, taken_at, until_at, last_seen_at,
           locked_until, stored_bytes, coalesce(location_id, '') as place_id, coalesce(location_name, '') as place_name,
           is_locked and locked_until is null as is_locked_for_good
    from {{ ref('stg_restore_points') }}
),
-- up to when a source tells of its points
told as (
    select source_id, max(case when last_seen_at > taken_at then last_seen_at else taken_at end) as told_at
    from points
    group by source_id
),
spaced as (
    select source_id, object_name, taken_at,
           lag(taken_at) over (partition by source_id, object_name order by taken_at nulls first) as before_at
    from points
),
objects as (
    select source_id, object_name, max(taken_at) as taken_at,
           max(coalesce(micros_between(before_at, taken_at), cast(0 as bigint))) as longest_gap_us
    from spaced
    group by source_id, object_name
),
judged as (
    select p.*, a.retention_s as retention_s, o.taken_at as newest_at, t.told_at as told_at,
           case when r.is_retired = 1 then cast({{ var('retired_days') }} as bigint) * 86400000000
                when coalesce(a.is_valid, 0) = 0 then cast({{ var('silent_days') }} as bigint) * 86400000000 + o.longest_gap_us
                end as silence_us
    from points as p
    join told as t on p.source_id = t.source_id
    join objects as o on p.source_id = o.source_id and p.object_name = o.object_name
    left join asked as a on p.system_id = a.system_id
    left join retired as r on p.system_id = r.system_id
),
finished as (
    select judged.*
    from judged
    where not is_locked_for_good and silence_us is not null and add_micros(newest_at, silence_us) < told_at
),
dated as (
    select f.*, coalesce(f.until_at, add_micros(f.taken_at, micros(f.retention_s))) as expiry_at
    from finished as f
),
ending as (
    select d.*, case when d.locked_until > d.expiry_at and d.until_at is null then d.locked_until else d.expiry_at end as back_at
    from dated as d
    where d.expiry_at is not null
)
select
    p.pool                                                          as pool,
    e.object_name                                                   as object_name,
    e.back_at                                                       as back_at,
    count(*)                                                        as point_n,
    sum(case when e.stored_bytes is null then 1 else 0 end)         as unsized_n,
    sum(e.stored_bytes)                                             as bytes
from ending as e
join {{ ref('pool_places') }} as p
    on e.source_id = p.source_id and e.place_id = p.place_id and e.place_name = p.place_name
where e.back_at > p.last_at
group by p.pool, e.object_name, e.back_at
order by back_at nulls last, pool nulls last, object_name nulls last
