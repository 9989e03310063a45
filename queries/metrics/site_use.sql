/*---
title  = "Use of sites and of everything by month"
grain  = "one row per site and month, and one of all pools per month"
says   = "last sample of each pool in the month, added; in the newest month also the last sample of a pool that has none in it, unless it is more than 45 days older than the newest of all: not sampled yet is not gone. A month in which more pools were measured jumps, pool_count tells"
checks = ["unique(level, total, month)"]
needs  = ["storage_samples"]

[columns]
level          = { type = "text",  says = "site, or all" }
total          = { type = "text",  says = "name of the site, or all; a pool without a site belongs to `not known`" }
month          = { type = "text",  says = "YYYY-MM, UTC" }
at             = { type = "time",  says = "instant of the newest sample" }
pool_count     = { type = "int64", says = "pools whose sample is in the sum" }
used_bytes     = { type = "int64", says = "used" }
capacity_bytes = { type = "int64", says = "used + available" }
---*/
with samples as (
    select pool, coalesce(site, 'not known') as site, month(at) as month, at, used_bytes, capacity_bytes,
           row_number() over (partition by pool, month(at) order by at desc nulls first) as place_in_month,
           row_number() over (partition by pool order by at desc nulls first) as place
    from {{ ref('storage_use') }}
),
newest as (
    select max(month) as month, add_hours(max(at), -1080) as since_at
    from samples
),
kept as (
    select pool, site, month, at, used_bytes, capacity_bytes
    from samples
    where place_in_month = 1
    union all
    select s.pool as pool, s.site as site, n.month as month, s.at as at, s.used_bytes as used_bytes, s.capacity_bytes as capacity_bytes
    from samples as s
    join newest as n on s.month < n.month
    where s.place = 1 and s.at >= n.since_at
),
levels as (
    select 'site' as level, site as total, month, at, used_bytes, capacity_bytes
    from kept
    union all
    select 'all' as level, 'all' as total, month, at, used_bytes, capacity_bytes
    from kept
)
select
    level, total, month,
    max(at)                 as at,
    count(*)                as pool_count,
    sum(used_bytes)         as used_bytes,
    sum(capacity_bytes)     as capacity_bytes
from levels
group by level, total, month
order by level nulls last, total nulls last, month nulls last
